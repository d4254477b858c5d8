"""A joint scenario taken apart: each signatory alone, all together, and what only their being together does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.analysis.compare import Comparison, _in_window, compare, unit_in_window
from cwbsim.analysis.paired import paired_interval
from cwbsim.errors import UserError
from cwbsim.levers import Lever, Programme
from cwbsim.levers.base import AnchorNames
from cwbsim.places.profile import load_profile
from cwbsim.scenario import Scenario

__all__ = ["Interaction", "alone", "interaction", "signatories_of"]

COMMITMENT = "shared_anchor_commitment"


def signatories_of(joint: Scenario) -> tuple[str, ...]:
    """Return the keys of the anchors that sign the shared commitment of a scenario.

    Raises
    ------
    UserError
        If fewer than two do.
    """
    bodies = load_profile(joint.place).anchors
    names = AnchorNames.of_bodies(bodies)
    bound = np.zeros(len(bodies), bool)
    for lever in joint.levers:
        if lever.key() == COMMITMENT:
            bound |= lever.binds(names)
    keys = tuple(key for key, is_bound in zip(names.key, bound, strict=True) if is_bound)
    if len(keys) < 2:
        raise UserError(
            f"{len(keys)} anchors sign the shared commitment of {joint.title!r}",
            where=f"levers.{COMMITMENT}.anchors",
            allowed=f"two or more of {', '.join(names.key)}",
        )
    return keys


def alone(joint: Scenario, key: str, signatories: Sequence[str]) -> Scenario:
    """Return the scenario in which one signatory does by itself what it does in the joint one.

    Levers keep the anchors among theirs that are this one or did not sign. A programme keeps the part of its
    budget that falls to those, by contract budgets, and the same part of whom it has to reach (officers, firms,
    contracts): each of them gets as much as together, so that a programme is as strong on the anchors it keeps.
    """
    return _only(joint, (key,), signatories, f"{key} alone")


def _only(joint: Scenario, keys: Sequence[str], signatories: Sequence[str], what: str) -> Scenario:
    """Return a joint scenario in which, of its signatories, only some act; who did not sign acts as before."""
    bodies = load_profile(joint.place).anchors
    names = AnchorNames.of_bodies(bodies)
    weight = np.array([b.contract_budget for b in bodies])
    kept: list[Lever] = []
    for lever in joint.levers:
        bound = lever.binds(names)
        still = bound & np.array([k in keys or k not in signatories for k in names.key])
        if not still.any():
            continue
        if isinstance(lever, Programme):
            lever = lever.part(float(weight[still].sum() / weight[bound].sum()))
        kept.append(lever.model_copy(update={"anchors": tuple(k for k, b in zip(names.key, still, strict=True) if b)}))
    return joint.model_copy(update={"title": f"{joint.title}: {what}", "levers": tuple(kept)})


@dataclass(frozen=True, slots=True, eq=False)
class Interaction:
    """What the runs said of a joint scenario and its parts."""

    comparison: Comparison  # baseline: no signatory acts; policies: each signatory alone, then all together
    signatories: tuple[str, ...]

    def to_frame(self, *, headline_only: bool = True) -> pd.DataFrame:
        """Return a row for each outcome and part, over the last twelve months.

        Returns
        -------
        pandas.DataFrame
            outcome, unit, part, difference, low, high, seeds. Parts: each signatory alone, ``sum of the parts``,
            ``together``, ``interaction`` (together less the sum of the parts). Differences are from the scenario
            in which no signatory acts, paired by seed; intervals are 95 % t over seeds.
        """
        found = self.comparison
        n = len(self.signatories)
        seeds = [s for s in found.seeds if all((number, s) in found.runs for number in range(n + 2))]
        rows: list[dict[str, Any]] = []
        for name, measure in found.measures.items():
            if not seeds or (headline_only and not measure.headline):
                continue
            if any(name not in found.runs[0, s].paths for s in seeds):
                continue
            value = [
                _in_window(np.stack([found.runs[k, s].paths[name].to_numpy() for s in seeds]), measure, "last_year")
                for k in range(n + 2)
            ]
            change = np.stack([one - value[0] for one in value[1:]])  # (n + 1, seeds)
            total = change[:-1].sum(axis=0)
            parts = {key: change[i] for i, key in enumerate(self.signatories)}
            parts |= {"sum of the parts": total, "together": change[-1], "interaction": change[-1] - total}
            for part, difference in parts.items():
                mean, low, high = paired_interval(difference)
                rows.append(
                    {
                        "outcome": name, "unit": unit_in_window(measure, "last_year", found.baseline.months),
                        "part": part, "difference": float(mean), "low": float(low), "high": float(high),
                        "seeds": int(np.isfinite(difference).sum()),
                    }
                )  # fmt: skip
        return pd.DataFrame(rows, columns=["outcome", "unit", "part", "difference", "low", "high", "seeds"])


def interaction(
    joint: Scenario, seeds: int | Sequence[int] = 8, **how: Any
) -> Interaction:
    """Run a joint scenario, each of its signatories alone, and the scenario without them, on the same seeds.

    Parameters
    ----------
    joint : Scenario
        With a shared anchor commitment that two anchors or more sign.
    seeds : int or sequence of int
        How many, counted from the scenario's own; or the seeds themselves.
    how
        Workers, progress, store and the like, as for `cwbsim.compare`.

    Raises
    ------
    UserError
        If fewer than two anchors sign.
    """
    keys = signatories_of(joint)
    without = _only(joint, (), keys, "without it")
    parts = [alone(joint, key, keys) for key in keys]
    return Interaction(compare(without, [*parts, joint], seeds, **how), keys)
