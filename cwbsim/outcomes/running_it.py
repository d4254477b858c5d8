"""What it takes to run procurement, what is promised beyond what is done, and what anchors do or finance themselves."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.outcomes.passes import FINE, ratio
from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome

__all__ = ["in_house"]

WORKERS = 2  # firms.ownership of worker co-operatives


def _of_month(now: Reading) -> tuple[list[int], float]:
    """Return what was formal in the month, and how many real needs a simulated tender stands for on average."""
    return now.formalities, ratio(now.tendering[0], now.contracts["tenders"]) if now.contracts["tenders"] else 0.0


@outcome("£", "flow", scaled="needs")
def officer_costs(now: Reading) -> float:
    """Officers' time for the month's tenders: to specify and award, and to read and score bids.

    It is paid within the payroll of the anchors and valued here at what it costs; following up what was
    promised is in monitoring_costs.
    """
    p = now.world.parameters.procurement
    (formal, small, _), real = _of_month(now)
    read = p.officer_cost_bid * (formal + 0.1 * small)
    return float((p.officer_cost_tender * now.contracts["tenders"] + read) * real)


@outcome("£", "flow", scaled="needs")
def monitoring_costs(now: Reading) -> float:
    """Officers' time to follow up what holders of contracts promised, valued at what it costs."""
    n, terms, p = now.world.needs, now.world.terms, now.world.parameters.procurement
    held = np.bincount(n.anchor[n.budget > 0], minlength=terms.monitoring.shape[0])
    weight = float(now.need_weight.sum()) / FINE / max(n.key.shape[0], 1)
    return float((held * terms.monitoring).sum() * p.officer_cost_monitoring / 12.0 * weight)


@outcome("£", "flow", scaled="needs")
def challenge_costs(now: Reading) -> float:
    """What challenges to the month's formal awards are expected to cost the anchors."""
    p = now.world.parameters.procurement
    (_, _, contested), real = _of_month(now)
    return float(p.challenge_rate * p.challenge_cost * contested * real)


@outcome("share", "share")
def reserved_tender_share(now: Reading) -> float:
    """Share of the month's tenders that were open only to suppliers of the place."""
    return ratio(now.world.market.counts.get("reserved_tenders", 0), now.contracts["tenders"])


@kernel
def _written_up(
    budget: np.ndarray, promised: np.ndarray, supplier: np.ndarray, of_firms: np.ndarray, of_pool: np.ndarray
) -> int:
    out = np.int64(0)
    for i in range(budget.shape[0]):
        s = supplier[i]
        practice = of_firms[s] if s >= 0 else of_pool[-1 - s]
        out += budget[i] * np.int64(np.rint(max(promised[i] - practice, 0.0) * FINE))
    return int(out)


@outcome("share", "share")
def social_value_written_up(now: Reading) -> float:
    """Social value promised in the contracts in force beyond what their holders do in practice: gaming, made visible.

    As a share of the most that could be promised; no monitoring turns it into anything.
    """
    w = now.world
    found = _written_up(
        w.needs.budget, w.needs.sv_promised, w.needs.supplier, w.firms.sv_practice, w.pool.sv_practice
    )
    return ratio(found / FINE, now.contracts["budget"])


@outcome("£", "stock")
def owed_to_suppliers(now: Reading) -> float:
    """Invoices for contracts that anchors have not yet paid."""
    return now.pounds(int(now.world.needs.owed.sum()))


def in_house(now: Reading) -> tuple[float, float]:
    """Return pence spent on services anchors do themselves, and what those are worth at should-cost."""
    spent = int(now.world.needs.in_house.sum())
    return spent, spent / now.world.parameters.procurement.in_house_cost


@outcome("£", "flow")
def in_house_services(now: Reading) -> float:
    """What anchors spend on services they have taken back to do themselves, staff and materials."""
    return now.pounds(in_house(now)[0])


@outcome("firms", "stock")
def worker_owned_firms(now: Reading) -> float:
    """Firms of the borough that belong to their staff."""
    f = now.world.firms
    return now.real(int((f.is_open & (f.ownership == WORKERS)).sum()))


@outcome("£", "stock")
def community_loans(now: Reading) -> float:
    """What firms of the borough owe a fund of the anchors."""
    return now.pounds(int(now.world.firms.loan.sum()))
