"""A finished run of several boroughs: each of them, and what they come to together."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim.errors import UserError, unknown
from cwbsim.outcomes import Outcome
from cwbsim.outcomes.registry import TOTALS
from cwbsim.record import Run

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from cwbsim.region.simulate import Region
    from cwbsim.scenario import Scenario

__all__ = ["TOGETHER", "RegionRun", "adds_up"]

#: What a borough says of elsewhere would be counted twice if added up: elsewhere is partly the other boroughs.
ELSEWHERE = ("wider_area_", "outside_", "uk_")


#: What the sum of all boroughs is called.
TOGETHER = "together"


def adds_up(one: Outcome) -> bool:
    """Whether boroughs' values of an outcome may be added: totals may, shares and averages may not."""
    is_total = one.unit in (*TOTALS, "tenders", "bids")
    return is_total and not one.name.startswith(ELSEWHERE) and one.breakdown != "anchor"


class RegionRun(Run):
    """A finished run of a borough and its neighbours.

    Whatever a :class:`cwbsim.record.Run` says, this says of the focus borough; the neighbours are beside it in
    ``boroughs``, and in the frames.

    Parameters
    ----------
    scenario : Scenario
        What was simulated, with its neighbours.
    seed : int
        The luck of the focus borough.
    region : Region
        As it ended, recorded.

    Attributes
    ----------
    boroughs : dict of str to Run
        Each borough's own run, the focus borough first: everything a run of it alone offers.
    region : Region
        As it ended: a later run can start from its ``snapshot()``.
    """

    def __init__(self, scenario: Scenario, seed: int, region: Region) -> None:
        worlds = dict(zip(region.names, region.worlds, strict=True))
        super().__init__(scenario, seed, worlds[scenario.place])
        self.region = region
        self.boroughs: dict[str, Run] = {
            name: Run(scenario, worlds[name].seed, worlds[name]) for name in (scenario.place, *scenario.neighbours)
        }

    def borough(self, name: str) -> Run:
        """Return the run of one borough.

        Raises
        ------
        UserError
            If it was not simulated; the nearest is named.
        """
        if name not in self.boroughs:
            raise unknown("borough", name, self.boroughs, where="this run")
        return self.boroughs[name]

    def together(self, outcome: str, **label: str) -> np.ndarray:
        """Return the sum of one outcome over all boroughs, month by month.

        Raises
        ------
        UserError
            If there is no such outcome or label, or if it cannot be added over boroughs (see :func:`adds_up`).
        """
        if outcome not in self.outcomes:
            raise unknown("outcome", outcome, self.outcomes)
        if not adds_up(self.outcomes[outcome]):
            raise UserError(
                f"{outcome} cannot be added over boroughs",
                allowed="totals of what happens in a borough, such as jobs or local_spend",
                mend=f'one borough at a time: run.borough("{self.scenario.place}").series("{outcome}")',
            )
        return np.asarray(np.sum([run.series(outcome, **label) for run in self.boroughs.values()], axis=0))

    def to_frame(self) -> pd.DataFrame:
        """Return every outcome in long form, as ``Run.to_frame`` does, with a column ``borough``.

        Rows with an empty ``borough`` are of the focus borough, so that what is made of a run of it alone can be
        made of this one; then come all boroughs by name, and their sums as :data:`TOGETHER`.
        """
        import pandas as pd

        frames = {name: run.to_frame() for name, run in self.boroughs.items()}
        parts = [frames[self.scenario.place].assign(borough="")]
        parts += [frame.assign(borough=name) for name, frame in frames.items()]
        return pd.concat([*parts, self._together()], ignore_index=True)

    def _together(self) -> pd.DataFrame:
        """Sums over boroughs of what has no breakdown and adds up, and jobs beyond them, in the columns of a frame."""
        import pandas as pd

        sums = {n: self.together(n) for n, one in self.outcomes.items() if adds_up(one) and not one.breakdown}
        outside = np.sum([run.series("outside_jobs") for run in self.boroughs.values()], axis=0)
        sums["wider_area_jobs"] = np.array(self.region.rest_jobs[-len(self.months) :])
        sums["uk_jobs"] = sums["jobs"] + sums["wider_area_jobs"] + outside
        columns = super().to_frame().columns
        parts = [
            pd.DataFrame({"month": list(self.months), "outcome": name, "value": value, "unit": self.outcomes[name].unit})
            for name, value in sums.items()
        ]
        return pd.concat(parts, ignore_index=True).reindex(columns=columns, fill_value="").assign(borough=TOGETHER)

    def to_xarray(self) -> xr.Dataset:
        """Return every outcome of every borough as a labelled array over boroughs, months and its breakdown.

        Raises
        ------
        MissingExtraError
            If xarray is not installed.
        """
        parts = [run.to_xarray().expand_dims(borough=[name]) for name, run in self.boroughs.items()]
        import xarray as xr

        return xr.concat(parts, dim="borough", join="outer", combine_attrs="drop_conflicts")

    def canonical_hash(self) -> str:
        """Return a SHA-256 of every borough as it ended, and of everything recorded."""
        digest = hashlib.sha256(b"region")
        for name, run in sorted(self.boroughs.items()):
            digest.update(f"{name} {run.canonical_hash()}".encode())
        digest.update(np.array(self.region.rest_jobs).tobytes())
        return digest.hexdigest()

    def to_json_dict(self) -> dict[str, Any]:
        """Return the run as plain lists and numbers: the focus borough, and all of them under ``boroughs``."""
        out = super().to_json_dict()
        out["hash"] = self.canonical_hash()
        out["boroughs"] = {name: run.to_json_dict() for name, run in self.boroughs.items()}
        return out
