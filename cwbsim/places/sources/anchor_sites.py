"""Sites of anchors among the local units: as many as hold their staff and leave firms what firms have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from cwbsim.places.sources.areas import building
from cwbsim.places.sources.codes import BANDS, SECTIONS
from cwbsim.places.sources.draft import Draft
from cwbsim.places.sources.rounding import Floats, Whole

LEAST = np.array([1, 5, 10, 20, 50, 100, 250])
MOST = np.array([4, 9, 19, 49, 99, 249, 10_000])
HOLDS_ALL = 1  # which of the rules below says that the sites hold all the staff
FIRM_MOST = np.array([4, 9, 19, 49, 99, 249, 2_000])  # a firm's site in the open band


class Room:
    """What the sections of a borough still have for firms, as anchors take their part: jobs and units by band."""

    def __init__(self, draft: Draft) -> None:
        self.jobs = _column(draft, "jobs_by_section") - _column(draft, "own_account")
        self.all_jobs = _column(draft, "jobs_by_section")
        rows = draft.tables["units_by_section_band"][2]
        self.units = np.array([row[1:] for row in rows], dtype=np.int64)

    def take(self, section: int, staff: float, sites: Whole) -> None:
        """Take an anchor's staff and sites out of a section."""
        self.jobs[section] -= staff
        self.all_jobs[section] -= staff
        self.units[section] -= sites

    def fits(self, section: int, staff: float, sites: Whole) -> bool:
        """Whether sites do not need more than the staff, and what is left of the section can be firms."""
        left, jobs = self.units[section] - sites, self.jobs[section] - staff
        are_firms = left @ LEAST <= jobs + 0.05 and left @ FIRM_MOST >= jobs - 0.05
        return bool(sites @ LEAST <= staff and (left >= 0).all() and are_firms)


def _column(draft: Draft, table: str) -> Floats:
    return np.array([float(row[1]) for row in draft.tables[table][2]])


def place_staff(body: dict[str, Any], room: Room) -> dict[str, list[int]]:
    """Sites of a body by section; its staff is cut, and says so, where a section cannot hold it.

    Parameters
    ----------
    body
        An anchor made by rule; ``staff`` may be made smaller.
    room
        What is left in each section; the body is taken out of it.
    """
    if "sites" in body:
        sites = {s: np.array(counts, dtype=np.int64) for s, counts in body["sites"].items()}
        for section, share in body["staff_by_section"].items():
            none = np.zeros(len(BANDS), dtype=np.int64)
            n = SECTIONS.index(section)
            room.take(n, share * body["staff"]["value"], sites.get(section, none))
        return {s: [int(c) for c in counts] for s, counts in sites.items()}
    staff, wanted = dict(body["staff"]), float(body["staff"]["value"])
    for step in range(60):
        found = _try(body, wanted * 0.95**step, room)
        if found is not None:
            break
    else:
        found = {}
    kept = max(round(wanted * 0.95**step), 1)
    if kept < round(wanted):
        about = f"{wanted:,.0f} by rule, cut to what the section's jobs and sites leave"
        staff |= {"value": kept, "low": min(staff["low"], kept), "note": about}
    body["staff"] = staff
    for section, share in body["staff_by_section"].items():
        room.take(SECTIONS.index(section), share * kept, found.get(section, np.zeros(len(BANDS), dtype=np.int64)))
    return {s: [int(c) for c in counts] for s, counts in found.items() if counts.sum()}


def _try(body: Mapping[str, Any], staff: float, room: Room) -> dict[str, Whole] | None:
    out = {}
    for section, share in body["staff_by_section"].items():
        sites = _sites(body["key"], section, round(staff) * float(share), room)
        if sites is None:
            return None
        out[section] = sites
    return out


def _sites(key: str, section: str, staff: float, room: Room) -> Whole | None:
    """Sites by band, as near the usual pattern as the section allows; None if there are none.

    A small integer programme: least total distance from the pattern, band by band, such that the sites hold the
    staff and what is left can be firms. Where no sites do both, some of the staff sit in buildings of other bodies.
    """
    patterns, n = building("anchors.toml")["sites"], SECTIONS.index(section)
    pattern = patterns.get(key) or patterns[section]
    wanted = np.array(pattern["units"], dtype=float) * staff / pattern["staff"]
    units, jobs, bands = room.units[n], room.jobs[n] - staff, len(BANDS)
    one, none = np.eye(bands), np.zeros((bands, bands))
    nothing = np.zeros(bands)
    holds = [
        LinearConstraint(np.append(LEAST, nothing), units @ LEAST - jobs - 0.05, staff),
        LinearConstraint(np.append(MOST, nothing), staff, np.inf),
        LinearConstraint(np.append(FIRM_MOST, nothing), -np.inf, units @ FIRM_MOST - jobs + 0.05),
        LinearConstraint(np.hstack([one, one]), wanted, np.inf),
        LinearConstraint(np.hstack([one, -one]), -np.inf, wanted),
        LinearConstraint(np.hstack([one, none]), 0, units),
    ]
    # a hair of preference for small sites, so that ties have one answer
    cost = np.append(np.arange(bands) * 1e-6, np.ones(bands))
    whole = np.append(np.ones(bands), nothing)
    for rules in (holds, [rule for i, rule in enumerate(holds) if i != HOLDS_ALL]):
        found = milp(cost, constraints=rules, integrality=whole, bounds=Bounds(0, np.inf))
        if found.success and room.fits(n, staff, sites := np.rint(found.x[:bands]).astype(np.int64)):
            return np.asarray(sites, dtype=np.int64)
    return None
