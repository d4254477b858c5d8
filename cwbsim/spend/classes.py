"""What was bought, by the section that supplies it; and what is no purchase at all."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")
UNCLASSED = "unclassed"
#: What a class rests on, the most telling first; the last two are the kind of cost rather than the trade.
EVIDENCE = ("category", "CPV code", "supplier's name", "words of the payment", "vague category", "department",
            "group of costs", "nothing")  # fmt: skip
REDACTED = "redacted"

Words = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a class, and whether anything more telling may overrule it."""

    verdict: str
    is_weak: bool
    pattern: re.Pattern[str]
    inside: re.Pattern[str]


@cache
def _data() -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name in ("classes", "firms"):
        with files("cwbsim").joinpath(f"data/spend/{name}.toml").open("rb") as file:
            found |= tomllib.load(file)
    return found


def not_purchases() -> dict[str, str]:
    """Classes that are no purchases, and what each is."""
    return dict(_data()["classes"])


@cache
def rules(table: str) -> tuple[Rule, ...]:
    """The rules of "category", "firm", "supplier", "department" or "subjective", in order."""
    return tuple(
        Rule(
            one["class"],
            one.get("strength") == "weak",
            re.compile("(?:" + "|".join(one["words"]) + r")(?:\b|\Z)"),
            re.compile("(?<= )(?:" + "|".join(one["words"]) + r")(?:\b|\Z)"),
        )
        for one in _data()[table]
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
def class_of(table: str, text: str) -> tuple[str, bool]:
    """Class, and whether it is a weak one; ("", False) where no rule knows the text.

    A heading is tried from each of its words on, so that "Police - Agency Staff" is agency staff; from the
    beginning first. `text` as `worded` gives it.
    """
    starts = [text]
    if table == "category":
        text = re.sub(
            r"^(xxxxx|police|pcc(?! commissioning)|childrens?|adults?|schools?|gf|hra|r12) ", "", text
        )
        starts = list(dict.fromkeys([*starts, text, written_out(text)]))
    weak = ""
    for start in starts:
        rule = next((rule for rule in rules(table) if rule.pattern.match(start)), None)
        if rule is not None and not rule.is_weak:
            return rule.verdict, False
        weak = weak or (rule.verdict if rule is not None else "")
    if not weak and table == "category":
        weak = _inside(text) or _inside(written_out(text))
    return weak, bool(weak)


def written_out(text: str) -> str:
    """A worded text with the abbreviations of ledgers written out: "veh mtce" is "vehicle maintenance"."""
    known: Mapping[str, str] = _data()["abbreviations"]
    return " ".join(known.get(word, word) for word in text.split())


def _inside(text: str) -> str:
    """The class of the first rule that matches from a later word on: telling, but less so."""
    return next((r.verdict for r in rules("category") if not r.is_weak and r.inside.search(text)), "")


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
) -> tuple[Words, npt.NDArray[np.int8]]:
    """The class of each row.

    Returns
    -------
    classes, by
        (n,) index into `order()`; (n,) index into `EVIDENCE`, what decided.
    """
    return _Classing(n_rows).run(categories, codes, suppliers, descriptions, departments, is_redacted)


class _Classing:
    """Rows still without a class, looked at by one kind of evidence after another."""

    def __init__(self, n_rows: int) -> None:
        self.verdict = np.full(n_rows, -1, dtype=np.int16)
        self.by = np.full(n_rows, EVIDENCE.index("nothing"), dtype=np.int8)

    def run(
        self,
        categories: Iterable[Texts],
        codes: Texts | None,
        suppliers: Texts | None,
        descriptions: Iterable[Texts],
        departments: Iterable[Texts],
        is_redacted: npt.NDArray[np.bool_],
    ) -> tuple[Words, npt.NDArray[np.int8]]:
        categories, descriptions, departments = list(categories), list(descriptions), list(departments)
        named = [suppliers] if suppliers is not None else []
        self._take("category", categories, "category", weak=False)
        if codes is not None:
            self._fill(codes, class_of_code, "CPV code")
        self._take("firm", named, "supplier's name", weak=False)
        self._take("supplier", named, "supplier's name", weak=False)
        self._take("category", descriptions, "words of the payment", weak=False)
        self._take("category", (*categories, *descriptions), "vague category", weak=True)
        self._take("department", (*departments, *descriptions), "department", weak=True)
        self._take("subjective", categories, "group of costs", weak=True)
        known = {name: number for number, name in enumerate(order())}
        nothing = self.verdict < 0
        self.verdict[nothing & is_redacted] = known[REDACTED]
        self.verdict[nothing & ~is_redacted] = known[UNCLASSED]
        return self.verdict, self.by

    def _take(self, table: str, columns: Iterable[Texts], evidence: str, *, weak: bool) -> None:
        def decide(value: Any) -> str:
            verdict, is_weak = class_of(table, worded(value))
            return "" if is_weak and not weak else verdict

        for texts in columns:
            self._fill(texts, decide, evidence)

    def _fill(self, texts: Texts, decide: Callable[[Any], str], evidence: str) -> None:
        """Decide the distinct texts of the rows that are still open."""
        open_rows = np.flatnonzero(self.verdict < 0)
        if not open_rows.size:
            return
        codes = texts.codes[open_rows]
        known = {name: number for number, name in enumerate(order())}
        verdicts = np.full(len(texts.values), -1, dtype=np.int16)
        for code in np.unique(codes):
            value = texts.values[code]
            if value != "" and (verdict := decide(value)):
                verdicts[code] = known[verdict]
        self.verdict[open_rows] = verdicts[codes]
        self.by[open_rows[verdicts[codes] >= 0]] = EVIDENCE.index(evidence)
