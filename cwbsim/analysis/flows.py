"""Who paid whom over some months of a run, row by row: what average propensities are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from cwbsim.ledger import BooksError
from cwbsim.world import SECTIONS, World

__all__ = ["DECILES", "OUTLAYS", "TILL", "Flows", "group_of", "held_to_books", "matrix", "sum_by"]

S = len(SECTIONS)
DECILES = 10
#: What a firm's own output is spent on beside local inputs, pay and owners here: words, and where it goes.
OUTLAYS: tuple[tuple[str, str], ...] = (
    ("inputs", "wider_area"), ("inputs", "outside"), ("taxes on products", "treasury"),
    ("tax and National Insurance", "treasury"), ("pension contributions", "outside"),
    ("pay of in-commuters", "wider_area"), ("pay of in-commuters", "outside"),
    ("business rates and production taxes", "treasury"), ("corporation tax", "treasury"),
    ("profit of owners", "wider_area"), ("profit of owners", "outside"), ("investment", "outside"),
)  # fmt: skip
(IN_WIDER, IN_OUTSIDE, PRODUCTS, WITHHELD, PENSIONS, STAFF_WIDER, STAFF_OUTSIDE, PRODUCTION, CORPORATION,
 PROFIT_WIDER, PROFIT_OUTSIDE, INVESTMENT) = range(len(OUTLAYS))  # fmt: skip
#: What a pound at the till is split into beside goods made here.
TILL: tuple[tuple[str, str], ...] = (
    ("VAT and duty", "treasury"), ("goods", "wider_area"), ("goods", "outside"), ("beyond capacity", "outside"),
    ("own output", "firms"),
)  # fmt: skip
TAX, GOODS_WIDER, GOODS_OUTSIDE, BEYOND, OWN = range(len(TILL))


@dataclass(slots=True, eq=False)
class Flows:
    """What was paid over some months, pence (as floats, which hold them exactly).

    Letters as in ``world``, and G groups of households: ward x income decile. Matrices have payers in rows.
    """

    world: World  # as the months ended
    contract_own: np.ndarray  # (A, F) kept by the site as output of its own
    contract_resold: np.ndarray  # (A, F) goods it only resells
    contract_elsewhere: np.ndarray  # (A, 2S) to the wider area and outside, by section
    on_site: csr_matrix  # (2S, G + 2) suppliers elsewhere: net pay by group, tax, pensions
    links: csr_matrix  # (F, F) inputs
    goods: csr_matrix  # (F, F) shops to makers
    pay: csr_matrix  # (F, G) net
    profit: csr_matrix  # (F, G), below nil where owners pay in
    spending: csr_matrix  # (G, F) at the till
    rents: csr_matrix  # (G, G)
    outlays: np.ndarray  # (F, len(OUTLAYS))
    till: np.ndarray  # (F, len(TILL))
    turned_away: np.ndarray  # (F, 2) bought by firms: passed on to outside, sold
    receipts: np.ndarray  # (F,) own output sold
    income: np.ndarray  # (G,) came in
    away: np.ndarray  # (G, 3) spent elsewhere: tax, wider area, outside
    homes: np.ndarray  # (G, 3) council tax, social rents, mortgages and rents to outside
    months: list[int] = field(default_factory=list)
    subcontracts: list[tuple[np.ndarray, ...]] = field(default_factory=list)  # anchor, payer code, site, pence
    what_if: str = ""  # what of the scenario the law of its date forbids

    @classmethod
    def none_yet(cls, world: World) -> Flows:
        """Return flows of nil."""
        a, f, g = world.anchors.key.shape[0], world.firms.key.shape[0], len(world.fixed.ward_names) * DECILES
        shapes = {
            "contract_own": (a, f), "contract_resold": (a, f), "contract_elsewhere": (a, 2 * S),
            "outlays": (f, len(OUTLAYS)), "till": (f, len(TILL)), "turned_away": (f, 2), "receipts": (f,),
            "income": (g,), "away": (g, 3), "homes": (g, 3),
        }  # fmt: skip
        between = {
            "on_site": (2 * S, g + 2), "links": (f, f), "goods": (f, f), "pay": (f, g), "profit": (f, g),
            "spending": (g, f), "rents": (g, g),
        }  # fmt: skip
        nil: dict[str, Any] = {name: np.zeros(shape) for name, shape in shapes.items()}
        nil |= {name: csr_matrix(shape) for name, shape in between.items()}
        return cls(world, **nil)

    @property
    def n_groups(self) -> int:
        """Number of groups of households."""
        return int(self.income.shape[0])

    def add(self, name: str, amount: np.ndarray | csr_matrix) -> None:
        """Add a month's payments to one of the fields."""
        setattr(self, name, getattr(self, name) + amount)

    def contract_spend(self) -> np.ndarray:
        """Return what each anchor paid for contracts, (A,)."""
        sub = np.zeros(self.contract_own.shape[0])
        for anchor, code, _, pence in self.subcontracts:
            np.add.at(sub, anchor[code >= 0], pence[code >= 0])
        parts = (self.contract_own, self.contract_resold, self.contract_elsewhere)
        return np.asarray(sum(part.sum(axis=1) for part in parts) + sub)


def group_of(world: World, household: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Return the group of households: ward x 10 + income decile, both from 0."""
    h = world.households
    return np.asarray(h.ward[household].astype(np.int64) * DECILES + h.income_decile[household])


def held_to_books(world: World, kind: str, payer: str, payee: str, found: float | np.ndarray) -> None:
    """Raise unless the books of the month say the same."""
    total, booked = int(np.asarray(found).sum()), world.ledger.kind_total(kind, payer, payee)
    if total != booked:
        raise BooksError(
            f"month {world.month}, {kind}: {payer} paid {payee} {booked} pence by the books, {total} as watched"
        )


def sum_by(index: np.ndarray, amount: np.ndarray, size: int) -> np.ndarray:
    """Sum pence by index; whole numbers below 2**53 add up exactly in any order."""
    return np.bincount(index, weights=amount, minlength=size)


def matrix(row: np.ndarray, column: np.ndarray, amount: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    return csr_matrix((amount.astype(np.float64), (row, column)), shape=shape)
