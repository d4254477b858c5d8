"""Codes of sections, size bands and places that the source tables share."""

from __future__ import annotations

from cwbsim.errors import UserError

SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")
_FIRST_DIVISION = (1, 5, 10, 35, 36, 41, 45, 49, 55, 58, 64, 68, 69, 77, 84, 85, 86, 90, 94, 97)
BANDS = ("0-4", "5-9", "10-19", "20-49", "50-99", "100-249", "250+")

GREATER_MANCHESTER = {
    "E08000001": "Bolton",
    "E08000002": "Bury",
    "E08000003": "Manchester",
    "E08000004": "Oldham",
    "E08000005": "Rochdale",
    "E08000006": "Salford",
    "E08000007": "Stockport",
    "E08000008": "Tameside",
    "E08000009": "Trafford",
    "E08000010": "Wigan",
}
# ITL3 area of each borough and the boroughs it shares that area with (ONS ITL 2025 names).
ITL3 = {
    "Greater Manchester North West": ("E08000001", "E08000010"),
    "Greater Manchester North East": ("E08000002", "E08000004", "E08000005"),
    "Greater Manchester South West": ("E08000006", "E08000009"),
    "Greater Manchester South East": ("E08000007", "E08000008"),
    "Manchester": ("E08000003",),
}
LANCASHIRE_FORCE = (*(f"E07000{n}" for n in range(117, 129)), "E06000008", "E06000009")


def section_of(division: int) -> str:
    """The SIC 2007 section of a two-digit division (99 is folded into T)."""
    return [s for s, first in zip(SECTIONS, _FIRST_DIVISION, strict=True) if division >= first][-1]


def name_of(code: str) -> str:
    """The borough's name, or an error that lists those that can be compiled."""
    if code not in GREATER_MANCHESTER:
        allowed = ", ".join(f"{c} {n}" for c, n in GREATER_MANCHESTER.items())
        raise UserError(f"no tables for the authority {code!r}", "compile_profile", allowed)
    return GREATER_MANCHESTER[code]


def itl3_of(code: str) -> tuple[str, tuple[str, ...]]:
    """The ITL3 area a borough lies in, and the codes of all boroughs in it."""
    return next((area, codes) for area, codes in ITL3.items() if code in codes)
