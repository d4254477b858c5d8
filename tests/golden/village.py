"""A teaching village small enough to work a month of it by hand: worked_month.md does, on one page.

Four households, three firms, one council, two contracts, one supplier from elsewhere. All rates of chance are nil, so
what happens is arithmetic. Shares are halves, quarters and eighths, so that whole pence stay whole.
"""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np

from cwbsim.economy.households import housing_totals
from cwbsim.ledger import SECTORS, Ledger
from cwbsim.parameters import load_parameters
from cwbsim.world import (
    BOROUGH,
    EMPLOYED,
    OUTSIDE,
    Q24,
    UNEMPLOYED,
    WIDER,
    Anchors,
    Employers,
    Firms,
    Fixed,
    Households,
    Links,
    Market,
    Needs,
    Pool,
    Residents,
    Terms,
    World,
)  # fmt: skip
from cwbsim.world import SECTIONS as SIC

S, K = len(SIC), 2
C, F, G = (SIC.index(letter) for letter in "CFG")
SHOP, BUILDER, BAKERY, COUNCIL = range(4)  # rows of Employers; the first three are sites
ANNA_AND_EVE, BEN_AND_BEA, CAL, DAI = range(4)  # households
GROCERIES, HOME = range(K)
TO_WIDER, TO_OUTSIDE = -1, -2  # suppliers of households

#: Rules and habits of the village, whatever the data files say: the page quotes them.
FROZEN: dict[str, dict[str, float]] = {
    "contract_book": {},
    "treasury": {
        "personal_allowance": 1047.50, "basic_rate": 0.20, "employee_ni_threshold": 1048.0,
        "employee_ni_rate": 0.08, "employer_ni_threshold": 417.0, "employer_ni_rate": 0.15,
        "employer_pension_share": 0.06, "incommuter_tax_share": 0.28, "universal_credit_taper": 0.55,
        "corporation_tax_effective_rate": 0.13, "reserve_settlement_months": 12.0,
    },
    "households": {
        "permanent_income_months": 12.0, "wealth_adjustment": 0.05, "savings_target_months": 3.0,
        "rechoice_rate": 0.0,
    },
    "labour": {
        "national_living_wage": 12.21, "separation_rate": 0.0, "separation_to_inactivity": 0.0,
        "unemployed_to_inactive": 0.0, "inactive_to_unemployed": 0.0, "churn_rate": 0.0,
    },
    "firms": {
        "output_smoothing": 0.25, "cash_target_months": 1.0, "payout_rate": 0.25, "relink_rate": 0.0,
        "usual_use_of_capacity": 0.85,
    },
    "procurement": {"subcontract_share": 0.25, "readiness_review": 0.0},
}  # fmt: skip


class Given(SimpleNamespace):
    """Parameters with some replaced by what no range allows; hashable as Parameters are, for tables are kept by them."""

    __hash__ = object.__hash__


def village() -> World:
    """Return the village on the eve of its month."""
    parameters = _parameters()
    firms, anchors, households = _firms(), _council(), _households()
    cash = {"anchors": anchors.cash, "firms": firms.cash, "households": households.income}
    ledger = Ledger(cash, {"households": households.savings})
    ledger.balances[:] = [ledger.held(sector) if sector in cash else 0 for sector in SECTORS]
    return World(
        seed=1, month=0, scale=1.0, closure="fixed_budget", parameters=parameters,
        fixed=dataclasses.replace(_fixed(), housing_totals=housing_totals(households)),
        terms=Terms.default(1, parameters), levers=(), anchors=anchors, firms=firms, pool=_pool(),
        needs=_needs(), households=households, residents=_residents(), employers=_employers(),
        links=_links(), market=_market(), ledger=ledger,
    )  # fmt: skip


def pounds(*amounts: float) -> np.ndarray:
    """Return amounts in pounds as whole pence."""
    return np.array([round(amount * 100) for amount in amounts], np.int64)


def _parameters() -> Any:
    loaded = load_parameters()
    groups = {}
    for group, frozen in FROZEN.items():
        values = dict(getattr(loaded, group)._values)
        assert not set(frozen) - set(values), f"{group} has no {set(frozen) - set(values)}"
        groups[group] = SimpleNamespace(**{**values, **frozen})
    return Given(**groups)


def _rest_nil(population: Any, n: int, /, **given: Any) -> Any:
    """Return a population whose columns are as given, the others nil."""
    nil = {
        item.name: np.zeros(n, np.int64) for item in dataclasses.fields(population) if item.name not in given
    }
    return population(**given, **nil)


def _keys(kind: int, n: int) -> np.ndarray:
    return np.arange(1, n + 1, dtype=np.uint64) + np.uint64(kind * 1000)


def _flags(*values: int) -> np.ndarray:
    return np.array(values, bool)


def _small(*values: int) -> np.ndarray:
    return np.array(values, np.int8)


def _rows(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def _council() -> Anchors:
    return _rest_nil(
        Anchors, 1, key=_keys(1, 1), kind=_small(0), cash=pounds(1000), reserve=pounds(1120), revenue_treasury=pounds(13_000),
        revenue_outside=pounds(100), council_tax_share=np.ones(1), social_rent_share=np.ones(1),
        contract_budget=np.zeros((1, S), np.int64), to_wider=pounds(300), to_outside=pounds(250),
        local_target=np.zeros(1), wider_target=np.zeros(1), influenceable_share=np.ones(1),
        reach_local=np.zeros(1), reach_wider=np.zeros(1),
    )  # fmt: skip


def _firms() -> Firms:
    """The shop, the builder, the bakery: where they stand, what they made last month, who owns them."""
    usual = pounds(2000, 2400, 3000)
    made = pounds(1600, 9000, 2000)
    load = pounds(0, 8000, 0)
    return _rest_nil(
        Firms, 3, site_key=_keys(2, 3), key=_keys(3, 3), section=_small(G, F, C),
        trade=_small(GROCERIES, HOME, -1), ward=np.zeros(3, np.int16), size_class=_small(1, 1, 0),
        site_output=usual, is_open=_flags(1, 1, 1), age_months=_rows(90, 90, 90),
        owner_place=_small(OUTSIDE, WIDER, BOROUGH), owner=_rows(-1, -1, DAI), ownership=_small(0, 0, 0),
        productivity=pounds(1600, 4500, 2000), unit_cost=np.ones(3), quality=np.full(3, 0.5), price=np.ones(3),
        growth=np.ones(3), capacity=((usual + load) / 0.85).astype(np.int64), contract_load=load,
        cash=pounds(1500, 9000, 2000), output_last=made, output_smooth=made.copy(), is_closing=_flags(0, 0, 0),
        is_new=_flags(0, 0, 0), registered=np.zeros(3, np.uint8), sv_practice=np.full(3, 0.5),
        bid_skill=np.full(3, 0.5), local_hiring=np.zeros(3),
    )  # fmt: skip


def _pool() -> Pool:
    return _rest_nil(
        Pool, 1, key=_keys(4, 1), place=_small(WIDER), section=_small(F), unit_cost=np.ones(1),
        quality=np.full(1, 0.5), sv_practice=np.full(1, 0.5), bid_skill=np.full(1, 0.5), turnover=pounds(500_000),
        has_branch=_flags(0),
    )  # fmt: skip


def _needs() -> Needs:
    """Repairs, held by the builder; roofs, held by a supplier of the wider area that passes part on to the builder."""
    return _rest_nil(
        Needs, 2, key=_keys(5, 2), anchor=_small(0, 0), section=_small(F, F), budget=pounds(8000, 1600),
        is_influenceable=_flags(1, 1), term_months=np.array([36, 36], np.int16),
        months_left=np.array([24, 24], np.int16), renewal=_rows(0, 0), supplier=_rows(BUILDER, -1),
        supplier_key=np.array([_keys(3, 3)[BUILDER], _keys(4, 1)[0]]), place=_small(BOROUGH, WIDER),
        price=np.ones(2), volume=np.ones(2), sv_promised=np.array([0.0, 0.5]), sv_delivered=np.array([0.0, 0.5]),
        n_bids=np.zeros(2, np.int16), n_local_bids=np.zeros(2, np.int16), is_open=_flags(0, 0),
        best_score=_rows(-1, -1), best_supplier=_rows(0, 0), best_price=np.ones(2), best_promise=np.zeros(2),
        subcontractor=_rows(-1, BUILDER), sub_share=np.array([0.0, 0.125]), lot_key=_keys(5, 2), route=_small(0, 0),
        n_heard=np.zeros(2, np.int16),
        n_lots=np.ones(2, np.int16), owed=pounds(8000, 1600) * round(30 / 30.4375 * (1 << 24)) >> 24,
    )  # fmt: skip


def _households() -> Households:
    def pence(*amounts: float) -> np.ndarray:
        return pounds(*amounts).astype(np.int32)

    tax, housing = pence(150, 100, 50, 100), pence(400, 600, 350, 0)
    supplier = np.array(
        [[TO_WIDER, TO_OUTSIDE], [SHOP, TO_WIDER], [SHOP, TO_OUTSIDE], [SHOP, BUILDER]], np.int32
    )
    return _rest_nil(
        Households, 4, key=_keys(6, 4), ward=np.zeros(4, np.int16), deprivation=_small(4, 4, 4, 4),
        size=_small(2, 2, 1, 1), tenure=_small(1, 2, 3, 0), income_decile=_small(9, 4, 0, 6),
        savings=pounds(13_206.04, 7991.25, 0, 7750.02), income=pounds(0, 0, 0, 600),
        earnings=pence(4618.68, 1049.34, 0, 1193.34),
        permanent_income=pounds(4068.68, 2663.75, 700, 2573.34).astype(np.float32), council_tax=tax,
        housing_cost=housing, landlord=_rows(-3, DAI, -2, -1), rent_received=pence(0, 0, 0, 600),
        outgoings=tax + housing, pension=pence(0, 0, 0, 920), other_income=pence(0, 0, 0, 80),
        benefit_most=pence(0, 900, 1100, 0), work_allowance=pence(0, 404, 0, 0), consumption=pence(0, 0, 0, 0),
        supplier=supplier,
    )  # fmt: skip


def _residents() -> Residents:
    """Anna (council), Eve (builder), Ben (shop), Bea (commutes to the wider area), Cal (no work), Dai (bakery)."""
    commuting = 3 + 1 + 2 * S  # as World.commuting_row(WIDER)
    return _rest_nil(
        Residents, 6, key=_keys(7, 6), household=_rows(0, 0, 1, 1, 2, 3), skill=_small(2, 1, 0, 1, 0, 1),
        status=_small(EMPLOYED, EMPLOYED, EMPLOYED, EMPLOYED, UNEMPLOYED, EMPLOYED),
        employer=_rows(COUNCIL, BUILDER, SHOP, commuting, -1, BAKERY), pay_effect=np.zeros(6),
        hours=np.array([160, 160, 80, 160, 0, 100], np.int16), pay=pounds(3050, 2550, 1050, 2050, 0, 1250),
    )  # fmt: skip


def _employers() -> Employers:
    n = 3 + 1 + 2 * S + 2
    sections = np.arange(S)
    counts = {
        name: np.zeros(n, np.int32) for name in ("wanted", "n_residents", "n_from_wider", "n_from_outside")
    }
    counts["n_residents"][[SHOP, BUILDER, BAKERY, COUNCIL, 3 + 1 + 2 * S]] = 1
    counts["n_from_wider"][BUILDER] = 1
    counts["wanted"][COUNCIL] = 1
    section = np.concatenate(([G, F, C, SIC.index("O")], sections, sections, [-1, -1])).astype(np.int8)
    return _rest_nil(
        Employers, n, section=section, vacancies=np.zeros(n, np.int32), log_pay=np.zeros((n, 3)),
        living_wage=np.zeros(n), **counts
    )


def _links() -> Links:
    """The shop's goods come from the bakery, the builder buys at the shop, the bakery has the builder in."""
    return _rest_nil(
        Links, 3, start=np.arange(4, dtype=np.int64), section=_small(C, G, F),
        coefficient=np.array([0.0, 1 / 16, 1 / 16], np.float32), supplier=_rows(BAKERY, SHOP, BUILDER),
        key=_keys(8, 3),
    )  # fmt: skip


def _market() -> Market:
    return Market(unemployment_smooth=1 / 6, local_chance=np.full((K, 1), 0.5))


def _fixed() -> Fixed:
    def by_section(**shares: float) -> np.ndarray:
        out = np.zeros(S)
        for letter, share in shares.items():
            out[SIC.index(letter)] = share
        return out

    inputs = np.zeros((S, S))
    inputs[C] = by_section(C=1 / 4, F=1 / 4, G=1 / 8)
    split = np.zeros((S, 3))
    split[F], split[C] = (1 / 4, 1 / 2, 1 / 4), (0, 1 / 2, 1 / 2)
    tables = dict[str, Any](
        place="village", ward_names=("green",), anchor_names=("council",), category_names=("groceries", "home"),
        ward_distance=np.zeros((1, 1)), input_local=np.zeros((S, S)), input_total=inputs,
        imports_share=by_section(C=1 / 16, F=1 / 16, G=1 / 16),
        product_tax_share=by_section(C=1 / 32, F=1 / 32, G=1 / 32),
        production_tax_share=by_section(C=1 / 64, F=1 / 64, G=1 / 64), pay_share=np.full(S, 0.5),
        skill_mix=np.full((S, 3), 1 / 3), output_per_job=pounds(*[4000] * S),
        labour_cost_per_job=pounds(*[3000] * S), category_section=_small(G, F),
        spend_cumulative=np.tile(np.array([0, Q24 // 2, Q24], np.int64), (10, 1)),
        till_tax=np.array([Q24 // 8, Q24 // 8], np.int64), till_goods=np.array([Q24 // 2, 0], np.int64),
        local_odds=np.ones((K, 1)), wider_given_away=np.full(K, 0.5), ward_chance=np.ones((K, 1, 1)),
        ward_alias=np.zeros((K, 1, 1), np.int16), ward_cut=np.ones((K, 1, 1)), shop_alias=_rows(0, 0),
        shop_cut=np.ones(2), shop_site=_rows(SHOP, BUILDER), shop_start=np.arange(3, dtype=np.int64),
        cell_output=pounds(2000, 2400).reshape(K, 1), base_mass=np.ones((K, 1)), goods_local=Q24 // 2,
        goods_link=_rows(0, -1, -1), owner_households=_rows(DAI), owned_elsewhere=np.zeros((8, 2)),
        beyond_share=np.array([0, 1 / 8, 1 / 2]), beyond_split=split, link_alias=_rows(0, 0, 0),
        link_cut=np.ones(3), link_site=_rows(BAKERY, BUILDER, SHOP),
        section_output=np.bincount([C, F, G], weights=pounds(3000, 2400, 2000), minlength=S).astype(np.int64),
        link_start=np.searchsorted([C, F, G], np.arange(S + 1)).astype(np.int64), exit_hazard=np.zeros((8, 6)),
        entry_rate=np.zeros((8, S)), pay_nodes_log=np.linspace(-2.0, 2.0, 5),
        pay_nodes=250_000 * np.exp(np.linspace(-2.0, 2.0, 5)), incommuter_share=np.zeros(2),
        commuting_wanted=np.array([1, 0], np.int64), wider_supply_share=1 / 4, unemployment_start=1 / 6,
        usual_use=np.ones(S),
        matching_efficiency=0.0, separation_rate=0.0, on_site_share=np.zeros(S),
        wider_rounds=np.zeros((S + 1, S + 1)), outside_rounds=np.zeros((S + 1, S + 1)),
        jobs_per_output=np.full(S, 1 / 400_000), value_added_share=np.full(S, 0.5),
    )  # fmt: skip
    empty: dict[str, Any] = {
        item.name: np.zeros(0) for item in dataclasses.fields(Fixed) if item.name not in tables
    }
    return Fixed(**tables, **empty)
