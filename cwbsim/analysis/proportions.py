"""The proportions in which firms, shops, suppliers and households hand on money, and splits by them to the penny."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack

from cwbsim.analysis.flows import OUTLAYS, OWN, TILL, Flows, S

__all__ = ["Split", "Splits", "elsewhere", "suppliers_here"]


class Split:
    """Splits what each row receives by fixed proportions, in whole pence and without a penny over."""

    def __init__(self, blocks: list[tuple[str, str, csr_matrix]]) -> None:
        self.blocks = [(what, payee, block.shape[1]) for what, payee, block in blocks]
        weights = hstack([block for _, _, block in blocks], format="csr")
        weights.eliminate_zeros()
        assert weights.nnz == 0 or weights.data.min() > 0.0
        count = np.diff(weights.indptr)
        self.row = np.repeat(np.arange(count.shape[0]), count)
        self.column, self.width = weights.indices, weights.shape[1]
        running = np.cumsum(weights.data)
        before = np.concatenate(([0.0], running))[weights.indptr[:-1]]
        self.whole = np.concatenate(([0.0], running))[weights.indptr[1:]] - before
        part = (running - before[self.row]) / self.whole[self.row]
        self.upto = np.rint(part * (1 << 24)).astype(np.int64)
        self.first = np.zeros(self.row.shape[0], bool)
        self.first[weights.indptr[:-1][count > 0]] = True

    def __call__(self, amount: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
        """Return (what, payee, pence by column) of each block; every row with money must have a proportion."""
        if (amount[self.whole <= 0.0] != 0).any():
            raise AssertionError("money reached a firm or household that neither kept nor spent any")
        upto = (amount[self.row] * self.upto + (1 << 23)) >> 24
        paid = np.diff(upto, prepend=0)
        paid[self.first] = upto[self.first]
        by_column = np.bincount(self.column, weights=paid, minlength=self.width).astype(np.int64)
        out, at = [], 0
        for what, payee, width in self.blocks:
            out.append((what, payee, by_column[at : at + width]))
            at += width
        return out


class Splits:
    """The proportions of every kind of payer, made once for all anchors that are traced."""

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        f = flows
        n = f.outlays.shape[0]
        positive = [csr_matrix(np.maximum(f.outlays[:, [i]], 0.0)) for i in range(len(OUTLAYS))]
        here = [f.links, f.pay, f.profit.maximum(0.0)]
        gone = sum(np.asarray(block.sum(axis=1)).ravel() for block in (*here, *positive))
        kept = np.maximum(f.receipts - gone, 0.0)
        kept[gone + kept <= 0.0] = 1.0  # neither sold nor spent in these months: it would keep it
        blocks = [("inputs", "firms", here[0]), ("pay", "residents", here[1]), ("profit", "residents", here[2])]
        blocks += [(what, payee, block) for (what, payee), block in zip(OUTLAYS, positive, strict=True)]
        self.firms = Split([*blocks, ("cash", "kept by firms", csr_matrix(kept[:, None]))])
        till = [(what, payee, csr_matrix(f.till[:, [i]])) for i, (what, payee) in enumerate(TILL) if i != OWN]
        self.till = Split([("goods", "firms", f.goods), *till, ("own", "own", _diagonal(f.till[:, OWN], n))])
        self.bought = Split(
            [
                ("beyond capacity", "outside", csr_matrix(f.turned_away[:, [0]])),
                ("own", "own", _diagonal(f.turned_away[:, 1], n)),
            ]
        )
        self.households = self._households()

    def _households(self) -> Split:
        f = self.flows
        parts = [csr_matrix(x[:, [i]]) for x in (f.homes, f.away) for i in range(3)]
        tax, social, abroad, vat, wider, outside = parts
        gone = sum(np.asarray(block.sum(axis=1)).ravel() for block in (f.spending, f.rents, *parts))
        saved = np.maximum(f.income - gone, 0.0)
        saved[gone + saved <= 0.0] = 1.0
        return Split(
            [
                ("spending", "firms", f.spending), ("rent", "residents", f.rents),
                ("council tax", "anchors", tax), ("social rent", "anchors", social),
                ("mortgages and rent", "outside", abroad), ("VAT and duty", "treasury", vat),
                ("spending", "wider_area", wider), ("spending", "outside", outside),
                ("saving", "saved by households", csr_matrix(saved[:, None])),
            ]
        )  # fmt: skip


def _diagonal(column: np.ndarray, n: int) -> csr_matrix:
    return diags(column, shape=(n, n), format="csr")


def _subcontracts(flows: Flows, chosen: np.ndarray) -> tuple[csr_matrix, csr_matrix]:
    """What holders of the chosen anchors' contracts passed on to firms here: from here (F, F), elsewhere (2S, F)."""
    parts = [
        [x[chosen[anchor]] for x in (code, site, pence)] for anchor, code, site, pence in flows.subcontracts
    ]
    code, site, pence = (np.concatenate([part[i] for part in parts]) for i in range(3))
    here, n = code >= 0, flows.contract_own.shape[1]
    amount = pence.astype(np.float64)
    return (
        csr_matrix((amount[here], (code[here], site[here])), shape=(n, n)),
        csr_matrix((amount[~here], (-1 - code[~here], site[~here])), shape=(2 * S, n)),
    )


def suppliers_here(flows: Flows, chosen: np.ndarray) -> tuple[Split, np.ndarray]:
    """How suppliers here pass on the contract money of some anchors, and what each was paid, (F,)."""
    own, resold = (x[chosen].sum(axis=0) for x in (flows.contract_own, flows.contract_resold))
    subs, _ = _subcontracts(flows, chosen)
    split = Split(
        [
            ("sub-contracts", "firms", subs), ("goods resold", "outside", csr_matrix(resold[:, None])),
            ("own", "own", diags(own, format="csr")),
        ]
    )  # fmt: skip
    return split, own + resold + np.asarray(subs.sum(axis=1)).ravel()


def elsewhere(flows: Flows, chosen: np.ndarray) -> tuple[Split, np.ndarray]:
    """How suppliers elsewhere spend such money, and what each place and section was paid, (2S,).

    On staff on site who live here, on sub-contracts here, and the rest where they are. Staff on site are booked by
    place and section, whoever's contract they work on.
    """
    every, paid = flows.contract_elsewhere.sum(axis=0), flows.contract_elsewhere[chosen].sum(axis=0)
    _, sent = _subcontracts(flows, chosen)
    part = np.divide(paid, every, out=np.zeros(2 * S), where=every > 0)
    staff, groups = csr_matrix(diags(part) @ flows.on_site), flows.n_groups
    gone = np.asarray(staff.sum(axis=1)).ravel() + np.asarray(sent.sum(axis=1)).ravel()
    rest = np.maximum(paid - gone, 0.0)
    rest[rest + gone <= 0.0] = 1.0  # nothing was bought there
    is_wider = np.arange(2 * S) < S
    own = "suppliers' other costs and profit"
    split = Split(
        [
            ("sub-contracts", "firms", sent), ("pay", "residents", staff[:, :groups]),
            ("tax and National Insurance", "treasury", staff[:, [groups]]),
            ("pension contributions", "outside", staff[:, [groups + 1]]),
            (own, "wider_area", csr_matrix(np.where(is_wider, rest, 0.0)[:, None])),
            (own, "outside", csr_matrix(np.where(is_wider, 0.0, rest)[:, None])),
        ]
    )  # fmt: skip
    return split, paid
