"""What happens in the wider area and in the rest of the UK, booked on equal terms."""

from __future__ import annotations

from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome
from cwbsim.world import OUTSIDE, SECTIONS, WIDER

_S = len(SECTIONS)


@outcome("£", "flow")
def wider_area_contract_income(now: Reading) -> float:
    """Contract payments by the borough's anchors to suppliers in the rest of the wider area."""
    return now.pounds(now.paid_by_place[WIDER])


@outcome("£", "flow")
def outside_contract_income(now: Reading) -> float:
    """Contract payments by the borough's anchors to suppliers beyond the wider area."""
    return now.pounds(now.paid_by_place[OUTSIDE])


@outcome("£", "flow")
def wider_area_output(now: Reading) -> float:
    """Output in the rest of the wider area that rests on what the borough buys there, with later rounds."""
    return now.pounds(now.world.market.wider_output[:_S].sum())


@outcome("£", "flow")
def outside_output(now: Reading) -> float:
    """Output in the rest of the UK that depends on what the borough and the wider area buy there."""
    return now.pounds(now.world.market.outside_output[:_S].sum())


@outcome("jobs", "stock", headline=True)
def wider_area_jobs(now: Reading) -> float:
    """Jobs in the rest of the wider area that rest on what the borough buys there, with later rounds."""
    return now.jobs_elsewhere[0]


@outcome("jobs", "stock")
def outside_jobs(now: Reading) -> float:
    """Jobs in the rest of the UK that depend on what the borough and the wider area buy there."""
    return now.jobs_elsewhere[1]


@outcome("jobs", "stock")
def uk_jobs(now: Reading) -> float:
    """Jobs in the borough, and jobs elsewhere in the UK that depend on what it buys.

    A gain here that is a loss there cancels out.
    """
    return now.real(now.jobs_total) + (now.jobs_elsewhere[0] + now.jobs_elsewhere[1])
