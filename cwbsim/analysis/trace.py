"""Follow the pound: where an anchor's contract money goes, round by round, until it has left or is put by.

This is *average-propensity attribution*: each round, every firm and every group of households hands on what it
receives in the proportions in which it spent its money over the months watched. It says where the money of these
months went, in the accounts of these firms and households; it does not say what a further pound would do, for
that takes two runs and their difference (``cwbsim compare``, ``cwbsim additionality``).

References
----------
New Economics Foundation (2002), *Plugging the Leaks*, for the three rounds of LM3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from cwbsim.analysis.flows import DECILES, Flows, S
from cwbsim.analysis.proportions import Split, Splits, elsewhere, suppliers_here
from cwbsim.errors import UserError
from cwbsim.levers.base import AnchorNames
from cwbsim.world import SECTIONS

__all__ = ["ENDS", "LABEL", "LARGEST", "MOVING", "STAYS", "SUPPLIERS", "Trace", "follow", "follow_each"]

LABEL = "average-propensity attribution"
#: Where a pound can end, in the order of tables and figures.
ENDS: tuple[str, ...] = ("kept by firms", "saved by households", "anchors", "treasury", "wider_area", "outside")
STAYS = ENDS[:3]
SUPPLIERS: tuple[str, ...] = ("suppliers in the wider area", "suppliers outside")
MOVING: tuple[str, ...] = ("firms", "residents", *SUPPLIERS)
ROUNDS = 60  # what then still moves is said beside what has ended: pennies, if anything
LARGEST = 1_000_000_000  # pounds: products of pence and shares in units of 2**-24 stay whole


@dataclass(slots=True, eq=False)
class Trace:
    """Where the money went. Pence throughout.

    Attributes
    ----------
    anchors : tuple of str
        Whose contract money was followed.
    pence : int
        How much.
    months : tuple of int
        First and last month whose accounts give the proportions.
    steps : list of (int, str, str, str, int)
        Round, payer, payee, what for, pence.
    first_round : ndarray, shape (3, S)
        What suppliers received, by place (borough, wider area, outside) and section.
    turnover : ndarray, shape (S,)
        Received by firms of the borough in all rounds, by section, goods they only resell included.
    pay_by_ward, pay_by_decile : ndarray, shape (W,), (10,)
        Net pay and profit received by residents, all rounds.
    value_added : list of int
        Made by firms of the borough from it, by round (of receipt): own output less inputs.
    what_if : str
        What of the scenario the law of its date forbids; empty if nothing.
    """

    anchors: tuple[str, ...]
    pence: int
    months: tuple[int, int]
    section_names: tuple[str, ...]
    ward_names: tuple[str, ...]
    steps: list[tuple[int, str, str, str, int]] = field(default_factory=list)
    first_round: np.ndarray = field(default_factory=lambda: np.zeros((3, S), np.int64))
    turnover: np.ndarray = field(default_factory=lambda: np.zeros(S, np.int64))
    pay_by_ward: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    pay_by_decile: np.ndarray = field(default_factory=lambda: np.zeros(DECILES, np.int64))
    value_added: list[int] = field(default_factory=list)
    what_if: str = ""

    def total(self, *, round_: int | None = None, payer: str = "", payee: str = "", what: str = "") -> int:
        """Pence of the steps that match."""
        return sum(
            x
            for r, a, b, w, x in self.steps
            if round_ in (None, r) and payer in ("", a) and payee in ("", b) and what in ("", w)
        )

    @property
    def rounds(self) -> int:
        """Rounds until nothing moved, or the most that are followed."""
        return max((r for r, *_ in self.steps), default=0)

    def ends(self, upto: int | None = None) -> dict[str, int]:
        """Pence that had ended in each of ``ENDS`` after some rounds (all of them if left out)."""
        last = self.rounds if upto is None else upto
        return {end: sum(x for r, _, payee, _, x in self.steps if payee == end and r <= last) for end in ENDS}

    def moving(self, after: int) -> dict[str, int]:
        """Pence with each of ``MOVING`` after some rounds, received and not yet handed on."""
        return {name: self.total(round_=after, payee=name) for name in MOVING}

    @property
    def still_moving(self) -> int:
        """Pence not yet ended after the last round followed."""
        return sum(self.moving(self.rounds).values())

    @property
    def local_first_round(self) -> int:
        """Pence paid to suppliers with premises in the borough."""
        return self.total(round_=1, payee="firms")

    @property
    def income_of_residents(self) -> int:
        """Pence of net pay and profit that residents received in all rounds."""
        return int(self.pay_by_decile.sum())

    @property
    def respent_second_round(self) -> int:
        """Pence those suppliers paid to suppliers and staff in the borough: the third term of LM3."""
        return sum(
            x
            for r, payer, payee, what, x in self.steps
            if r == 2 and payer == "firms" and payee in ("firms", "residents") and what in RESPENT
        )

    @property
    def lm3(self) -> float:
        """Local Multiplier 3: three rounds over the first."""
        return (self.pence + self.local_first_round + self.respent_second_round) / self.pence

    def to_frame(self) -> pd.DataFrame:
        """Every step: round, payer, payee, what, pounds."""
        frame = pd.DataFrame(self.steps, columns=["round", "payer", "payee", "what", "pence"])
        return frame.assign(pounds=frame["pence"] / 100)

    def to_json_dict(self) -> dict[str, Any]:
        """The trace as plain lists and numbers; pounds but for the steps, which are whole pence."""
        ends = self.ends()
        return {
            **({"what_if": self.what_if} if self.what_if else {}),
            "method": LABEL,
            "anchors": list(self.anchors),
            "pounds": self.pence / 100,
            "months": list(self.months),
            "lm3": self.lm3,
            "lm3_rounds": [self.pence / 100, self.local_first_round / 100, self.respent_second_round / 100],
            "retained_turnover": {
                "first_round": self.local_first_round / 100, "all_rounds": int(self.turnover.sum()) / 100,
            },
            "retained_value_added": {
                "first_round": (self.value_added or [0])[0] / 100, "all_rounds": sum(self.value_added) / 100,
            },
            "income_of_residents": self.income_of_residents / 100,
            "ends": {end: pence / 100 for end, pence in ends.items()},
            "stayed": sum(ends[end] for end in STAYS) / 100,
            "left": sum(pence for end, pence in ends.items() if end not in STAYS) / 100,
            "still_moving": self.still_moving / 100,
            "first_round": {
                place: {s: int(x) / 100 for s, x in zip(self.section_names, row, strict=True) if x}
                for place, row in zip(("borough", "wider_area", "outside"), self.first_round, strict=True)
            },
            "turnover_by_section": _named(self.section_names, self.turnover),
            "income_by_ward": _named(self.ward_names, self.pay_by_ward),
            "income_by_decile": _named([str(d + 1) for d in range(DECILES)], self.pay_by_decile),
            "steps": [
                dict(zip(("round", "payer", "payee", "what", "pence"), step, strict=True)) for step in self.steps
            ],
        }  # fmt: skip


#: What a survey of suppliers counts as spent again in the borough: on suppliers and staff, not on owners.
RESPENT = ("inputs", "sub-contracts", "pay")


def _named(names: tuple[str, ...] | list[str], pence: np.ndarray) -> dict[str, float]:
    return {name: int(x) / 100 for name, x in zip(names, pence, strict=True)}


def chosen_anchors(flows: Flows, anchor: str) -> np.ndarray:
    """Return which anchors a name means, (A,) bool: a kind, the key of one, or "all".

    Raises
    ------
    UserError
        No such anchor, or none that bought anything in these months.
    """
    names = AnchorNames.of(flows.world)
    chosen = names.meant((anchor,))
    if not flows.contract_spend()[chosen].sum():
        raise UserError(
            f"{anchor} paid for no contracts in months {flows.months[0]} to {flows.months[-1]}",
            allowed=f"anchors of {flows.world.fixed.place}: {', '.join(names.key)}; or a kind such as council",
        )
    return chosen


def follow(flows: Flows, anchor: str, pounds: float, splits: Splits | None = None) -> Trace:
    """Follow contract money of an anchor through the borough.

    Parameters
    ----------
    flows : Flows
        As watched.
    anchor : str
        A kind ("council"), the key of one, or "all"; several are followed together.
    pounds : float
        How much of its contract money, 1 to 1,000,000,000.
    splits : Splits, optional
        Of the same flows, where several anchors are followed.

    Returns
    -------
    Trace
        Round totals and what has ended add up to what was put in, in pence.

    Raises
    ------
    UserError
        Unknown anchor, one that bought nothing, or an amount out of range.
    """
    if not 1 <= pounds <= LARGEST:
        raise UserError(f"pounds is {pounds:,.10g}", allowed=f"1 to {LARGEST:,}")
    chosen, world = chosen_anchors(flows, anchor), flows.world
    names = tuple(name for name, is_in in zip(world.fixed.anchor_names, chosen, strict=True) if is_in)
    trace = Trace(
        names, round(pounds * 100), (flows.months[0], flows.months[-1]), SECTIONS, world.fixed.ward_names,
        pay_by_ward=np.zeros(len(world.fixed.ward_names), np.int64), what_if=flows.what_if,
    )  # fmt: skip
    splits = Splits(flows) if splits is None else splits
    state = _suppliers(trace, flows, chosen)
    for number in range(2, ROUNDS + 1):
        if not state.money():
            break
        state = _hand_on(trace, number, state, splits)
    return trace


def follow_each(flows: Flows, pounds: float) -> dict[str, Trace]:
    """Follow as much contract money of every anchor that buys anything, by its key."""
    splits, spent = Splits(flows), flows.contract_spend()
    names = flows.world.fixed.anchor_names
    return {name: follow(flows, name, pounds, splits) for name, x in zip(names, spent, strict=True) if x > 0}


@dataclass(slots=True)
class _State:
    """Money in motion between two rounds, pence."""

    contracts: list[tuple[str, Split, np.ndarray]]  # held by suppliers: who, how they pass it on, pence
    till: np.ndarray  # (F,) taken from households
    bought: np.ndarray  # (F,) taken from firms that buy inputs
    own: np.ndarray  # (F,) for own output of other kinds
    groups: np.ndarray  # (G,)

    def money(self) -> int:
        held = sum(int(amount.sum()) for _, _, amount in self.contracts)
        return held + int(self.till.sum() + self.bought.sum() + self.own.sum() + self.groups.sum())


def _suppliers(trace: Trace, flows: Flows, chosen: np.ndarray) -> _State:
    """Round 1: the anchor pays its suppliers; what they pass on of it is what its own contracts say."""
    here, paid_here = suppliers_here(flows, chosen)
    others, paid_elsewhere = elsewhere(flows, chosen)
    anchor = Split(
        [("contracts", "firms", csr_matrix(paid_here)), ("contracts", "elsewhere", csr_matrix(paid_elsewhere))]
    )
    to_sites, to_others = (x for _, _, x in anchor(np.array([trace.pence])))
    section = flows.world.firms.section
    np.add.at(trace.first_round[0], section, to_sites)
    trace.first_round[1:] = to_others.reshape(2, S)
    np.add.at(trace.turnover, section, to_sites)
    is_wider = np.arange(2 * S) < S
    contracts = [("firms", here, to_sites)]
    for name, rows in zip(SUPPLIERS, (is_wider, ~is_wider), strict=True):
        contracts.append((name, others, np.where(rows, to_others, 0)))
    trace.steps += [(1, "anchor", name, "contracts", int(x.sum())) for name, _, x in contracts if x.any()]
    nil = np.zeros(to_sites.shape[0], np.int64)
    return _State(contracts, nil, nil.copy(), nil.copy(), np.zeros(flows.n_groups, np.int64))


def _hand_on(trace: Trace, number: int, state: _State, splits: Splits) -> _State:
    """One round: everyone who holds money spends it, keeps it or sends it away."""
    n, groups = state.own.shape[0], state.groups.shape[0]
    nil = np.zeros(n, np.int64)
    after = _State([], nil, nil.copy(), nil.copy(), np.zeros(groups, np.int64))
    own = state.own.copy()
    passed = [(payer, split(x)) for payer, split, x in state.contracts]
    passed += [("firms", splits.till(state.till)), ("firms", splits.bought(state.bought))]
    for _, parts in passed:
        own += sum(amount for _, payee, amount in parts if payee == "own")
    spent = splits.firms(own)
    inputs = sum(
        int(amount.sum()) for what, _, amount in spent if what in ("inputs", "taxes on products")
    )
    trace.value_added.append(int(own.sum()) - inputs)
    passed += [("firms", spent), ("residents", splits.households(state.groups))]
    totals: dict[tuple[str, str, str], int] = {}
    section = splits.flows.world.firms.section
    for payer, parts in passed:
        for what, payee, amount in parts:
            if payee == "own":
                continue
            key = (payer, payee, what)
            totals[key] = totals.get(key, 0) + int(amount.sum())
            if payee == "firms":
                np.add.at(trace.turnover, section, amount)
                column = {"spending": after.till, "inputs": after.bought}.get(what, after.own)
                column += amount
            elif payee == "residents":
                after.groups += amount
                if what != "rent":
                    by_group = amount.reshape(-1, DECILES)
                    trace.pay_by_ward += by_group.sum(axis=1)
                    trace.pay_by_decile += by_group.sum(axis=0)
    trace.steps += [(number, *key, x) for key, x in totals.items() if x]
    return after
