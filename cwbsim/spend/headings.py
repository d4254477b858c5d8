"""What the headings of columns mean: each compared with the words that public bodies use, near misses among them."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

LOOSE = 50  # rank of a heading that only holds a telling word
LIKE = 0.86  # of a word that is taken for a misspelt one
NET_OF_VAT = re.compile(
    r"\b(net of|ex|exc|excl|excludes|excluding|exclusive of|less|without)( (ir)?recoverable)? vat\b"
)
LONG = 60  # characters: what is longer is a sentence and its spelling is left alone


@cache
def lexicon() -> Mapping[str, Any]:
    """The tables of `cwbsim/data/spend/columns.toml`."""
    with files("cwbsim").joinpath("data/spend/columns.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _patterns() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (role, tuple(re.compile(f"(?:{pattern})\\Z") for pattern in about["patterns"]))
        for role, about in lexicon()["roles"].items()
    )


@cache
def _loose() -> tuple[tuple[str, tuple[re.Pattern[str], ...], re.Pattern[str]], ...]:
    """Role, words that tell it, and a pattern of what must not stand beside them."""
    return tuple(
        (role, tuple(map(re.compile, about["loose"])), re.compile(about.get("but_not", "(?!)")))
        for role, about in lexicon()["roles"].items()
        if "loose" in about
    )


def plain(heading: Any) -> str:
    """A heading as it is shown: without the marks that a wrong encoding leaves before the first."""
    return " ".join(re.sub(r"^(ï»¿|Ã¯Â?»Â?¿|\ufeff)+", "", str(heading).strip()).split())


def simple(heading: Any) -> str:
    """A heading as the patterns see it: "Net Amount (£)" is "net amount gbp"."""
    return _simple(str(heading))


@lru_cache(maxsize=1 << 14)
def _simple(heading: str) -> str:
    text = plain(heading.replace("\ufeff", ""))
    if found := re.search(r"\bas\s+[\[\"'`]?([^\]\"'`]+)[\]\"'`]?\s*\Z", text, re.IGNORECASE):
        text = found[1]  # a query pasted above its result: ap.amt AS "Net Amount"
    text = re.sub(r"\bID\s*\(T\)\s*\Z", "name", text, flags=re.IGNORECASE)  # a ledger's "text of the number"
    text = re.sub(r"\s*\(T\)\s*\Z", "", text, flags=re.IGNORECASE)
    text = re.sub(r"(Â|�)?£", " gbp ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if " " not in text else text
    text = re.sub(r"\A\s*[a-z_]\w*\.(?=[a-z_])", "", text, flags=re.IGNORECASE)
    words = re.sub(r"[^a-z0-9]+", " ", text.lower().replace("’", "'")).split()
    return " ".join(words if len(text) > LONG else map(spelt, words))


@lru_cache(maxsize=1 << 14)
def spelt(word: str) -> str:
    """A word of a heading, or the one of the lexicon it is nearly: "catergory" is "category"."""
    known = lexicon()["spelling"]["words"]
    if len(word) < 6 or word in known or not word.isalpha():
        return word
    return next(iter(difflib.get_close_matches(word, known, 1, LIKE)), word)


@cache
def roles_of(heading: str) -> tuple[tuple[str, int], ...]:
    """Every role a simple heading could have, with how good the match is (0 best)."""
    found = []
    for role, patterns in _patterns():
        for rank, pattern in enumerate(patterns):
            if pattern.match(heading):
                found.append((role, rank))
                break
    return tuple(found) or _loose_roles(heading)


def _loose_roles(heading: str) -> tuple[tuple[str, int], ...]:
    """Roles by a telling word, for a heading that no pattern knows as a whole."""
    if len(heading) > LONG or not heading:
        return ()
    text = NET_OF_VAT.sub("net", heading)
    found = []
    for role, patterns, but_not in _loose():
        rank = next((rank for rank, pattern in enumerate(patterns) if pattern.search(text)), None)
        if rank is not None and not but_not.search(text):
            found.append((role, LOOSE + rank))
    return tuple(found)
