"""A town of two anchors, four sites, five households and six residents, small enough to check by hand.

Anchors: council (0), hospital (1). Sites: 0 builders (F, 20-49 staff, owned here), 1 a cleaning branch (N,
250+, owned outside), 2 a wholesaler (G, 0-4, a social enterprise), 3 vacant (F). Suppliers elsewhere: 0 in
the wider area (N, small), 1 outside (N, large, with a branch here).

Contracts a month: council: builders £1,000, wider-area cleaner £3,000; hospital: wholesaler £2,000, outside
cleaner £4,000. £10,000 in all, £3,000 of it in the borough.
"""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import numpy as np

from cwbsim.ledger import Ledger
from cwbsim.world import (
    EMPLOYED,
    INACTIVE,
    SECTIONS,
    UNEMPLOYED,
    Anchors,
    Employers,
    Firms,
    Households,
    Links,
    Market,
    Needs,
    Pool,
    Residents,
    World,
)

C, F, G, N, O, Q = (SECTIONS.index(s) for s in "CFGNOQ")  # noqa: E741
POUND = 100
S = len(SECTIONS)


def block(kind: type[Any], n: int, **columns: Any) -> Any:
    """A population with nil in every column that is not given."""
    values = {f.name: np.zeros(n, np.int64) for f in fields(kind)}
    return kind(**{**values, **{name: np.asarray(value) for name, value in columns.items()}})


def whole(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def fixed_tables() -> SimpleNamespace:
    """Recipes: 10p of local inputs and 40p of pay in each pound of output; half of it is value added."""
    input_local = np.zeros((S, S))
    input_local[C] = 0.1
    wider_rounds = np.zeros((S + 1, S + 1))
    wider_rounds[C, N] = 0.2  # cleaners there buy 20p of goods there
    outside_rounds = np.zeros((S + 1, S + 1))
    outside_rounds[C, N] = 0.5
    return SimpleNamespace(
        ward_names=("north", "south"),
        anchor_names=("council", "hospital"),
        input_local=input_local,
        pay_share=np.full(S, 0.4),
        value_added_share=np.full(S, 0.5),
        output_per_job=np.full(S, 5_000 * POUND),
        labour_cost_per_job=np.full(S, 3_000 * POUND),
        jobs_per_output=np.full(S, 1 / (5_000 * POUND)),
        on_site_share=np.zeros(S),
        wider_rounds=wider_rounds,
        outside_rounds=outside_rounds,
    )


def employers() -> Employers:
    """Builders 1 resident and 2 in-commuters, wholesaler 1, council 1 and 1; 1 on site for the wider area."""
    n = 4 + 2 + 2 * S + 2
    section = np.full(n, -1, np.int8)
    section[:6] = (F, N, G, F, O, Q)
    section[6 : 6 + S] = section[6 + S : 6 + 2 * S] = np.arange(S)
    residents, wider, outside = (np.zeros(n, np.int32) for _ in range(3))
    residents[[0, 2, 4, 6 + N]] = (1, 1, 1, 1)
    wider[[0, 4]] = (1, 1)
    outside[0] = 1
    return Employers(
        section=section,
        wanted=np.zeros(n, np.int32),
        n_residents=residents,
        n_from_wider=wider,
        n_from_outside=outside,
        vacancies=np.where(section == F, 2, 0).astype(np.int32),
        log_pay=np.zeros((n, 3)),
        living_wage=np.zeros(n),
    )


def residents() -> Residents:
    """Four in work at £1,000, £2,000, £3,000 and £6,000 a month, one looks for work, one does not."""
    return block(
        Residents,
        6,
        household=whole(0, 1, 2, 3, 4, 4),
        skill=np.array([0, 1, 1, 2, 0, 0], np.int8),
        status=np.array([EMPLOYED] * 4 + [UNEMPLOYED, INACTIVE], np.int8),
        employer=np.array([0, 2, 4, 6 + N, -1, -1], np.int32),
        hours=np.array([100, 100, 150, 150, 0, 0], np.int16),
        pay=whole(1_000, 2_000, 3_000, 6_000, 0, 0) * POUND,
    )


def firms() -> Firms:
    """The wholesaler's output is a quarter of what it is paid: the rest are goods it resells."""
    return block(
        Firms,
        4,
        key=np.array([11, 12, 13, 0], np.uint64),
        section=np.array([F, N, G, F], np.int8),
        size_class=np.array([4, 7, 1, 1], np.int8),
        is_open=np.array([True, True, True, False]),
        owner_place=np.array([0, 2, 0, 0], np.int8),
        ownership=np.array([0, 0, 1, 0], np.int8),
        site_output=whole(5_000, 4_000, 1_000, 900) * POUND,
        price=np.array([1.0, 1.25, 2.0, 9.0]),
        contract_load=whole(1_000, 0, 500, 0) * POUND,
        sales_anchors=whole(1_000, 0, 500, 0) * POUND,
        sales_households=whole(0, 500, 0, 0) * POUND,
        sales_firms=whole(200, 0, 0, 0) * POUND,
        sales_beyond=whole(0, 300, 0, 0) * POUND,
        unmet=whole(70, 0, 5, 0) * POUND,
        cash=whole(900, 100, -50, 0) * POUND,
    )


def needs() -> Needs:
    """Three went to tender this month: one bid, three bids, none acceptable."""
    return block(
        Needs,
        4,
        anchor=np.array([0, 0, 1, 1], np.int8),
        section=np.array([F, N, G, N], np.int8),
        budget=whole(1_000, 3_000, 2_000, 4_000) * POUND,
        is_influenceable=np.array([True, True, False, False]),
        supplier=np.array([0, -1, 2, -2], np.int32),
        supplier_key=np.array([11, 21, 13, 22], np.uint64),
        place=np.array([0, 1, 0, 2], np.int8),
        price=np.array([1.25, 1.0, 1.0, 0.75]),
        term_months=np.array([12, 24, 12, 12], np.int16),
        owed=whole(100, 0, 0, 200) * POUND,
        in_house=whole(0, 0, 0, 0),
        volume=np.array([0.75, 1.0, 1.0, 1.25]),
        sv_promised=np.array([0.5, 0.5, 0.0, 0.25]),
        sv_delivered=np.array([0.5, 0.0, 0.0, 0.25]),
        n_bids=np.array([1, 3, 0, 9], np.int16),
        route=np.array([0, 2, 4, 0], np.int8),  # open, under a framework, a direct award, open
        n_local_bids=np.array([1, 1, 0, 5], np.int16),
        is_open=np.array([True, True, True, False]),
        best_score=np.array([5, 6, -1, -1], np.int32),
    )


def town(**changes: Any) -> World:
    """The town at the end of its first month, books opened and nothing moved yet."""
    people = block(
        Households,
        5,
        ward=np.array([0, 0, 1, 1, 1], np.int16),
        earnings=np.array([0, 100, 200, 3_000, 50], np.int32) * POUND,
        income_decile=np.array([0, 0, 4, 9, 9], np.int8),
        savings=whole(10, 15, 200, 3_000, -5) * POUND,
        income=whole(0, 5, 100, 1_000, 4) * POUND,  # with it, the last is overdrawn by 1 and not by 5
        consumption=whole(100, 100, 200, 300, 0) * POUND,
        housing_cost=whole(50, 0, 0, 80, 0) * POUND,
    )
    anchors = block(Anchors, 2, cash=whole(500, 600) * POUND)
    sites = firms()
    purses = {"anchors": anchors.cash, "firms": sites.cash, "households": people.income}
    ledger = Ledger(cash=purses, kept={"households": people.savings})
    ledger.balances[:] = [*(ledger.held(sector) for sector in purses), 0, 0, 0]
    ledger.open_month()
    pool = block(
        Pool,
        2,
        place=np.array([1, 2], np.int8),
        section=np.array([N, N], np.int8),
        turnover=whole(1_000_000, 900_000_000) * POUND,
        has_branch=np.array([False, True]),
    )
    market = Market(counts={"births": 3, "deaths": 2, "bid_cost_pence": 45_600})
    market.wider_demand = np.zeros(S, np.int64)
    market.outside_demand = np.zeros(S, np.int64)
    parameters = SimpleNamespace(
        labour=SimpleNamespace(real_living_wage=13.45),
        procurement=SimpleNamespace(
            wholesale_goods_share=0.75, in_house_cost=1.25, formal_threshold=40_000.0, vat_on_contracts=0.0,
            officer_cost_tender=1_000.0, officer_cost_bid=500.0, officer_cost_monitoring=1_200.0,
            challenge_rate=0.01, challenge_cost=50_000.0,
        ),
    )
    made: dict[str, Any] = {
        "seed": 1,
        "month": 1,
        "scale": 1.0,
        "closure": "fixed_budget",
        "parameters": parameters,
        "fixed": fixed_tables(),
        "terms": SimpleNamespace(pay_floor=1_000, monitoring=np.array([0.5, 0.0])),
        "levers": (),
        "anchors": anchors,
        "firms": sites,
        "pool": pool,
        "needs": needs(),
        "households": people,
        "residents": residents(),
        "employers": employers(),
        "links": block(Links, 0),
        "market": market,
        "ledger": ledger,
    }
    return World(**{**made, **changes})
