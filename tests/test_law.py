"""What a date and an anchor allow, and what a scenario that asks for more is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cwbsim import load_scenario
from cwbsim.errors import UserError
from cwbsim.law import day_of, rule_at, rules
from cwbsim.levers import LEVERS
from cwbsim.levers.below_threshold_reservation import LIGHT_TOUCH
from cwbsim.parameters import load_parameters
from cwbsim.places.profile import load_profile
from cwbsim.scenario import Scenario
from cwbsim.world import SECTIONS, Terms


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


def test_each_threshold_published_without_vat_is_that_figure_and_a_fifth() -> None:
    # £181,302 x 1.2 = £217,562.40; £4,551,413 x 1.2 = £5,461,695.60.
    of_2018 = rule_at("threshold", date(2018, 1, 1)) or {}
    assert (of_2018["goods_services"], of_2018["works"]) == (217_562, 5_461_696)
    checked = 0
    for row in rules()["threshold"]:
        for name in ("goods_services", "works", "light_touch"):
            if f"{name}_ex_vat" in row:
                assert abs(10 * row[name] - 12 * row[f"{name}_ex_vat"]) <= 5, (row["from"], name)
                assert f"£{row[f'{name}_ex_vat']:,}" in row["source"]
                checked += 1
    assert checked == 16  # two of 2012 and of 2014, three each of 2015, 2016, 2018 and 2020


def test_the_sections_of_light_touch_services_are_those_of_the_law() -> None:
    assert tuple((rule_at("light_touch", date(2026, 1, 1)) or {})["sections"]) == LIGHT_TOUCH


def test_care_contracts_may_be_reserved_up_to_the_threshold_of_light_touch_services() -> None:
    asked: dict[str, object] = {"below": 207_720.0, "anchors": ("council",)}
    most = scenario("below_threshold_reservation", below_light_touch=663_540.0, **asked)
    bounds = most.levers[0].terms(Terms.default(2, load_parameters()), 1).reserve_below
    assert bounds[0, SECTIONS.index("Q")] == 66_354_000
    assert bounds[0, SECTIONS.index("N")] == bounds[0, SECTIONS.index("F")] == 20_772_000
    with pytest.raises(UserError, match="663,540 for light-touch services"):
        scenario("below_threshold_reservation", below_light_touch=663_541.0, **asked)


@pytest.mark.parametrize("starts", ["2025-12", "2026-01", "2026-02"])
def test_a_reservation_that_starts_when_the_refusal_says_is_lawful(starts: str) -> None:
    # The rule holds from 4 February: the first month whose first day is lawful is March 2026.
    asked: dict[str, object] = {"below": 100_000.0, "anchors": ("council",)}
    with pytest.raises(UserError, match="start it in 2026-03 or later") as refused:
        scenario("below_threshold_reservation", starts, **asked)
    named = int(refused.value.mend.split("start_month = ")[1].split(")")[0])
    assert named == {"2025-12": 4, "2026-01": 3, "2026-02": 2}[starts]
    scenario("below_threshold_reservation", starts, start_month=named, **asked)
    with pytest.raises(UserError, match="unlawful"):
        scenario("below_threshold_reservation", starts, start_month=named - 1, **asked)


def test_all_anchors_that_may_not_are_named_and_so_is_every_rule() -> None:
    # Of Wigan's anchors the council and the police may reserve; three may not, by one rule.
    with pytest.raises(UserError) as refused:
        scenario("below_threshold_reservation", below=207_721.0, below_works=5_193_001.0)
    by_rule = [str(one) for one in refused.value.each()]
    assert len(by_rule) == 3
    assert len([one for one in by_rule if "Wigan Council" in one]) == 2  # one bound each, £1 too high
    not_exempt = next(one for one in by_rule if "best value" in one)
    bodies = [one for one in load_profile("wigan").anchors if one.kind not in ("council", "police")]
    assert len(bodies) > 1
    assert all(one.name in not_exempt for one in bodies)


def test_what_the_law_forbids_is_found_in_the_file_and_on_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'extends = "wigan/baseline"\ntitle = "Mine"\n\n[levers.bid_preference]\npreference = 0.05\n', encoding="utf-8"
    )
    with pytest.raises(UserError, match="unlawful") as refused:
        load_scenario(file)
    assert refused.value.where == f"{file}, line 4"


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
