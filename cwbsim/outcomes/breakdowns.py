"""What outcomes are broken down by, and the labels of each."""

from __future__ import annotations

from cwbsim.outcomes.registry import Breakdown
from cwbsim.world import SECTIONS, World

__all__ = ["PLACES", "SIZES", "SKILLS", "labels"]

PLACES: tuple[str, ...] = ("borough", "wider_area", "outside")
SIZES: tuple[str, ...] = ("own_account", "0-4", "5-9", "10-19", "20-49", "50-99", "100-249", "250+")
SKILLS: tuple[str, ...] = ("low", "middle", "high")


def labels(world: World, breakdown: Breakdown) -> tuple[str, ...]:
    """Return the labels of a breakdown, in the order of its values ("" alone where there is none)."""
    match breakdown:
        case "anchor":
            return world.fixed.anchor_names
        case "section":
            return SECTIONS
        case "place":
            return PLACES
        case "size":
            return SIZES
        case "decile":
            return tuple(str(d) for d in range(1, 11))
        case "skill":
            return SKILLS
        case "ward":
            return world.fixed.ward_names
        case _:
            return ("",)
