"""A borough beside its area: what share of contract spend is local, under each definition of local in use.

The shares are of the starting worlds, each of whose contracts in force is the stationary law of the baseline. Location is
fitted to each place's profile; the other definitions follow from it. What has been published stands beside them, as
evidence, never as a result.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim.errors import UserError
from cwbsim.places.profile import load_profile
from cwbsim.places.shipped import AREAS, places_of_area, shipped_places
from cwbsim.places.start import build_world
from cwbsim.scenario import Scenario
from cwbsim.world import BOROUGH, OUTSIDE

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["DEFINITIONS", "PlaceBenchmark", "local_shares", "place_benchmark", "published"]

#: Each definition of local, from the narrowest, and what counts under it in the model.
DEFINITIONS: dict[str, str] = {
    "headquarters": "premises in the borough, of an enterprise based there",
    "invoice_address": "the same, and of branches of outside enterprises the part that is invoiced from the branch (assumed)",
    "substantive_operations": "premises in the borough at which somebody works, whoever owns them",
    "based_or_branched": "premises in the borough, or an outside supplier with any branch there",
    "region": "premises in the borough or in the rest of the wider area",
}


@dataclass(frozen=True, slots=True)
class PlaceBenchmark:
    """A borough's local shares beside those of its area.

    Attributes
    ----------
    place, area, whose : str
        The borough, its area, and whose contracts ("council" or "all anchors").
    shares : dict of str to dict of str to float
        Place to definition to share, mean over seeds.
    """

    place: str
    area: str
    whose: str
    shares: dict[str, dict[str, float]]
    seeds: int
    scale: float

    def mean(self, definition: str) -> float:
        """Mean of the area's boroughs, each counted once."""
        return float(np.mean([found[definition] for found in self.shares.values()]))

    def rank(self, definition: str) -> int:
        """The borough's place in the area, 1 the highest share."""
        own = self.shares[self.place][definition]
        return 1 + sum(found[definition] > own for found in self.shares.values())

    def to_dict(self) -> dict[str, Any]:
        """The benchmark as plain data."""
        rows = [
            {
                "definition": name,
                "what_counts": what,
                "share": self.shares[self.place][name],
                "area_mean": self.mean(name),
                "lowest": min(found[name] for found in self.shares.values()),
                "highest": max(found[name] for found in self.shares.values()),
                "rank": self.rank(name),
            }
            for name, what in DEFINITIONS.items()
        ]
        return {
            "place": self.place,
            "area": self.area,
            "whose": self.whose,
            "places": len(self.shares),
            "seeds": self.seeds,
            "scale": self.scale,
            "definitions": rows,
            "by_place": self.shares,
            "published": published(self.area, self.place),
        }

    def to_text(self) -> str:
        """The benchmark as a table to read, with what has been published below it."""
        told = self.to_dict()
        head = f"{'definition of local':<24}{self.place:>12}{'area mean':>12}{'lowest':>9}{'highest':>9}{'rank':>9}"
        out = [f"Contract spend that is local, {self.whose}, share of value\n", head]
        for row in told["definitions"]:
            numbers = "".join(f"{row[k]:>{w}.1%}" for k, w in (("share", 12), ("area_mean", 12), ("lowest", 9), ("highest", 9)))
            out.append(f"{row['definition'].replace('_', ' '):<24}{numbers}{row['rank']:>5} of {len(self.shares)}")
        out += ["", *(f"{name.replace('_', ' ')}: {what}." for name, what in DEFINITIONS.items())]
        out.append(
            f"\nStarting worlds of {len(self.shares)} places, scale {self.scale:g}, mean of {self.seeds} seed(s). Location is "
            "fitted to each profile, in which most councils' figures are assumed: see cwbsim place show."
        )
        if evidence := told["published"]:
            own = "" if evidence["share"] is None else f"{evidence['share']:.1%}, "
            mean = "" if evidence["mean"] is None else f"against a mean of {evidence['mean']:.1%}"
            out.append(f"\nPublished: {evidence['title']}: {own}{mean} ({evidence['definition'].replace('_', ' ')}; "
                       f"{evidence['source']}). {evidence['note']}.")  # fmt: skip
        return "\n".join(out)


def published(area: str, place: str) -> dict[str, Any] | None:
    """What has been published about an area's local spend, and the place's own figure in it, None if nothing."""
    told = _evidence().get(area)
    if told is None:
        return None
    code = load_profile(place).code
    shares = told.get("local_share", {})
    return {
        **{key: told[key] for key in ("title", "what", "source", "year", "note")},
        "definition": {"branched": "based_or_branched"}.get(told["definition"], told["definition"]),
        "share": shares.get(code),
        "mean": sum(shares.values()) / len(shares) if shares else None,
        "by_code": dict(shares),
    }


def _evidence() -> dict[str, Any]:
    text = (files("cwbsim") / "data" / "building" / "benchmarks.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def local_shares(world: World, anchors: np.ndarray | None = None) -> dict[str, float]:
    """Share of contract value that is local, by definition.

    Parameters
    ----------
    world
        Any world; its contracts in force are read.
    anchors : ndarray of bool, shape (A,), optional
        Whose contracts count; all if left out.

    Returns
    -------
    dict of str to float
        By the names of :data:`DEFINITIONS`; nan where there are no contracts.
    """
    needs, firms = world.needs, world.firms
    chosen = np.ones(needs.anchor.shape[0], bool) if anchors is None else anchors[needs.anchor]
    value = needs.budget * chosen
    site, pool = np.maximum(needs.supplier, 0), np.maximum(-1 - needs.supplier, 0)
    is_site = needs.supplier >= 0
    here = needs.place == BOROUGH
    based = here & is_site & (firms.owner_place[site] == BOROUGH)
    e, n = world.employers, firms.key.shape[0]
    staff = (e.n_residents + e.n_from_wider + e.n_from_outside)[:n]
    at_branch = float(_evidence()["invoiced_at_branch"]["value"])
    weight = {
        "headquarters": based.astype(float),
        "invoice_address": np.where(here & ~based, at_branch, based.astype(float)),
        "substantive_operations": (here & is_site & (staff[site] > 0)).astype(float),
        "based_or_branched": (here | (~is_site & world.pool.has_branch[pool])).astype(float),
        "region": (needs.place != OUTSIDE).astype(float),
    }
    total = float(value.sum())
    return {name: float(value @ w) / total if total else float("nan") for name, w in weight.items()}


def place_benchmark(
    place: str,
    *,
    whose: str = "council",
    seeds: int = 1,
    scale: float = 0.1,
    on_place: Callable[[str], None] | None = None,
) -> PlaceBenchmark:
    """Set a borough beside its area, under each definition of local.

    Parameters
    ----------
    place
        A place that ships.
    whose
        ``"council"`` for the contracts of the councils, ``"all"`` for those of all anchors.
    seeds, scale
        Worlds of each place, and their scale.
    on_place
        Told the name of each place that is done.

    Raises
    ------
    UserError
        A place that no area holds, a number out of range.
    """
    if whose not in ("council", "all"):
        raise UserError(f"whose is {whose!r}", "place_benchmark", allowed="council, all")
    if seeds < 1:
        raise UserError(f"seeds is {seeds}", "place_benchmark", allowed="1 or more")
    area = next((a for a in AREAS if place in places_of_area(a)), None)
    if area is None:
        load_profile(place)  # an unknown name is said first
        raise UserError(f"{place} is in no area that ships", allowed=", ".join(row["place"] for row in shipped_places()))
    shares = {}
    for name in places_of_area(area):
        mine = np.array([a.kind == "council" for a in load_profile(name).anchors])
        found = []
        for seed in range(1, seeds + 1):
            world = build_world(Scenario(title=name, place=name, scale=scale, months=1), seed)
            found.append(local_shares(world, mine if whose == "council" else None))
        shares[name] = {d: float(np.mean([f[d] for f in found])) for d in DEFINITIONS}
        if on_place is not None:
            on_place(name)
    return PlaceBenchmark(place, area, "councils" if whose == "council" else "all anchors", shares, seeds, scale)
