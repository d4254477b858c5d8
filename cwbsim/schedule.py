"""The month: every phase of the economy, in order. Read this first."""

from __future__ import annotations

from collections.abc import Callable

from cwbsim import record
from cwbsim.economy import (
    bidding,
    firms,
    households,
    labour,
    ownership,
    policy,
    procurement,
    supply_chain,
    treasury,
)
from cwbsim.world import World

__all__ = ["MONTH", "Phase", "phase_name"]

type Phase = Callable[[World], None]

MONTH: tuple[Phase, ...] = (
    # the rules
    policy.set_terms,  # recomputed from scratch from the levers in force
    policy.run_programmes,  # levers that spend do so here, and nowhere else
    # public money
    treasury.fund_anchors,
    treasury.pay_benefits_and_pensions,
    # anchors buy
    procurement.open_tenders,
    bidding.enter_and_bid,
    procurement.award_contracts,
    procurement.pay_suppliers,
    # people work, on last month's sales
    labour.adjust_staff,
    labour.match_vacancies,
    labour.pay_wages,  # tax and National Insurance withheld here
    # money goes round
    households.consume,
    supply_chain.buy_inputs,
    firms.set_prices_and_sell_beyond,
    treasury.collect_other_taxes,
    ownership.share_profits,
    # slow change
    firms.invest_in_capacity_and_readiness,
    firms.open_and_close,
    households.choose_suppliers,
    supply_chain.renew_links,
    # the books
    record.close_month,  # raises if a penny is missing, naming phase, sector, amount
)


def phase_name(phase: Phase) -> str:
    """Return the name of a phase as the month shows it: file and function."""
    return f"{phase.__module__.rsplit('.', 1)[-1]}.{phase.__name__}"
