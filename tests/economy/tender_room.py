"""A hand-made tender room: a few firms, suppliers and needs, and nothing left to luck unless asked for."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np

from cwbsim.ledger import SECTORS, Ledger
from cwbsim.parameters import Parameters, load_parameters
from cwbsim.world import Anchors, Employers, Firms, Market, Needs, Pool, Residents, Terms, World

POUND = 100
SURE = {  # everybody hears, nothing is drawn, nobody lacks size, bidding is all but free
    "local_awareness": 1000.0,
    "pool_awareness": 1000.0,
    "cost_spread": 0.0,
    "quality_noise": 0.0,
    "incumbent_advantage": 0.0,
    "turnover_requirement": 0.0,
    "contract_growth": 10.0,
    "bid_cost_fixed": 0.0,
    "bid_cost_share": 0.0,
    "default_payment_days": 0.0,
    "rivals_known": 0.0,  # competition is what the market has come to expect
    "trade_spread": 0.0,
}


def numbers(**values: float) -> Parameters:
    """Return the parameters of the package, those of procurement replaced, be it beyond their ranges."""
    figures = {name: load_parameters().figure(name) for name in load_parameters().names()}
    for name, value in (SURE | values).items():
        dotted = f"procurement.{name}"
        figures[dotted] = dataclasses.replace(figures[dotted], value=value)
    return Parameters(figures)


def keys(kind: int, n: int) -> np.ndarray:
    """Return n keys of one kind."""
    return np.arange(n, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(kind << 48) + np.uint64(1)


def make_room(
    *,
    n_firms: int = 2,
    n_pool: int = 0,
    n_needs: int = 1,
    n_anchors: int = 2,
    section: int = 13,
    parameters: Parameters | None = None,
    seed: int = 1,
    **firm_columns: Any,
) -> World:
    """Return a world of one section in which every need goes to tender this month."""
    parameters = numbers() if parameters is None else parameters
    firms = _firms(n_firms, section)
    for name, value in firm_columns.items():
        getattr(firms, name)[:] = value
    anchors = _anchors(n_anchors)
    n_employers = n_firms + n_anchors + 42
    n_residents = 10 * n_firms
    fixed = SimpleNamespace(
        anchor_names=("council", "hospital_trust", "college")[:n_anchors],
        link_start=np.where(np.arange(21) > section, n_firms, 0),
        link_alias=np.arange(n_firms, dtype=np.int32), link_cut=np.ones(n_firms),
        link_site=np.arange(n_firms, dtype=np.int32), on_site_share=np.full(20, 0.5),
        output_per_job=np.full(20, 5_000 * POUND, np.int64), pay_share=np.full(20, 0.4),
        labour_cost_per_job=np.full(20, 4_000 * POUND, np.int64),
    )  # fmt: skip
    cash = {"anchors": anchors.cash, "firms": firms.cash, "households": np.zeros(1, np.int64)}
    balances = np.array([int(cash[s].sum()) if s in cash else 0 for s in SECTORS], np.int64)
    whole = [np.zeros(n_employers, np.int32) for _ in range(6)]
    employers = Employers(*whole, np.zeros((n_employers, 3)), np.zeros(n_employers))
    employers.n_residents[:n_firms] = 10
    residents = Residents(
        key=keys(7, n_residents), household=np.zeros(n_residents, np.int32),
        skill=np.zeros(n_residents, np.int8), status=np.zeros(n_residents, np.int8),
        employer=np.repeat(np.arange(n_firms, dtype=np.int32), 10),
        pay_effect=np.zeros(n_residents), hours=np.full(n_residents, 160, np.int16),
        pay=np.zeros(n_residents, np.int64),
    )  # fmt: skip
    world = World(
        seed=seed, month=1, scale=1.0, closure="fixed_budget", parameters=parameters,
        fixed=fixed,  # type: ignore[arg-type]
        terms=Terms.default(n_anchors, parameters), levers=(), anchors=anchors, firms=firms,
        pool=_pool(n_pool, section), needs=_needs(n_needs, section), households=None,  # type: ignore[arg-type]
        residents=residents, employers=employers, links=None, market=Market(),  # type: ignore[arg-type]
        ledger=Ledger(cash, balances=balances),
    )  # fmt: skip
    world.ledger.open_month()
    return world


def set_terms(world: World, **columns: Any) -> None:
    """Replace rules in force."""
    world.terms = dataclasses.replace(world.terms, **columns)


def _pence(n: int, pounds: float = 0) -> np.ndarray:
    return np.full(n, round(pounds * POUND), np.int64)


def _firms(n: int, section: int) -> Firms:
    columns = {name: np.zeros(n, np.int64) for name in Firms.__slots__}
    columns |= {
        "site_key": keys(1, n), "key": keys(2, n), "section": np.full(n, section, np.int8),
        "site_output": _pence(n, 50_000), "is_open": np.ones(n, bool), "owner_place": np.zeros(n, np.int8),
        "unit_cost": np.full(n, 0.9), "quality": np.full(n, 0.6), "price": np.ones(n),
        "registered": np.full(n, 1, np.uint8), "sv_practice": np.full(n, 0.4), "bid_skill": np.full(n, 0.5),
        "local_hiring": np.zeros(n), "output_last": _pence(n, 50_000), "output_smooth": _pence(n, 50_000),
        "ownership": np.zeros(n, np.int8),
    }  # fmt: skip
    return Firms(**columns)


def _anchors(n: int) -> Anchors:
    columns = {name: np.zeros(n, np.int64) for name in Anchors.__slots__}
    columns |= {
        "key": keys(3, n), "kind": np.arange(n, dtype=np.int8), "cash": _pence(n, 1e6),
        "contract_budget": np.zeros((n, 20), np.int64), "reach_local": np.zeros(n),
        "reach_wider": np.zeros(n), "local_target": np.full(n, 0.4),
        "wider_target": np.full(n, 0.3), "influenceable_share": np.full(n, 0.5),
    }  # fmt: skip
    return Anchors(**columns)


def _pool(n: int, section: int) -> Pool:
    return Pool(
        key=keys(4, n), place=(1 + np.arange(n) % 2).astype(np.int8), section=np.full(n, section, np.int8),
        unit_cost=np.full(n, 0.9), quality=np.full(n, 0.6), sv_practice=np.full(n, 0.3),
        bid_skill=np.full(n, 0.6), turnover=_pence(n, 1e8), has_branch=np.zeros(n, bool),
        room=np.full(n, 1 << 60, np.int64),
    )  # fmt: skip


def _needs(n: int, section: int) -> Needs:
    def floats(value: float) -> np.ndarray:
        return np.full(n, float(value))

    return Needs(
        key=keys(5, n), anchor=np.zeros(n, np.int8), section=np.full(n, section, np.int8),
        budget=_pence(n, 10_000), is_influenceable=np.ones(n, bool), term_months=np.full(n, 36, np.int16),
        months_left=np.zeros(n, np.int16),
        renewal=np.ones(n, np.int32), supplier=np.full(n, -1, np.int32), supplier_key=np.zeros(n, np.uint64),
        place=np.full(n, 2, np.int8), price=floats(1), volume=floats(1), sv_promised=floats(0),
        sv_delivered=floats(0), n_bids=np.zeros(n, np.int16), n_local_bids=np.zeros(n, np.int16),
        is_open=np.ones(n, bool), best_score=np.full(n, -1, np.int32), best_supplier=np.full(n, -1, np.int32),
        best_price=floats(1), best_promise=floats(0), subcontractor=np.full(n, -1, np.int32), sub_share=floats(0),
        hires=floats(0), living_wage=floats(0), owed=_pence(n), lot_key=keys(5, n),
        n_lots=np.ones(n, np.int16), route=np.zeros(n, np.int8), n_heard=np.zeros(n, np.int16), in_house=_pence(n),
    )  # fmt: skip
