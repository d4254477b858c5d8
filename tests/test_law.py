"""What a date and an anchor allow, and what a scenario that asks for more is told."""

from __future__ import annotations

from datetime import date

import pytest

from cwbsim import load_scenario
from cwbsim.errors import UserError
from cwbsim.law import day_of, rule_at, rules
from cwbsim.levers import LEVERS
from cwbsim.scenario import Scenario


def scenario(key: str, starts: str = "2026-04", unlawful: str = "refuse", **fields: object) -> Scenario:
    return Scenario(title="A try", starts=starts, unlawful=unlawful, levers=(LEVERS[key](**fields),))  # type: ignore[arg-type]


def test_months_are_days_of_the_calendar() -> None:
    assert day_of("2025-11", 1) == date(2025, 11, 1)
    assert day_of("2025-11", 3) == date(2026, 1, 1)


def test_the_threshold_is_that_of_the_year() -> None:
    assert rule_at("threshold", date(2025, 12, 31))["goods_services"] == 214_904  # type: ignore[index]
    assert rule_at("threshold", date(2026, 1, 1))["goods_services"] == 207_720  # type: ignore[index]


def test_every_rule_has_a_date_and_a_source() -> None:
    for rows in rules().values():
        for row in rows:
            assert date.fromisoformat(row["from"])
            assert len(row["source"].split()) > 2


@pytest.mark.parametrize(
    ("starts", "start_month", "anchors", "below", "words"),
    [
        ("2026-01", 1, ("council",), 100_000.0, "section 17"),  # a month too soon
        ("2026-01", 3, ("hospital_trust",), 100_000.0, "best value"),  # not the NHS, whenever
        ("2026-03", 1, ("council",), 207_721.0, "207,720"),  # a pound above the threshold
    ],
)
def test_a_reservation_the_law_forbids_is_refused_with_the_rule(starts, start_month, anchors, below, words) -> None:
    with pytest.raises(UserError, match=words) as refused:
        scenario(
            "below_threshold_reservation", starts, below=below, anchors=anchors, start_month=start_month
        )
    assert refused.value.exit_code == 65
    assert 'unlawful = "allow"' in str(refused.value)


def test_the_same_is_lawful_from_march_2026_for_councils_and_police() -> None:
    for start in (("2026-03", 1), ("2026-01", 3)):
        one = scenario(
            "below_threshold_reservation", start[0], below=207_720.0, below_works=5_193_000.0,
            anchors=("council", "police"), start_month=start[1],
        )  # fmt: skip
        assert one.title == "A try"


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("bid_preference", {"preference": 0.05}),
        ("prompt_payment", {"days": 45.0}),
    ],
)
def test_what_is_allowed_all_the_same_says_so_in_the_title_of_every_output(key: str, fields: dict[str, float]) -> None:
    with pytest.raises(UserError, match="unlawful"):
        scenario(key, **fields)
    allowed = scenario(key, unlawful="allow", **fields)
    assert allowed.title == f"A try (what-if, unlawful at its date: {key})"
    assert allowed.model_copy(update={"months": 12}).title == allowed.title
    assert allowed.model_copy(update={"levers": ()}).title == "A try"


def test_a_lever_at_rest_breaks_no_law() -> None:
    for key in ("bid_preference", "below_threshold_reservation", "turnover_requirement", "prompt_payment"):
        assert scenario(key, "1990-01").title == "A try"


def test_a_month_that_is_no_month_is_refused() -> None:
    with pytest.raises(UserError, match="starts"):
        load_scenario("wigan/baseline").model_copy(update={"starts": "2026-13"})
