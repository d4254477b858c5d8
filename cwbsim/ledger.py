"""Every pound moves here; the books close or the run stops.

Sectors are the rows and columns of the transaction-flow matrix. Anchors, firms and households hold their
money row by row in their ``cash`` columns; the treasury, the wider area and outside (the rest of the UK and
abroad) hold one balance each. Money is int64 pence; what is paid is what is received, to the penny.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["SECTORS", "BooksError", "Ledger", "Posting", "net_of"]

SECTORS: tuple[str, ...] = ("anchors", "firms", "households", "treasury", "wider_area", "outside")
POPULATIONS: tuple[str, ...] = SECTORS[:3]
_INDEX = {name: i for i, name in enumerate(SECTORS)}
_N = len(SECTORS)
#: Cell of a flat flow matrix, by payer and payee; numbers add up there, one at a time and without arrays.
_CELL = {(payer, payee): _N * i + j for payer, i in _INDEX.items() for payee, j in _INDEX.items()}
#: The same with the rows of payer and payee.
_PLACE = {pair: (cell, cell // _N, cell % _N) for pair, cell in _CELL.items()}

#: A payment above this many pence in one posting row would come near the room of fixed-point products.
LARGEST_AMOUNT = 1 << 52

_FEW = 32  # so many are added up sooner one by one than by an array's own sum

type Posting = tuple[str, np.ndarray | int]
type Totals = Mapping[tuple[str, str], int]
type Rows = np.ndarray | tuple[np.ndarray, np.ndarray]


class BooksError(AssertionError):
    """A penny is missing: names the kind of movement or the phase, the sector and the amount."""


@dataclass(slots=True)
class Ledger:
    """Balances by sector and the flows between them this month.

    Attributes
    ----------
    cash : dict of str to ndarray of int64
        The purse that payments fill and empty, pence, by population: the ``cash`` columns of anchors and
        firms, and the ``income`` of households.
    kept : dict of str to ndarray of int64
        Money a population has put by besides: the ``savings`` of households.
    balances : ndarray of int64, shape (6,)
        Money of each sector, pence, in the order of ``SECTORS``.
    moved : dict of str to list of int
        Paid this month by kind of movement: the 36 cells of a flow matrix, row by row, pence.
    moved_in_all : list of int
        The same of all kinds together.
    opening : ndarray of int64, shape (6,)
        Balances when the month began.
    anchors_opened_with : ndarray of int64, shape (A,)
        Cash of each anchor when the month began, before any programme spent.
    """

    cash: dict[str, np.ndarray]
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    balances: np.ndarray = field(default_factory=lambda: np.zeros(len(SECTORS), np.int64))
    moved: dict[str, list[int]] = field(default_factory=dict)
    moved_in_all: list[int] = field(default_factory=lambda: [0] * _N**2)
    opening: np.ndarray = field(default_factory=lambda: np.zeros(len(SECTORS), np.int64))
    anchors_opened_with: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def open_month(self) -> None:
        """Remember the balances and begin an empty flow matrix."""
        self.opening = self.balances.copy()
        self.anchors_opened_with = self.cash["anchors"].copy()
        self.moved, self.moved_in_all = {}, [0] * _N**2

    @property
    def flows(self) -> np.ndarray:
        """What was paid this month, payer rows, payee columns, int64 pence, shape (6, 6)."""
        return _matrix(self.moved_in_all)

    @property
    def by_kind(self) -> dict[str, np.ndarray]:
        """The same by kind of movement."""
        return {kind: _matrix(cells) for kind, cells in self.moved.items()}

    def _cells(self, kind: str) -> list[int]:
        """What was paid under a kind so far, to be added to."""
        cells = self.moved.get(kind)
        if cells is None:
            cells = self.moved[kind] = [0] * _N**2
        return cells

    def pay(self, kind: str, payer: str, paid: np.ndarray | int, *payees: Posting) -> int:
        """Move money from one sector to one or more others.

        Parameters
        ----------
        kind : str
            What the movement is, in the words of the field ("wages", "council_tax").
        payer : str
            Sector that pays.
        paid : ndarray of int64 or int
            Pence by row of the payer's population, or one total for a sector without rows.
        *payees : tuple of (str, ndarray of int64 or int)
            Sector and what it receives, by row or in total.

        Returns
        -------
        int
            Pence moved.

        Raises
        ------
        BooksError
            If what is paid is not what is received.
        """
        total_paid = self._apply(payer, paid, -1)
        cells, total_received = self._cells(kind), 0
        for payee, received in payees:
            amount = self._apply(payee, received, +1)
            total_received += amount
            cells[_CELL[payer, payee]] += amount
            self.moved_in_all[_CELL[payer, payee]] += amount
        if total_paid != total_received:
            raise BooksError(
                f"{kind}: {payer} paid {total_paid} pence but {[p for p, _ in payees]} received {total_received}"
            )
        return total_paid

    def post(self, kind: str, totals: Totals, rows: Mapping[str, Rows]) -> None:
        """Book several payments of one kind at once, with one net change per row of each population.

        Parameters
        ----------
        kind : str
            What the movement is.
        totals : mapping of (payer, payee) to int
            Pence moved between sectors, not negative.
        rows : mapping of str to ndarray of int64, or to (rows, amounts)
            For every population in ``totals``, receipts less payments of each of its rows, or of the rows
            given (a row may come more than once).

        Raises
        ------
        BooksError
            If the rows of a population do not add up to its totals.
        """
        self.post_kinds({kind: totals}, rows)

    def post_kinds(
        self, kinds: Mapping[str, Totals], rows: Mapping[str, Rows], settled: Mapping[str, int] | None = None
    ) -> None:
        """Book payments of several kinds that are one net change per row; as :meth:`post`.

        Parameters
        ----------
        kinds : mapping of str to totals
        rows : mapping of str to rows
        settled : mapping of str to int
            Populations whose purses the caller's own loop has changed already, and by how much in all; the
            check of the books holds it to that.
        """
        change, moved_in_all = [0] * _N, self.moved_in_all
        for kind, totals in kinds.items():
            cells = self._cells(kind)
            for pair, amount in totals.items():
                if amount == 0:
                    continue
                if not 0 < amount <= LARGEST_AMOUNT:
                    raise BooksError(f"{kind}: {pair[0]} cannot pay {pair[1]} {amount} pence")
                cell, payer, payee = _PLACE[pair]
                cells[cell] += amount
                moved_in_all[cell] += amount
                change[payer] -= amount
                change[payee] += amount
        for sector, amount in zip(POPULATIONS, change, strict=False):
            net = rows.get(sector)
            held = _total(net) if net is not None else settled.get(sector, 0) if settled else 0
            if held != amount:
                named = " and ".join(kinds)
                raise BooksError(f"{named}: rows of the {sector} change by {held} pence, the total by {amount}")
        balances = self.balances
        for i, amount in enumerate(change):
            if amount:
                balances[i] += amount
        for sector, net in rows.items():
            if isinstance(net, tuple):
                np.add.at(self.cash[sector], net[0], net[1])
            else:
                self.cash[sector] += net

    def _apply(self, sector: str, amount: np.ndarray | int, sign: int) -> int:
        if isinstance(amount, np.ndarray) and amount.ndim:
            cash = self.cash[sector]
            if sign > 0:
                cash += amount
            else:
                cash -= amount
            total = int(np.add.reduce(amount))
        else:
            if sector in POPULATIONS:
                raise BooksError(f"a payment of the {sector} must say who among them pays or receives")
            total = int(amount)
        if abs(total) > LARGEST_AMOUNT:
            raise BooksError(f"a movement of {total} pence is beyond what the books can carry exactly")
        self.balances[_INDEX[sector]] += sign * total
        return total

    def due(self) -> list[int]:
        """What each sector's balance has to be: what it opened with plus receipts less payments, pence."""
        cells = self.moved_in_all
        return [
            opening + sum(cells[i::_N]) - sum(cells[_N * i : _N * (i + 1)])
            for i, opening in enumerate(self.opening.tolist())
        ]

    def check(self, phase: str) -> None:
        """Raise unless each sector's money is what it opened with plus receipts less payments.

        Raises
        ------
        BooksError
            Naming phase, sector and the missing amount in pence.
        """
        due = self.due()
        for i, sector in enumerate(SECTORS):
            held = self.held(sector) if sector in POPULATIONS else int(self.balances[i])
            for what, amount in (("its rows hold", held), ("its balance is", int(self.balances[i]))):
                if amount != due[i]:
                    raise BooksError(
                        f"after {phase}, the books of the {sector} do not close: {what} {amount} pence,"
                        f" opening plus receipts less payments is {due[i]} (out by {amount - due[i]})"
                    )

    def held(self, population: str) -> int:
        """Return all the money the rows of a population hold, pence."""
        kept = self.kept.get(population)
        return int(self.cash[population].sum()) + (0 if kept is None else int(kept.sum()))

    def kind_total(self, kind: str, payer: str | None = None, payee: str | None = None) -> int:
        """Return pence moved this month under one kind, between the sectors named (all if none is)."""
        cells = self.moved.get(kind)
        if cells is None:
            return 0
        if payer is not None and payee is not None:
            return cells[_CELL[payer, payee]]
        first, last = (0, _N) if payer is None else (_INDEX[payer], _INDEX[payer] + 1)
        columns = slice(None) if payee is None else slice(_INDEX[payee], _INDEX[payee] + 1)
        return sum(sum(cells[_N * row : _N * (row + 1)][columns]) for row in range(first, last))


def net_of(sector: str, kinds: Mapping[str, Totals]) -> int:
    """Return what a sector receives less what it pays in payments of several kinds, pence."""
    pairs = (pair for totals in kinds.values() for pair in totals.items())
    return sum(((payee == sector) - (payer == sector)) * amount for (payer, payee), amount in pairs)


def _matrix(cells: list[int]) -> np.ndarray:
    return np.array(cells, np.int64).reshape(_N, _N)


def _total(rows: Rows) -> int:
    net = rows[1] if isinstance(rows, tuple) else rows
    if net.shape[0] < _FEW:
        return int(sum(net.tolist()))
    return int(np.add.reduce(net))
