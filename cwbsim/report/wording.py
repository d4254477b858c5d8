"""Numbers and outcomes as a reader who is not an analyst would say them."""

from __future__ import annotations

import math
from collections.abc import Iterable

PENCE = "pence"
POUNDS = ("£", "pounds", "GBP", PENCE)
NARROW = {"GVA": "GVA", "sv": "social value", "sme": "SME", "lm3": "LM3", "uk": "UK", "npv": "NPV"}


# What stays, who gets work, what it costs, who loses elsewhere; then the rest; names not here come last.
READING_ORDER = (
    "local_spend",
    "local_spend_share",
    "jobs",
    "residents_in_work",
    "service_volume",
    "wider_area_jobs",
    "social_value_delivered",
    "bidders_per_tender",
    "price_over_should_cost",
    "sme_share_of_contracts",
    "unemployment_rate",
    "median_pay",
    "disposable_income",
    "gross_value_added",
    "firms_open",
)


def in_reading_order(outcomes: Iterable[str]) -> list[str]:
    """Names of outcomes, each once, in the order in which a reader wants to know them."""
    found = list(dict.fromkeys(outcomes))
    place = {name: i for i, name in enumerate(READING_ORDER)}
    return sorted(found, key=lambda name: place.get(name, len(place)))


def label(outcome: str) -> str:
    """An outcome's name as words: ``local_spend_share`` is "Local spend share"."""
    words = " ".join(NARROW.get(word, word) for word in outcome.split("_"))
    return words[:1].upper() + words[1:]


def within_sentence(outcome: str) -> str:
    """The same without its capital, unless that is an abbreviation's: "local spend share", "SME share"."""
    words = label(outcome)
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def is_money(unit: str) -> bool:
    """Whether a unit is pounds or pence."""
    return unit.startswith(POUNDS)


def is_share(unit: str) -> bool:
    """Whether a unit is a share from 0 to 1."""
    return unit.startswith("share")


def unit_in_words(unit: str) -> str:
    """The unit as the table shows it: pence become pounds, shares per cent."""
    if unit.startswith(PENCE):
        return "£" + unit.removeprefix(PENCE)
    return "%" + unit.removeprefix("share") if is_share(unit) else unit


def amount(value: float, unit: str, *, step: float = 0.0) -> str:
    """A level, "£132.1m", "23.4 %", "120,314", with digits enough to show a difference of `step`."""
    if math.isnan(value):
        return "none"
    factor, suffix = _scale(max(abs(value), abs(step)), unit)
    decimals = max(_decimals(value * factor, 3), _decimals(step * factor, 1))
    decimals = min(decimals, _decimals(value * factor, 4)) if value else 0
    number = _number(value * factor, decimals)
    if is_money(unit):
        return _money(number, suffix)
    return f"{number} %" if is_share(unit) else number


def change(value: float, unit: str, *, within: float = 0.0) -> str:
    """A difference, "+£2.9m", "+1.2 points", "-310", with the digits of the largest in its row, `within`."""
    return _changed(value, unit, within) + (" points" if is_share(unit) else "")


def span(low: float, high: float, unit: str, *, within: float = 0.0) -> str:
    """An interval, "+£2.1m to +£3.7m"; empty where one seed gives none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    within = max(within, abs(low), abs(high))
    return f"{_changed(low, unit, within)} to {change(high, unit, within=within)}"


def tick(value: float, unit: str, largest: float) -> str:
    """A mark on an axis that reaches to `largest`: "+£200k", "-0.5"."""
    factor, suffix = _scale(largest, unit)
    number = f"{value * factor:,.6g}" if value else "0"
    return ("+" if value > 0 else "") + (_money(number, suffix) if is_money(unit) else number)


def is_clear(low: float, high: float) -> bool:
    """Whether an interval leaves out nil."""
    return low > 0.0 or high < 0.0


def _changed(value: float, unit: str, within: float) -> str:
    if math.isnan(value):
        return "none"
    size = max(abs(value), 0.0 if math.isnan(within) else within)
    factor, suffix = _scale(size, unit)
    number = _number(value * factor, _decimals(size * factor, 3))
    plus = "+" if value > 0 and number.strip("0.,") else ""
    return plus + (_money(number, suffix) if is_money(unit) else number)


def _scale(size: float, unit: str) -> tuple[float, str]:
    """What to multiply a value of this size by to print it, and the letter to put behind it."""
    if is_share(unit):
        return 100.0, ""
    if not is_money(unit):
        return 1.0, ""
    in_pounds = 0.01 if unit.startswith(PENCE) else 1.0
    for divisor, suffix in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if size * in_pounds >= divisor * (100 if suffix == "k" else 0.9995):
            return in_pounds / divisor, suffix
    return in_pounds, ""


def _decimals(size: float, digits: int) -> int:
    """Decimals that show so many digits of a number of this size."""
    return 0 if size == 0.0 else max(0, min(4, digits - 1 - math.floor(math.log10(abs(size)))))


def _number(value: float, decimals: int) -> str:
    """With commas, and without a sign or decimals on a nil."""
    rounded = round(value, decimals)
    return f"{rounded:,.{decimals}f}" if rounded else "0"


def _money(number: str, suffix: str) -> str:
    sign = "-" if number.startswith("-") else ""
    return f"{sign}£{number.lstrip('-')}{suffix if number != '0' else ''}"
