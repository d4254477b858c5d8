"""What was bought, by the section that supplies it; and what is no purchase at all."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")
UNCLASSED = "unclassed"
REDACTED = "redacted"

Words = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a class, and whether anything more telling may overrule it."""

    name: str
    verdict: str
    is_weak: bool
    pattern: re.Pattern[str]
    inside: re.Pattern[str]


@cache
def _data() -> Mapping[str, Any]:
    with files("cwbsim").joinpath("data/spend/classes.toml").open("rb") as file:
        return tomllib.load(file)


def not_purchases() -> dict[str, str]:
    """Classes that are no purchases, and what each is."""
    return dict(_data()["classes"])


@cache
def rules(table: str) -> tuple[Rule, ...]:
    """The rules of "category", "supplier" or "department", in order."""
    return tuple(
        Rule(
            f"{table} {number}",
            one["class"],
            one.get("strength") == "weak",
            re.compile("(?:" + "|".join(one["words"]) + r")(?:\b|\Z)"),
            re.compile("(?<= )(?:" + "|".join(one["words"]) + r")(?:\b|\Z)"),
        )
        for number, one in enumerate(_data()[table], start=1)
    )


@cache
def order() -> tuple[str, ...]:
    """Every class, sections first; a row's class is an index into this."""
    return (*SECTIONS, *not_purchases())


def worded(text: Any) -> str:
    """A text as the rules see it."""
    lowered = str(text).lower().replace("&", " and ").replace("'", " ")
    return " ".join(re.sub(r"[^a-z0-9]+", " ", lowered).split())


@cache
def class_of(table: str, text: str) -> tuple[str, bool, str]:
    """Class, whether it is a weak one, and the rule; ("", False, "") where no rule knows the text.

    A heading is tried from each of its words on, so that "Police - Agency Staff" is agency staff; from the
    beginning first. `text` as `worded` gives it.
    """
    starts = [text]
    if table == "category":
        text = re.sub(
            r"^(xxxxx|police|pcc(?! commissioning)|childrens?|adults?|schools?|gf|hra|r12) ", "", text
        )
        starts = list(dict.fromkeys([*starts, text]))
    best = ("", False, "")
    for start in starts:
        for rule in rules(table):
            if rule.pattern.match(start):
                if not rule.is_weak:
                    return rule.verdict, False, rule.name
                best = best if best[0] else (rule.verdict, True, rule.name)
                break
    if best[0] or table != "category":
        return best
    return _inside(text)


def _inside(text: str) -> tuple[str, bool, str]:
    """The first rule that matches from a later word on: telling, but less so."""
    for rule in rules("category"):
        if not rule.is_weak and rule.inside.search(text):
            return rule.verdict, True, rule.name + " inside"
    return "", False, ""


def class_of_code(code: Any) -> str:
    """The section of a CPV code, by the longest part of it that is listed; "" if none is."""
    digits = re.sub(r"\D", "", str(code).split("-")[0].split(",")[0])
    if len(digits) != 8:
        return ""
    table: Mapping[str, str] = _data()["cpv"]
    return next((table[digits[:n]] for n in (4, 3, 2) if digits[:n] in table), "")


@dataclass(frozen=True, slots=True)
class Texts:
    """A text column of n rows: codes into distinct texts."""

    codes: npt.NDArray[np.int32]
    values: Sequence[Any]


def classify(
    n_rows: int,
    categories: Iterable[Texts],
    codes: Texts | None,
    suppliers: Texts | None,
    descriptions: Iterable[Texts],
    departments: Iterable[Texts],
    is_redacted: npt.NDArray[np.bool_],
) -> tuple[Words, npt.NDArray[np.int16], list[str]]:
    """The class of each row.

    Returns
    -------
    classes, by, names
        (n,) index into `order()`; (n,) index into `names`, the rule that decided; the rules' names.
    """
    return _Classing(n_rows).run(categories, codes, suppliers, descriptions, departments, is_redacted)


class _Classing:
    """Rows still without a class, looked at by one kind of evidence after another."""

    def __init__(self, n_rows: int) -> None:
        self.verdict = np.full(n_rows, -1, dtype=np.int16)
        self.by = np.zeros(n_rows, dtype=np.int16)
        self.names: list[str] = ["none"]
        self._numbers = {"none": 0}

    def run(
        self,
        categories: Iterable[Texts],
        codes: Texts | None,
        suppliers: Texts | None,
        descriptions: Iterable[Texts],
        departments: Iterable[Texts],
        is_redacted: npt.NDArray[np.bool_],
    ) -> tuple[Words, npt.NDArray[np.int16], list[str]]:
        categories, descriptions, departments = list(categories), list(descriptions), list(departments)
        named = [suppliers] if suppliers is not None else []
        for texts in categories:
            self._take("category", texts, weak=False)
        if codes is not None:
            self._fill(codes, lambda code: (class_of_code(code), "cpv code"))
        for texts in named:
            self._take("supplier", texts, weak=False)
        for texts in descriptions:
            self._take("category", texts, weak=False, label="description")
        for texts in (*categories, *descriptions):
            self._take("category", texts, weak=True)
        for texts in departments:
            self._take("department", texts, weak=True)
        known = {name: number for number, name in enumerate(order())}
        nothing = self.verdict < 0
        self.verdict[nothing & is_redacted] = known[REDACTED]
        self.verdict[nothing & ~is_redacted] = known[UNCLASSED]
        return self.verdict, self.by, self.names

    def _take(self, table: str, texts: Texts, *, weak: bool, label: str = "") -> None:
        def decide(value: Any) -> tuple[str, str]:
            verdict, is_weak, rule = class_of(table, worded(value))
            return ("", "") if is_weak and not weak else (verdict, rule.replace(table, label or table))

        self._fill(texts, decide)

    def _fill(self, texts: Texts, decide: Any) -> None:
        """Decide the distinct texts of the rows that are still open."""
        open_rows = np.flatnonzero(self.verdict < 0)
        if not open_rows.size:
            return
        codes = texts.codes[open_rows]
        known = {name: number for number, name in enumerate(order())}
        verdicts = np.full(len(texts.values), -1, dtype=np.int16)
        by = np.zeros(len(texts.values), dtype=np.int16)
        for code in np.unique(codes):
            value = texts.values[code]
            if value == "":
                continue
            verdict, rule = decide(value)
            if verdict:
                verdicts[code] = known[verdict]
                by[code] = self._number(rule)
        self.verdict[open_rows] = verdicts[codes]
        self.by[open_rows] = by[codes]

    def _number(self, rule: str) -> int:
        if rule not in self._numbers:
            self._numbers[rule] = len(self.names)
            self.names.append(rule)
        return self._numbers[rule]
