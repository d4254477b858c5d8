"""A tiny world with every column in place and consistent, for tests of single phases."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from cwbsim.chance import mix64
from cwbsim.economy import labour
from cwbsim.ledger import SECTORS, Ledger
from cwbsim.parameters import Parameters, load_parameters
from cwbsim.world import (
    EMPLOYED,
    INACTIVE,
    OUTSIDE,
    SECTIONS,
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

S, K, W = len(SECTIONS), 12, 3
POUND = 100
VACANCY_SHARE = 0.03
FROM_WIDER_SHARE, FROM_OUTSIDE_SHARE = 0.25, 0.10
SKILL_MIX = (0.30, 0.35, 0.35)


def make_world(
    n_households: int = 600,
    n_sites: int = 50,
    n_anchors: int = 2,
    n_pool: int = 24,
    n_needs: int = 30,
    seed: int = 1,
    unemployment: float = 0.05,
    overrides: dict[str, float] | None = None,
) -> World:
    """Return a world in which money, staff and flows of the labour market are consistent at the start."""
    rng = np.random.default_rng(20)
    parameters = load_parameters(overrides)
    firms = _firms(rng, n_sites)
    anchors = _anchors(n_anchors)
    pool, needs = _pool(rng, n_pool), _needs(rng, n_needs, n_anchors, n_pool)
    households = _households(rng, n_households)
    n_residents = n_households + n_households // 6
    residents = _residents(rng, n_residents, n_households, unemployment, parameters)
    employers = _employers(firms, n_anchors)
    cash = {"anchors": anchors.cash, "firms": firms.cash, "households": households.income}
    ledger = Ledger(cash, {"households": households.savings})
    ledger.balances[:] = [ledger.held(s) if s in cash else 0 for s in SECTORS]
    world = World(
        seed=seed, month=1, scale=1.0, closure="fixed_budgets", parameters=parameters,
        fixed=_fixed(n_sites), terms=Terms.default(n_anchors, parameters), levers=(), anchors=anchors,
        firms=firms, pool=pool, needs=needs, households=households, residents=residents, employers=employers,
        links=_links(n_sites), market=Market(), ledger=ledger,
    )  # fmt: skip
    _employ(rng, world)
    world.ledger.open_month()
    return world


def next_month(world: World) -> None:
    """Go on to the next month with an empty flow matrix."""
    world.month += 1
    world.ledger.open_month()


def set_fixed(world: World, **columns: Any) -> None:
    """Replace tables of the place."""
    world.fixed = dataclasses.replace(world.fixed, **columns)


def set_terms(world: World, **columns: Any) -> None:
    """Replace rules in force."""
    world.terms = dataclasses.replace(world.terms, **columns)


def keys(kind: int, n: int) -> np.ndarray:
    """Return n well mixed keys of one kind, uint64."""
    with np.errstate(over="ignore"):
        return np.asarray(mix64(np.arange(n, dtype=np.uint64) + np.uint64(kind << 40)))


def _pence(n: int, pounds: float = 0) -> np.ndarray:
    return np.full(n, round(pounds * POUND), np.int64)


def _firms(rng: np.random.Generator, n: int) -> Firms:
    size_class = np.arange(n) % 5
    staff = np.array([1, 3, 7, 14, 30])[size_class]
    is_open = np.arange(n) % 13 != 12
    productivity = _pence(n, 6000)
    output = np.where(is_open, staff * productivity, 0)
    site_key = keys(1, n)
    return Firms(
        site_key=site_key, key=np.where(is_open, keys(2, n), np.uint64(0)),
        section=(np.arange(n) % S).astype(np.int8), trade=np.full(n, -1, np.int8),
        ward=(np.arange(n) % W).astype(np.int16), size_class=size_class.astype(np.int8),
        site_output=staff * productivity, is_open=is_open, age_months=np.full(n, 60, np.int32),
        owner_place=np.zeros(n, np.int8), owner=np.full(n, -1, np.int32), ownership=np.zeros(n, np.int8),
        productivity=productivity, unit_cost=np.ones(n), quality=rng.uniform(0.3, 0.7, n), price=np.ones(n),
        growth=np.ones(n), capacity=output * 10 // 9, contract_load=_pence(n), contracts_beyond=_pence(n), cash=output * 2,
        sales_anchors=_pence(n), sales_households=_pence(n), sales_firms=_pence(n), sales_beyond=_pence(n),
        turnover=_pence(n), unmet=_pence(n), output_last=output.copy(), output_smooth=output.copy(),
        is_closing=np.zeros(n, bool), is_new=np.zeros(n, bool), profit=_pence(n),
        registered=np.zeros(n, np.uint8), sv_practice=rng.uniform(0, 1, n), bid_skill=rng.uniform(0, 1, n),
        local_hiring=np.zeros(n), loan=np.zeros(n, np.int64),
    )  # fmt: skip


def _anchors(n: int) -> Anchors:
    return Anchors(
        key=keys(3, n), kind=np.arange(n, dtype=np.int8), cash=_pence(n, 1e6), reserve=_pence(n, 1e6),
        revenue_treasury=_pence(n, 300_000), revenue_outside=_pence(n, 40_000),
        council_tax_share=np.full(n, 1 / n), social_rent_share=np.zeros(n),
        contract_budget=np.zeros((n, S), np.int64), to_placements=_pence(n), to_voluntary=_pence(n),
        to_wider=_pence(n), to_outside=_pence(n), local_target=np.full(n, 0.3), wider_target=np.full(n, 0.3),
        influenceable_share=np.full(n, 0.5), reach_local=np.zeros(n), reach_wider=np.zeros(n),
    )  # fmt: skip


def _pool(rng: np.random.Generator, n: int) -> Pool:
    return Pool(
        key=keys(4, n), place=(1 + np.arange(n) % 2).astype(np.int8),
        section=(np.arange(n) % S).astype(np.int8), unit_cost=np.ones(n), quality=rng.uniform(0.3, 0.7, n),
        sv_practice=rng.uniform(0, 1, n), bid_skill=rng.uniform(0, 1, n), turnover=_pence(n, 5e6),
        has_branch=np.arange(n) % 4 == 0, room=np.full(n, 1 << 60, np.int64),
    )  # fmt: skip


def _needs(rng: np.random.Generator, n: int, n_anchors: int, n_pool: int) -> Needs:
    supplier = -1 - np.arange(n) % n_pool
    budget = _pence(n, 20_000)
    return Needs(
        key=keys(5, n), anchor=(np.arange(n) % n_anchors).astype(np.int8),
        section=(-1 - supplier).astype(np.int8) % S, budget=budget, is_influenceable=np.arange(n) % 2 == 0,
        term_months=np.full(n, 36, np.int16), months_left=rng.integers(1, 36, n).astype(np.int16),
        renewal=np.zeros(n, np.int32), supplier=supplier.astype(np.int32),
        supplier_key=keys(4, n_pool)[-1 - supplier], place=(1 + (-1 - supplier) % 2).astype(np.int8),
        price=np.ones(n), volume=np.ones(n), sv_promised=np.zeros(n), sv_delivered=np.zeros(n),
        n_bids=np.full(n, 4, np.int16), n_local_bids=np.ones(n, np.int16), is_open=np.zeros(n, bool),
        best_score=np.full(n, -1, np.int32), best_supplier=np.zeros(n, np.int32), best_price=np.ones(n),
        best_promise=np.zeros(n), subcontractor=np.full(n, -1, np.int32), sub_share=np.zeros(n),
        hires=np.zeros(n), living_wage=np.zeros(n), owed=budget * round(30 / 30.4375 * (1 << 24)) >> 24,
        lot_key=keys(5, n), n_lots=np.ones(n, np.int16), route=np.zeros(n, np.int8),
        n_heard=np.full(n, 6, np.int16), in_house=_pence(n, 0),
    )  # fmt: skip


def _households(rng: np.random.Generator, n: int) -> Households:
    def pence(pounds: float = 0) -> np.ndarray:
        return np.full(n, round(pounds * POUND), np.int32)

    return Households(
        key=keys(6, n), ward=(np.arange(n) % W).astype(np.int16),
        deprivation=(np.arange(n) % 10).astype(np.int8), size=np.full(n, 2, np.int8),
        tenure=(np.arange(n) % 4).astype(np.int8), income_decile=(np.arange(n) % 10).astype(np.int8),
        savings=_pence(n, 5000), income=_pence(n), earnings=pence(), permanent_income=np.full(n, 2e5, np.float32),
        council_tax=pence(130), housing_cost=pence(300), landlord=np.full(n, -1, np.int32),
        rent_received=pence(), outgoings=pence(430), pension=pence(100), other_income=pence(50),
        benefit_most=np.where(np.arange(n) % 3 == 0, 80_000, 0).astype(np.int32),
        work_allowance=np.where(np.arange(n) % 6 == 0, 41_100, 0).astype(np.int32), consumption=pence(),
        supplier=np.full((n, K), -2, np.int32),
    )  # fmt: skip


def _residents(
    rng: np.random.Generator, n: int, n_households: int, unemployment: float, parameters: Parameters
) -> Residents:
    inactive = labour.inactive_per_active(unemployment, parameters)
    n_active = round(n / (1 + inactive))
    n_unemployed = round(unemployment * n_active)
    status = np.full(n, INACTIVE, np.int8)
    status[:n_active] = EMPLOYED
    status[:n_unemployed] = UNEMPLOYED
    return Residents(
        key=keys(7, n), household=(np.arange(n) % n_households).astype(np.int32),
        skill=rng.choice(3, n, p=SKILL_MIX).astype(np.int8), status=rng.permutation(status),
        employer=np.full(n, -1, np.int32), pay_effect=rng.normal(0, 0.3, n), hours=np.full(n, 160, np.int16),
        pay=np.zeros(n, np.int32),
    )  # fmt: skip


def _employers(firms: Firms, n_anchors: int) -> Employers:
    sections = np.arange(S, dtype=np.int8)
    section = np.concatenate((firms.section, np.full(n_anchors, 14, np.int8), sections, sections, [-1, -1]))
    n = section.shape[0]

    def count() -> np.ndarray:
        return np.zeros(n, np.int32)

    return Employers(
        section=section.astype(np.int8), wanted=count(), n_residents=count(), n_from_wider=count(),
        n_from_outside=count(), vacancies=count(), log_pay=np.tile([-0.2, 0.0, 0.2], (n, 1)),
        living_wage=np.zeros(n),
    )  # fmt: skip


def _links(n_sites: int) -> Links:
    n = min(20, n_sites)
    return Links(
        start=np.minimum(np.arange(n_sites + 1), n), section=np.zeros(n, np.int8),
        coefficient=np.full(n, 0.02, np.float32), supplier=np.full(n, -1, np.int32),
        key=keys(8, n),
    )  # fmt: skip


def _fixed(n_sites: int) -> Fixed:
    """Tables of the place; those that only shops and links read are empty."""
    level = np.linspace(-2.0, 2.0, 41)
    tables = dict[str, Any](
        place="smallton", ward_names=("north", "middle", "south"), anchor_names=("council", "trust"),
        category_names=tuple(f"category {k}" for k in range(K)), ward_distance=np.full((W, W), 3.0),
        input_local=np.full((S, S), 0.002), input_total=np.full((S, S), 0.01), imports_share=np.full(S, 0.1),
        product_tax_share=np.full(S, 0.02), production_tax_share=np.full(S, 0.02), pay_share=np.full(S, 0.5),
        skill_mix=np.tile(SKILL_MIX, (S, 1)), output_per_job=_pence(S, 6000),
        labour_cost_per_job=_pence(S, 3000), category_section=np.full(K, 6, np.int8), wider_supply_share=0.3,
        beyond_share=np.full(n_sites, 0.5), beyond_split=np.tile([0.2, 0.4, 0.4], (S, 1)),
        exit_hazard=np.full((8, 6), 0.008), entry_rate=np.full((8, S), 0.1), pay_nodes_log=level,
        pay_nodes=250_000 * np.exp(level), incommuter_share=np.zeros(2),
        commuting_wanted=np.zeros(2, np.int64), unemployment_start=0.0, matching_efficiency=0.0,
        separation_rate=0.0, on_site_share=np.full(S, 0.6), wider_rounds=np.zeros((S + 1, S + 1)),
        outside_rounds=np.zeros((S + 1, S + 1)), jobs_per_output=np.full(S, 1 / 600_000),
        value_added_share=np.full(S, 0.6),
    )  # fmt: skip
    empty = {f.name: np.zeros(0) for f in dataclasses.fields(Fixed) if f.name not in tables}
    return Fixed(**empty, **tables)


def _employ(rng: np.random.Generator, world: World) -> None:
    """Put the employed in places, a fixed share of them left vacant, and the rest in jobs elsewhere."""
    employers, residents = world.employers, world.residents
    n_here, first = world.on_site_row(WIDER), world.firms.key.shape[0]
    employers.wanted[first:n_here] = 20 + residents.key.shape[0] // 20
    unemployed = int(np.count_nonzero(residents.status == UNEMPLOYED))
    employed = np.flatnonzero(residents.status == EMPLOYED)
    start = unemployed / (unemployed + employed.shape[0])
    world.market.unemployment_smooth = start
    set_fixed(world, unemployment_start=start)
    employers.n_residents[:n_here] = 65  # the share of residents that on-site operations see: 65 %
    employers.n_from_wider[:n_here] = 35
    employers.wanted[:] = labour.wanted_staff(world)
    employers.n_residents[:], employers.n_from_wider[:] = 0, 0

    slot = rng.permutation(np.repeat(np.arange(employers.wanted.shape[0]), employers.wanted))
    draw = rng.uniform(size=slot.shape[0])
    here = slot < n_here
    wider, outside = VACANCY_SHARE + FROM_WIDER_SHARE, VACANCY_SHARE + FROM_WIDER_SHARE + FROM_OUTSIDE_SHARE
    np.add.at(employers.n_from_wider, slot[here & (draw >= VACANCY_SHARE) & (draw < wider)], 1)
    np.add.at(employers.n_from_outside, slot[here & (draw >= wider) & (draw < outside)], 1)
    mine = slot[(draw >= np.where(here, outside, VACANCY_SHARE))]
    elsewhere = employed.shape[0] - mine.shape[0]
    assert elsewhere >= 0, f"{-elsewhere} residents too few: ask for fewer sites or more households"
    to_wider = elsewhere * 2 // 3
    commuting = [world.commuting_row(WIDER), world.commuting_row(OUTSIDE)]
    away = np.repeat(commuting, [to_wider, elsewhere - to_wider])
    residents.employer[employed] = np.concatenate((mine, away))
    employers.n_residents[:] = np.bincount(residents.employer[employed], minlength=employers.wanted.shape[0])
    set_fixed(world, commuting_wanted=labour.balanced_commuting(world))
    employers.wanted[:] = labour.wanted_staff(world)
    levels = employers.log_pay[residents.employer, residents.skill] + residents.pay_effect
    pay = np.interp(levels, world.fixed.pay_nodes_log, world.fixed.pay_nodes)
    least = world.terms.pay_floor * residents.hours.astype(np.int64)
    in_work = residents.status == EMPLOYED
    residents.pay[:] = np.where(in_work, np.maximum(np.floor(pay + 0.5).astype(np.int64), least), 0)
    flows = labour.starting_flows(world)
    set_fixed(
        world, matching_efficiency=flows.matching_efficiency, separation_rate=flows.separation_rate,
        incommuter_share=flows.incommuter_share,
    )  # fmt: skip
