"""Codes of sections, size bands and places that the source tables share."""

from __future__ import annotations

SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")
_FIRST_DIVISION = (1, 5, 10, 35, 36, 41, 45, 49, 55, 58, 64, 68, 69, 77, 84, 85, 86, 90, 94, 97)
BANDS = ("0-4", "5-9", "10-19", "20-49", "50-99", "100-249", "250+")

LANCASHIRE_FORCE = (*(f"E07000{n}" for n in range(117, 129)), "E06000008", "E06000009")


def section_of(division: int) -> str:
    """The SIC 2007 section of a two-digit division (99 is folded into T)."""
    return [s for s, first in zip(SECTIONS, _FIRST_DIVISION, strict=True) if division >= first][-1]

