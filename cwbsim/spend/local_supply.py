"""How many local units sell what is bought, by the profile of the place."""

from __future__ import annotations

from cwbsim.errors import UserError
from cwbsim.spend.classes import SECTIONS
from cwbsim.spend.whereabouts import Rings

ASK = "Local units of firms, ONS UK Business fitted to the borough; whether they sell this exactly is for a buyer to ask."


def local_units(rings: Rings | None) -> tuple[dict[str, int], str]:
    """Local units of firms by section, anchors' own sites left out; and what to say of them."""
    if rings is None:
        return {}, "No place was named, so it is not known who sells here."
    from cwbsim.places.profile import load_profile

    try:
        profile = load_profile(rings.place)
    except UserError:
        return {}, f"There is no profile of {rings.place}, so it is not known who sells here."
    counts = (profile.units_by_section_band - profile.anchor_units_by_section_band).sum(axis=1)
    units = {section: int(n) for section, n in zip(SECTIONS, counts, strict=True)}
    return units, ASK
