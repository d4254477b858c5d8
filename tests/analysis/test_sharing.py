"""Months that two scenarios have in common are simulated once, and nobody can tell."""

from __future__ import annotations

import pytest

from cwbsim import load_scenario
from cwbsim.analysis.batch import Job
from cwbsim.analysis.sharing import begins_like, common_months, kept_runs
from cwbsim.analysis.workers import Failure

HAMLET = load_scenario("teaching/hamlet").model_copy(update={"months": 6})


def with_levers(**levers):
    return HAMLET.model_copy(update={"title": repr(levers)[:60], "levers": levers})


LATER = with_levers(social_value_weight={"weight": 0.4, "start_month": 4})
AT_ONCE = with_levers(social_value_weight={"weight": 0.4})
BOTH = with_levers(
    social_value_weight={"weight": 0.4, "start_month": 4},
    encourage_local_firms={"budget_a_year": 100_000.0, "start_month": 3},
)


@pytest.mark.parametrize(
    ("scenarios", "months"),
    [
        ([HAMLET, LATER], 3),  # the lever starts in the fourth
        ([HAMLET, AT_ONCE], 0),
        ([LATER, BOTH], 2),  # both have the weight; only one has the other, from the third month
        ([LATER, LATER], 6),
        ([HAMLET, AT_ONCE, LATER], 0),
        (
            [
                LATER,
                LATER.model_copy(
                    update={"levers": {"social_value_weight": [LATER.levers[0].model_dump()] * 2}}
                ),
            ],
            3,
        ),
    ],
)
def test_scenarios_part_when_the_first_lever_that_not_all_have_starts(scenarios, months):
    assert common_months(scenarios) == months


@pytest.mark.parametrize("policies", [[LATER, BOTH], [AT_ONCE]])
def test_sharing_the_first_months_changes_no_bit(policies):
    jobs = [Job.of(one, 5) for one in (HAMLET, *policies)]

    together = kept_runs(jobs)
    alone = [kept_runs([job])[0] for job in jobs]

    assert [one.state_hash for one in together] == [one.state_hash for one in alone]
    assert [one.values.tobytes() for one in together] == [one.values.tobytes() for one in alone]
    assert [one.layout for one in together] == [one.layout for one in alone]


@pytest.mark.parametrize(
    "change", [{"flq_delta": 0.2}, {"parameters": {"labour.churn_rate": 0.012}}, {"months": 5}]
)
def test_scenarios_that_differ_in_more_than_levers_share_nothing(change):
    assert not begins_like(Job.of(HAMLET, 1), Job.of(HAMLET.model_copy(update=change), 1))
    assert not begins_like(Job.of(HAMLET, 1), Job.of(HAMLET, 2))


def test_a_policy_that_cannot_be_run_takes_no_other_along():
    nowhere = with_levers(social_value_weight={"weight": 0.4, "anchors": ["the moon"]})

    good, bad = kept_runs([Job.of(HAMLET, 1), Job.of(nowhere, 1)])

    assert not isinstance(good, Failure)
    assert isinstance(bad, Failure)
    assert "moon" in bad.message
