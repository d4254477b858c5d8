import math

import pytest

from cwbsim.report.picture import COLOURS
from cwbsim.report.table import aligned, conclusion
from cwbsim.report.wording import amount, change, label, span, tick


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (132_145_000.0, "£ a year", "£132m"),
        (13_214_500_000.0, "pence a year", "£132m"),
        (1_318_000_000.0, "£", "£1.32bn"),
        (366_400.0, "£ a year", "£366k"),
        (2_300.0, "£ a month", "£2,300"),
        (-45.5, "£", "-£45.5"),
        (0.0, "£ a year", "£0"),
        (0.4123, "share of spend", "41.2 %"),
        (120_314.2, "jobs", "120,314"),
        (math.nan, "jobs", "none"),
    ],
)
def test_a_level_is_said_in_readable_units(value, unit, words):
    assert amount(value, unit) == words


def test_a_level_has_digits_enough_to_show_the_difference():
    assert amount(1_318_000_000.0, "£", step=2_000_000.0) == "£1.318bn"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (2_930_000.0, "£ a year", "+£2.93m"),
        (-2_930_000.0, "£ a year", "-£2.93m"),
        (0.012, "share", "+1.20 points"),
        (-310.0, "jobs", "-310"),
        (0.0, "jobs", "0"),
    ],
)
def test_a_difference_always_has_its_sign(value, unit, words):
    assert change(value, unit) == words


def test_both_ends_of_an_interval_are_in_the_same_unit():
    assert span(898_000.0, 1_680_000.0, "£ a year") == "+£0.90m to +£1.68m"
    assert span(0.0111, 0.0129, "share") == "+1.11 to +1.29 points"


def test_a_mark_of_less_than_a_pound_is_not_millions():
    assert tick(0.02, "£", 0.05) == "+£0.02"
    assert tick(-200_000.0, "£", 300_000.0) == "-£200k"


@pytest.mark.parametrize(
    ("difference", "low", "high", "said"),
    [
        (43.2, 38.0, 48.0, "Jobs up 43.2"),
        (-43.2, -48.0, -38.0, "Jobs down 43.2"),
        (4.0, -1.0, 9.0, "No clear change: jobs"),
        (0.0, 0.0, 0.0, "Jobs: no change"),
        (0.0, -1.0, 1.0, "No clear change: jobs"),
        (3.0, math.nan, math.nan, "Jobs up 3.00 (one seed)"),
    ],
)
def test_a_title_concludes_no_more_than_the_interval_allows(difference, low, high, said):
    assert conclusion("jobs", "jobs", difference, low, high) == said


def test_a_name_becomes_words():
    assert label("local_spend_share") == "Local spend share"


def test_columns_line_up():
    assert aligned([("a", "b"), ("long", "1")], left=1).splitlines() == ["a     b", "----  -", "long  1"]


@pytest.mark.parametrize("colour", COLOURS)
def test_every_line_stands_out_three_to_one_from_white(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]  # WCAG 2.2, relative luminance

    assert 1.05 / (luminance + 0.05) >= 3.0
