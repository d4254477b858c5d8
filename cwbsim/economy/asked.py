"""What the terms in force ask for at all, so that nobody looks for what nobody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cwbsim.world import Terms, World

__all__ = ["Asked", "asked"]


class Asked(NamedTuple):
    """Whether any anchor asks for it."""

    insourcing: bool
    lots: bool
    reservation: bool
    preference: bool
    living_wage: bool
    lending: bool


def asked(world: World) -> Asked:
    """Return what the terms in force ask for; worked out once for the months that have the same terms."""
    terms = world.terms
    return world.kept("asked", (terms,), lambda: _asked(terms))


def _asked(terms: Terms) -> Asked:
    return Asked(
        insourcing=bool(terms.insourced.any()), lots=bool(terms.largest_lot.any()),
        reservation=bool(terms.reserve_below.any()), preference=bool(terms.preference.any()),
        living_wage=bool(terms.living_wage.any()), lending=bool(terms.lending.any()),
    )  # fmt: skip
