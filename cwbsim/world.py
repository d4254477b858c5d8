"""State: columns per population, the terms in force, and the fixed tables of a place.

State has no behaviour; behaviour (``economy/``) has no state. Every shape and unit is given here, where the
array is born. Letters: H households, R residents, F sites (a firm is what occupies a site), A anchors, N needs,
P suppliers of the wider area and outside, L input links, W wards, S = 20 SIC sections A-T, K = 12 categories of
household spending, E employers. Money is int64 pence (a month, where it is a flow); shares are 0-1; a factor
"Q24" is an integer in units of 2**-24.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim.fixed import Fixed
from cwbsim.terms import Terms

if TYPE_CHECKING:
    from cwbsim.ledger import Ledger
    from cwbsim.parameters import Parameters

__all__ = [
    "ANCHOR_KINDS", "BOROUGH", "COMPETED", "EMPLOYED", "INACTIVE", "OUTSIDE", "Q24", "ROUTES", "SECTIONS", "UNEMPLOYED", "WIDER",
    "Anchors", "Employers", "Firms", "Fixed", "Households", "Links", "Market", "Needs", "Pool", "Residents",
    "Terms", "World",
]  # fmt: skip

SCHEMA_VERSION = 1
SECTIONS: tuple[str, ...] = tuple("ABCDEFGHIJKLMNOPQRST")
ANCHOR_KINDS: tuple[str, ...] = ("council", "hospital_trust", "college", "university", "police", "housing_association")
BOROUGH, WIDER, OUTSIDE = 0, 1, 2  # places
ROUTES, COMPETED = ("open", "quotes", "framework", "call_off", "direct"), 2  # up to that row with a competition for each
EMPLOYED, UNEMPLOYED, INACTIVE = 0, 1, 2  # status of a resident
Q24 = 1 << 24
MOST_KEPT = 24  # versions of one thing derived from the state: of terms, one for each month of a year of budgets


@dataclass(slots=True)
class Anchors:
    """Anchor institutions (contracting authorities); a handful, and they do not shrink with scale."""

    key: np.ndarray  # (A,) uint64
    kind: np.ndarray  # (A,) int8, index in ANCHOR_KINDS
    cash: np.ndarray  # (A,) int64
    reserve: np.ndarray  # (A,) int64 the cash that grants settle to
    revenue_treasury: np.ndarray  # (A,) int64 grants and allocations a month
    revenue_outside: np.ndarray  # (A,) int64 fees and rents from elsewhere a month
    council_tax_share: np.ndarray  # (A,) float, share of council tax it receives
    social_rent_share: np.ndarray  # (A,) float, share of social rents it receives
    contract_budget: np.ndarray  # (A, S) int64 a month
    to_placements: np.ndarray  # (A,) int64 a month: social-care placements, to section Q of the borough
    to_voluntary: np.ndarray  # (A,) int64 a month: grants, to social enterprises of the borough
    to_wider: np.ndarray  # (A,) int64 a month: precepts and levies
    to_outside: np.ndarray  # (A,) int64 a month: other public bodies elsewhere
    local_target: np.ndarray  # (A,) float, measured share of contract spend placed in the borough
    wider_target: np.ndarray  # (A,) float, measured share placed in the rest of the wider area
    influenceable_share: np.ndarray  # (A,) float
    reach_local: np.ndarray  # (A,) float, solved: cost premium on suppliers of the borough, share of price
    reach_wider: np.ndarray  # (A,) float, solved: the same for the wider area


@dataclass(slots=True)
class Firms:
    """Sites and the firms in them. A row is a site (premises): vacant, or occupied by one firm."""

    site_key: np.ndarray  # (F,) uint64, of the premises
    key: np.ndarray  # (F,) uint64, lineage of the firm: (site, month it opened); 0 if vacant
    section: np.ndarray  # (F,) int8
    trade: np.ndarray  # (F,) int8, category of household spending it serves, -1 none
    ward: np.ndarray  # (F,) int16
    size_class: np.ndarray  # (F,) int8: 0 own account, then the unit bands 0-4, 5-9, 10-19, 20-49, 50-99, 100-249, 250+
    site_output: np.ndarray  # (F,) int64 output a month of the premises at their usual use, contracts left out
    is_open: np.ndarray  # (F,) bool
    age_months: np.ndarray  # (F,) int32
    owner_place: np.ndarray  # (F,) int8 place of the enterprise that owns it (head office)
    owner: np.ndarray  # (F,) int32 household that takes its profit, -1 if owned elsewhere
    ownership: np.ndarray  # (F,) int8: 0 private, 1 social enterprise, 2 worker co-operative
    productivity: np.ndarray  # (F,) int64 output a job a month
    unit_cost: np.ndarray  # (F,) float, relative to the should-cost (1)
    quality: np.ndarray  # (F,) float 0-1
    price: np.ndarray  # (F,) float index, 1 in the starting world
    growth: np.ndarray  # (F,) float, capacity for usual trade over that of its premises, 1 at the start
    capacity: np.ndarray  # (F,) int64 output a month it can make, contracts included
    contract_load: np.ndarray  # (F,) int64 output a month of the contracts it holds, goods resold left out
    contracts_beyond: np.ndarray  # (F,) int64 pence a month of them from anchors of other boroughs simulated in full
    cash: np.ndarray  # (F,) int64, not below minus its credit line
    sales_anchors: np.ndarray  # (F,) int64 this month, output (margin only for goods resold)
    sales_households: np.ndarray  # (F,) int64 the same, to households
    sales_firms: np.ndarray  # (F,) int64 the same, to firms
    sales_beyond: np.ndarray  # (F,) int64 the same, beyond the borough
    turnover: np.ndarray  # (F,) int64 this month, goods resold and VAT included
    unmet: np.ndarray  # (F,) int64 this month, demand above capacity passed on to outside
    output_last: np.ndarray  # (F,) int64 volume of output of last month, at the prices of the starting world
    output_smooth: np.ndarray  # (F,) int64 smoothed volume, for staffing and credit
    is_closing: np.ndarray  # (F,) bool: closed this month
    is_new: np.ndarray  # (F,) bool: opened this month
    profit: np.ndarray  # (F,) int64 receipts less costs this month, before tax and distribution
    registered: np.ndarray  # (F,) uint8 bit a set: ready to bid to anchor a
    sv_practice: np.ndarray  # (F,) float 0-1: what it would really deliver of social value
    bid_skill: np.ndarray  # (F,) float 0-1: how well it writes of it
    local_hiring: np.ndarray  # (F,) float 0-1: delivered commitment to hire residents without work
    loan: np.ndarray  # (F,) int64 pence it owes a fund of the anchors


@dataclass(slots=True)
class Pool:
    """Suppliers of the wider area and of outside that bid here; their households are not simulated."""

    key: np.ndarray  # (P,) uint64
    place: np.ndarray  # (P,) int8 WIDER or OUTSIDE
    section: np.ndarray  # (P,) int8
    unit_cost: np.ndarray  # (P,) float
    quality: np.ndarray  # (P,) float 0-1
    sv_practice: np.ndarray  # (P,) float 0-1
    bid_skill: np.ndarray  # (P,) float 0-1
    turnover: np.ndarray  # (P,) int64 a year
    has_branch: np.ndarray  # (P,) bool: has a branch in the borough (the "based or branched" definition)
    room: np.ndarray  # (P,) int64 pence a month of contracts it can still take on


@dataclass(slots=True)
class Needs:
    """What anchors need, and the contract that meets it now. A need is a volume; a contract costs volume x price."""

    key: np.ndarray  # (N,) uint64
    anchor: np.ndarray  # (N,) int8
    section: np.ndarray  # (N,) int8
    budget: np.ndarray  # (N,) int64 pence a month
    is_influenceable: np.ndarray  # (N,) bool
    term_months: np.ndarray  # (N,) int16 of the contract in force
    months_left: np.ndarray  # (N,) int16; 0: the contract has ended and the need goes to tender
    renewal: np.ndarray  # (N,) int32 how many contracts came before
    supplier: np.ndarray  # (N,) int32: >= 0 row of Firms; -1 - p for row p of Pool
    supplier_key: np.ndarray  # (N,) uint64
    place: np.ndarray  # (N,) int8 place of the supplier
    price: np.ndarray  # (N,) float, contract price over should-cost
    volume: np.ndarray  # (N,) float, delivered service over the volume needed, at should-cost
    sv_promised: np.ndarray  # (N,) float 0-1
    sv_delivered: np.ndarray  # (N,) float 0-1
    n_bids: np.ndarray  # (N,) int16 of the last tender
    n_local_bids: np.ndarray  # (N,) int16
    is_open: np.ndarray  # (N,) bool: out to tender this month
    best_score: np.ndarray  # (N,) int32 points of the best bid this month, -1 without bids
    best_supplier: np.ndarray  # (N,) int32 who made it, coded as ``supplier``
    best_price: np.ndarray  # (N,) float
    best_promise: np.ndarray  # (N,) float 0-1
    subcontractor: np.ndarray  # (N,) int32 site that gets the delivered local sub-contract, -1 none
    sub_share: np.ndarray  # (N,) float 0-1 of the payment that goes to it: delivered social value, or a clause
    hires: np.ndarray  # (N,) float 0-1: delivered social value that goes into hiring residents without work
    living_wage: np.ndarray  # (N,) float 0-1: share of its staff paid the Real Living Wage because of it
    owed: np.ndarray  # (N,) int64 pence of it invoiced and not yet paid
    lot_key: np.ndarray  # (N,) uint64 key of the whole need; a need let in lots has a row for each
    n_lots: np.ndarray  # (N,) int16 lots the need is let in, 1: whole
    route: np.ndarray  # (N,) int8 how it was let, and is to be let while it is open: a row of ROUTES
    n_heard: np.ndarray  # (N,) int16 suppliers who could have bid for the last tender: they heard or were asked
    in_house: np.ndarray  # (N,) int64 pence a month of a service the anchor does itself; its budget is then 0


@dataclass(slots=True)
class Households:
    """Households of the borough."""

    key: np.ndarray  # (H,) uint64
    ward: np.ndarray  # (H,) int16
    deprivation: np.ndarray  # (H,) int8 decile of its area, 0 most deprived
    size: np.ndarray  # (H,) int8 people
    tenure: np.ndarray  # (H,) int8: 0 owned outright, 1 mortgaged, 2 private rent, 3 social rent
    income_decile: np.ndarray  # (H,) int8, row of the consumption shares, 0 lowest
    savings: np.ndarray  # (H,) int64 put by after the last spending, below nil on credit
    income: np.ndarray  # (H,) int64 received since the last spending: the purse that payments fill
    earnings: np.ndarray  # (H,) int32 net pay of this month
    permanent_income: np.ndarray  # (H,) float32 pence a month, after council tax and housing costs
    council_tax: np.ndarray  # (H,) int32 a month
    housing_cost: np.ndarray  # (H,) int32 rent or mortgage interest a month
    landlord: np.ndarray  # (H,) int32: -1 none, -2 social landlord, -3 outside, >= 0 landlord household
    rent_received: np.ndarray  # (H,) int32 a month, from tenants in the borough
    outgoings: np.ndarray  # (H,) int32 a month: council tax and housing cost
    pension: np.ndarray  # (H,) int32 state pension a month
    other_income: np.ndarray  # (H,) int32 private pensions and other income from outside a month
    benefit_most: np.ndarray  # (H,) int32 Universal Credit a month with no earnings
    work_allowance: np.ndarray  # (H,) int32 net earnings a month before the taper bites
    consumption: np.ndarray  # (H,) int32 this month
    supplier: np.ndarray  # (H, K) int16, int32 above 32,767 sites: row of Firms, -1 wider area, -2 outside


@dataclass(slots=True)
class Residents:
    """Adults of the borough who work, look for work, or would work."""

    key: np.ndarray  # (R,) uint64
    household: np.ndarray  # (R,) int32
    skill: np.ndarray  # (R,) int8: 0 low, 1 middle, 2 high
    status: np.ndarray  # (R,) int8
    employer: np.ndarray  # (R,) int32 row of Employers, -1 none
    pay_effect: np.ndarray  # (R,) float, the person's log pay over the job's
    hours: np.ndarray  # (R,) int16 hours a month
    pay: np.ndarray  # (R,) int32 gross pence a month in the present job, before the wage index


@dataclass(slots=True)
class Employers:
    """Everyone who employs residents: sites, anchors, on-site operations of suppliers elsewhere, and jobs elsewhere.

    Rows: [0, F) sites; [F, F+A) anchors; then S on-site operations of wider-area suppliers, S of outside
    suppliers (care, cleaning, works done here by staff of a supplier elsewhere), and two that stand for all
    jobs residents commute to in the wider area and outside.
    """

    section: np.ndarray  # (E,) int8, -1 for the two commuting rows
    wanted: np.ndarray  # (E,) int32 staff wanted
    n_residents: np.ndarray  # (E,) int32 residents employed
    n_from_wider: np.ndarray  # (E,) int32 in-commuters from the wider area
    n_from_outside: np.ndarray  # (E,) int32 in-commuters from outside
    vacancies: np.ndarray  # (E,) int32 posted this month
    log_pay: np.ndarray  # (E, 3) float, log pay level of its jobs by skill
    living_wage: np.ndarray  # (E,) float 0-1: share of staff on contracts that ask for the Real Living Wage


@dataclass(slots=True)
class Links:
    """Local input links between sites: what part of each pound of the buyer's output is bought from whom."""

    start: np.ndarray  # (F+1,) int64: the links of site f are rows start[f] to start[f + 1]
    section: np.ndarray  # (L,) int8 section of the input
    coefficient: np.ndarray  # (L,) float32, local purchase per unit of the buyer's output
    supplier: np.ndarray  # (L,) int32 site, -1 none (bought outside)
    key: np.ndarray  # (L,) uint64


@dataclass(slots=True)
class Market:
    """Quantities of the whole place that phases hand on from month to month."""

    unemployment_smooth: float = 0.0  # share of the active
    wage_index: float = 1.0
    mean_bidders: np.ndarray = field(default_factory=lambda: np.full((20, 4), 4.0))  # (S, M) smoothed bids a tender
    mean_heard: np.ndarray = field(default_factory=lambda: np.full((20, 4), 6.0))  # (S, M) who could have bid
    local_chance: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # (K, W) a choice falls here
    section_use: np.ndarray = field(default_factory=lambda: np.ones(20))  # (S,) smoothed output over usual output
    section_price: np.ndarray = field(default_factory=lambda: np.ones(20))  # (S,) mean price index
    wider_output: np.ndarray = field(default_factory=lambda: np.zeros(21))  # (S+1,) pence, rounds in the wider area
    outside_output: np.ndarray = field(default_factory=lambda: np.zeros(21))  # (S+1,)
    wider_demand: np.ndarray = field(default_factory=lambda: np.zeros(20, np.int64))  # (S,) direct, this month
    outside_demand: np.ndarray = field(default_factory=lambda: np.zeros(20, np.int64))  # (S,)
    # what boroughs simulated in full beside this one change here; at these values, nothing (see cwbsim.region)
    beyond_pull: np.ndarray = field(default_factory=lambda: np.ones(20))  # (S,) what the wider area asks of firms
    rival_pull: np.ndarray = field(default_factory=lambda: np.ones((1, 1)))  # (K, W) pull of shops elsewhere
    commuting_linked: float = 0.0  # part of residents' jobs in the wider area that are in those boroughs
    commuting_held: float = 0.0  # jobs there that in-commuters from here hold, over all in the wider area at the start
    incommuter_pull: float = 1.0  # readiness of people of the wider area to take work here
    counts: dict[str, int] = field(default_factory=dict)  # events of this month (births, exits, tenders, ...)


@dataclass(slots=True)
class World:
    """Everything that is true of the simulated place at the end of a month."""

    seed: int
    month: int  # months finished; phases see the number of the month they are in
    scale: float
    closure: str
    parameters: Parameters
    fixed: Fixed
    terms: Terms
    levers: tuple[Any, ...]
    anchors: Anchors
    firms: Firms
    pool: Pool
    needs: Needs
    households: Households
    residents: Residents
    employers: Employers
    links: Links
    market: Market
    ledger: Ledger
    recorder: Any = None  # what the last phase keeps; not part of the state
    built_from: dict[str, object] = field(default_factory=dict)  # of its scenario, by name; not part of the state
    derived: dict[str, Any] = field(default_factory=dict)  # kept to save work, made again where missing; not state

    def kept[T](self, name: str, made_of: tuple[Any, ...], make: Callable[[], T]) -> T:
        """Return what is made of other things, as made before if those are the very same objects."""
        held: dict[Any, tuple[Any, T]] = self.derived.setdefault(name, {})
        which = tuple(map(id, made_of))
        if (found := held.get(which)) is None:
            if len(held) >= MOST_KEPT:
                held.clear()
            found = held[which] = (made_of, make())  # what it is made of is held too: its identity is not given away
        return found[1]

    def anchor_row(self, anchor: int) -> int:
        """Return the row of Employers of an anchor."""
        return int(self.firms.key.shape[0] + anchor)

    def on_site_row(self, place: int, section: int = 0) -> int:
        """Return the row of Employers of the on-site staff of suppliers of a place, in a section."""
        return int(self.firms.key.shape[0] + self.anchors.key.shape[0] + (place - 1) * len(SECTIONS) + section)

    def commuting_row(self, place: int) -> int:
        """Return the row of Employers of the jobs elsewhere to which residents commute."""
        return int(self.firms.key.shape[0] + self.anchors.key.shape[0] + 2 * len(SECTIONS) + place - 1)

    def canonical_hash(self) -> str:
        """Return a SHA-256 of the whole state: names, types, shapes, order and content."""
        digest = hashlib.sha256(f"cwbsim state {SCHEMA_VERSION}".encode())
        for name, value in state_columns(self):
            digest.update(name.encode())
            if isinstance(value, np.ndarray):
                digest.update(f"{value.dtype.str}{value.shape}".encode())
                digest.update(np.ascontiguousarray(value).tobytes())
            else:
                digest.update(repr(value).encode())
        return digest.hexdigest()

    def snapshot(self) -> World:
        """Return a copy that a later run can start from, bit for bit.

        Returns
        -------
        World
            A deep copy of the state; fixed tables and parameters are shared, for they never change.
        """
        memo: dict[int, Any] = {id(one): one for one in (self.fixed, self.parameters, self.levers, self.built_from)}
        memo[id(self.recorder)] = None
        memo[id(self.derived)] = {}
        return copy.deepcopy(self, memo)


STATE_PARTS = ("anchors", "firms", "pool", "needs", "households", "residents", "employers", "links", "market")


def state_columns(world: World) -> list[tuple[str, Any]]:
    """Return (name, value) of every column and number of the state, in a fixed order."""
    out: list[tuple[str, Any]] = [("seed", world.seed), ("month", world.month), ("scale", world.scale)]
    for part in STATE_PARTS:
        block = getattr(world, part)
        assert is_dataclass(block)
        for item in fields(block):
            value = getattr(block, item.name)
            if isinstance(value, dict):
                value = tuple(sorted((name, int(count)) for name, count in value.items()))
            elif not isinstance(value, np.ndarray):
                value = float(value)
            out.append((f"{part}.{item.name}", value))
    out.append(("ledger.balances", world.ledger.balances))
    return out
