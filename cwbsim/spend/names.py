"""One supplier under many spellings: what is surely the same is joined, what may be is put to a person."""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import pandas as pd

from cwbsim.errors import UserError
from cwbsim.report.safe_csv import unsafe
from cwbsim.spend.headings import lexicon

REDACTED_NAME = "redacted"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
LEGAL = re.compile(
    r"\b(limited liability partnership|public limited company|community interest company|limited|limted|limite|"
    r"ltd|lt|plc|llp|lp|cic|inc|incorporated|company|co|gmbh|bv|the|uk|gb|united kingdom|england|inactive)\b"
)
ASIDE = re.compile(r"[\[(][^\])]*[\])]?")
TRADING = re.compile(
    r"\s(t/?as?|t/a/|trading as|formerly( known as)?|formally|previously|was|now|dba|c/o|re)\s.*",
    re.IGNORECASE,
)
CUT = 18  # a name this long that begins another is taken for the same name cut off by a field's width
LIKE = 0.88
MOST_PAIRS = 2_000


@cache
def _marks() -> tuple[re.Pattern[str], re.Pattern[str]]:
    about = lexicon()["redaction"]
    return (
        re.compile("|".join(about["patterns"]), re.IGNORECASE),
        re.compile("|".join(about["organisation"]), re.IGNORECASE),
    )


def says_redacted(text: str) -> bool:
    """Whether a cell says that something has been left out of it."""
    return bool(text) and bool(_marks()[0].search(text.strip()))


def is_organisation(name: str) -> bool:
    """Whether a name shows that it is a body's: nothing else is taken for one."""
    return bool(_marks()[1].search(name))


@lru_cache(maxsize=1 << 16)
def cleaned(text: str) -> str:
    """A text on one line, without control characters and with the commonest mis-decoded signs put right."""
    text = CONTROL.sub(" ", text)
    if "Ã" in text or "â€" in text or "Â" in text:
        try:
            text = text.encode("cp1252").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            text = text.replace("Â£", "£")
    return " ".join(text.split())


@lru_cache(maxsize=1 << 16)
def key_of(name: str) -> str:
    """What is left of a name when case, accents, signs, legal form, brackets and "trading as" are taken away."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = ASIDE.sub(" ", plain)
    plain = TRADING.sub("", plain) or plain
    plain = re.sub(r"[^a-z0-9]+", " ", plain.replace("&", " and ").replace("'", ""))
    plain = re.sub(r"\b(?:[a-z] )+[a-z]\b", lambda found: found[0].replace(" ", ""), plain)
    short = " ".join(LEGAL.sub(" ", plain).split())
    return short or " ".join(plain.split())


@dataclass(frozen=True, slots=True)
class Names:
    """Names as written -> one name for each supplier, and the pairs a person should look at."""

    chosen: Mapping[str, str]
    review: pd.DataFrame  # name, same_as, why, likeness, rows, pounds, decision

    @property
    def n_suppliers(self) -> int:
        """How many suppliers there are, redacted rows apart."""
        return len(set(self.chosen.values()) - {REDACTED_NAME, ""})


def match_names(
    names: Sequence[str], pence: Sequence[int], rows: Sequence[int], review: Path | None = None
) -> Names:
    """Join the spellings of each supplier.

    Parameters
    ----------
    names, pence, rows
        Distinct names with what each was paid and how often.
    review
        A corrected review file: where `decision` is "same" or "different" it decides.

    Returns
    -------
    Names
        `chosen` takes the spelling that was paid most.
    """
    decisions = _decisions(review) if review else {}
    groups: dict[str, list[int]] = defaultdict(list)
    for number, name in enumerate(names):
        groups[key_of(name) if name != REDACTED_NAME else REDACTED_NAME].append(number)
    paid = {key: sum(abs(pence[n]) for n in members) for key, members in groups.items()}
    leader = {key: max(members, key=lambda n: abs(pence[n])) for key, members in groups.items()}
    joined = _cut_off(sorted(key for key in groups if key != REDACTED_NAME), decisions, names, leader)
    shown: list[dict[str, object]] = []
    for short, (whole, why) in joined.items():
        shown.append(_line(names, rows, pence, groups, leader, short, whole, why, 1.0))
    for short, whole, likeness in _alike(groups, paid, joined):
        decision = decisions.get(frozenset((names[leader[short]], names[leader[whole]])))
        if decision == "same":
            joined[short] = (whole, "as decided")
        line = _line(names, rows, pence, groups, leader, short, whole, "alike", likeness)
        shown.append({**line, "decision": decision or ""})
    chosen = {}
    for key, members in groups.items():
        top = key
        seen = {top}
        while top in joined and joined[top][0] not in seen:
            top = joined[top][0]
            seen.add(top)
        for n in members:
            chosen[names[n]] = names[leader[top]] if key != REDACTED_NAME else REDACTED_NAME
    columns = ["name", "same_as", "why", "likeness", "rows", "pounds", "decision"]
    return Names(
        chosen, pd.DataFrame(shown, columns=columns).sort_values("pounds", ascending=False, ignore_index=True)
    )


def _line(
    names: Sequence[str],
    rows: Sequence[int],
    pence: Sequence[int],
    groups: Mapping[str, list[int]],
    leader: Mapping[str, int],
    one: str,
    other: str,
    why: str,
    likeness: float,
) -> dict[str, object]:
    return {
        "name": names[leader[one]],
        "same_as": names[leader[other]],
        "why": why,
        "likeness": round(likeness, 3),
        "rows": sum(rows[n] for n in groups[one]),
        "pounds": sum(pence[n] for n in groups[one]) / 100,
        "decision": "",
    }


def _cut_off(
    keys: list[str], decisions: Mapping[frozenset[str], str], names: Sequence[str], leader: Mapping[str, int]
) -> dict[str, tuple[str, str]]:
    """Keys that are the beginning of exactly one other name and long enough not to be so by chance."""
    found: dict[str, tuple[str, str]] = {}
    for key, after in pairwise(keys):
        if len(key) < CUT or not after.startswith(key):
            continue
        longer = [k for k in keys[keys.index(after) : keys.index(after) + 6] if k.startswith(key)]
        decided = decisions.get(frozenset((names[leader[key]], names[leader[after]])))
        if len(longer) == 1 and decided != "different":
            found[key] = (after, "cut off")
    return found


def _alike(
    groups: Mapping[str, list[int]], paid: Mapping[str, int], joined: Mapping[str, object]
) -> Iterable[tuple[str, str, float]]:
    """Pairs of keys that begin alike and differ little, the most paid first."""
    blocks: dict[str, list[str]] = defaultdict(list)
    for key in groups:
        if key not in joined and key not in ("", REDACTED_NAME):
            blocks[key[:4]].append(key)
    found = []
    for block in blocks.values():
        block.sort(key=lambda key: -paid[key])
        for number, whole in enumerate(block[:60]):
            for short in block[number + 1 : 60]:
                if abs(len(whole) - len(short)) > 6:
                    continue
                matcher = difflib.SequenceMatcher(None, whole, short, autojunk=False)
                if matcher.real_quick_ratio() < LIKE or matcher.quick_ratio() < LIKE:
                    continue
                likeness = matcher.ratio()
                if likeness >= LIKE and re.sub(r"\D", "", whole) == re.sub(r"\D", "", short):
                    found.append((short, whole, likeness))
    found.sort(key=lambda pair: -paid[pair[0]])
    return found[:MOST_PAIRS]


def _decisions(path: Path) -> dict[frozenset[str], str]:
    """(name, same_as) -> "same" or "different" of a corrected review file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
    except OSError:
        raise UserError("there is no such review file", str(path)) from None
    if lines and not {"name", "same_as", "decision"} <= set(lines[0]):
        raise UserError("not a review of names", str(path), allowed="columns name, same_as, decision")
    found = {}
    for number, line in enumerate(lines, start=2):
        decision = (line["decision"] or "").strip().lower()
        if decision not in ("", "same", "different"):
            raise UserError(
                f"decision is {decision!r}", f"{path}, line {number}", '"same", "different" or empty'
            )
        if decision:
            found[frozenset((unsafe(line["name"]), unsafe(line["same_as"])))] = decision
    return found
