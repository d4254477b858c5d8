"""What a calibration is to meet: measured figures, each with its doubt and its source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim import scenario_files
from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.kept import KeptRun, Layout
from cwbsim.analysis.paired import Floats, known_mean
from cwbsim.analysis.run_summary import YEAR
from cwbsim.errors import UserError, together, unknown
from cwbsim.plain_errors import At

KEYS = ("outcome", "value", "sd", "source", "label", "policy", "first_month", "last_month", "held_out")


@dataclass(frozen=True, slots=True)
class Target:
    """A measured figure.

    Attributes
    ----------
    name : str
        What it is called.
    outcome : str
        What is compared with it: its total (flows) or mean over the months, the last twelve by default.
    value, sd : float
        As measured, and the standard deviation of the doubt about it, in the outcome's unit over those months.
    source : str
        Who measured it.
    label : str
        One part of an outcome that is divided: "wigan_council", "F"; "" for its total.
    policy : str
        Title of a policy whose difference from the base it is (a before and after); "" for a level.
    held_out : bool
        Not fitted to, but looked at in the end: it may validate what was fitted to others.
    """

    name: str
    outcome: str
    value: float
    sd: float
    source: str
    label: str = ""
    policy: str = ""
    first_month: int = 0
    last_month: int = 0
    held_out: bool = False

    def column(self, layout: Layout) -> int:
        """Its column in a run's table.

        Raises
        ------
        UserError
            The outcome has no such part.
        """
        mine = {tuple(one[1:]): i for i, one in enumerate(layout.series) if one[0] == self.outcome}
        for labels, column in mine.items():
            if (self.label in labels) if self.label else not any(labels):
                return column
        known = sorted({part for labels in mine for part in labels if part})
        if self.label:
            raise unknown(f"part of {self.outcome}", self.label, known, f"targets.{self.name}")
        raise UserError(
            f"{self.outcome} is divided and has no total", f"targets.{self.name}.label", ", ".join(known[:12])
        )

    def of(self, kept: KeptRun) -> float:
        """What a run has for it."""
        months = np.asarray(kept.layout.months)
        last = self.last_month or int(months.max())
        first = self.first_month or last - YEAR + 1
        part: Floats = kept.values[(months >= first) & (months <= last), self.column(kept.layout)]
        is_flow = kept.layout.by_name[self.outcome].kind == "flow"
        return float(part.sum() if is_flow else known_mean(part, axis=0))


def load_targets(path: str | Path, experiment: Experiment) -> tuple[Target, ...]:
    """Read ``[targets.<name>]`` tables from a file.

    Raises
    ------
    UserError
        Everything that is wrong with them.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError("there is no such file", str(path))
    at = scenario_files.Located(str(path), file)
    written = scenario_files.read(file).get("targets", {})
    if not isinstance(written, Mapping) or not written:
        raise UserError(
            "there are no targets", str(path), mend="[targets.local_share] with outcome, value, sd, source"
        )
    problems: list[UserError] = []
    found = []
    for name, table in written.items():
        try:
            found.append(_read(str(name), table, experiment, at))
        except UserError as problem:
            problems.append(problem)
    if problems:
        raise together(problems)
    return tuple(found)


def _read(name: str, table: Any, experiment: Experiment, at: At) -> Target:
    from cwbsim.outcomes import OUTCOMES

    key = f"targets.{name}"
    if not isinstance(table, Mapping):
        raise UserError(f"{key} is {table!r}", at(key), "a table: outcome, value, sd, source")
    if strange := [one for one in table if one not in KEYS]:
        raise unknown(f"key in {key}", strange[0], KEYS, at(f"{key}.{strange[0]}"))
    if missing := [one for one in ("outcome", "value", "sd", "source") if one not in table]:
        raise UserError(
            f"{key} lacks {', '.join(missing)}", at(key), mend="who measured it, and how sure is it?"
        )
    if table["outcome"] not in OUTCOMES:
        raise unknown("outcome", str(table["outcome"]), OUTCOMES, at(f"{key}.outcome"))
    for one in ("value", "sd"):
        if isinstance(table[one], bool) or not isinstance(table[one], int | float):
            raise UserError(f"{key}.{one} is {table[one]!r}, which is not a number", at(f"{key}.{one}"))
    if table["sd"] <= 0.0:
        raise UserError(
            f"{key}.sd is {table['sd']}", at(f"{key}.sd"), "above nil: no figure is without doubt"
        )
    titles = [one.title for one in experiment.policies]
    if table.get("policy", "") not in ("", *titles):
        raise unknown("policy", str(table["policy"]), titles, at(f"{key}.policy"))
    months = [table.get(one, 0) for one in ("first_month", "last_month")]
    if any(not isinstance(one, int) or not 0 <= one <= experiment.base.months for one in months):
        raise UserError(f"{key}: months {months}", at(key), f"1 to {experiment.base.months}")
    if not isinstance(table.get("held_out", False), bool):
        raise UserError(f"{key}.held_out is {table['held_out']!r}", at(f"{key}.held_out"), "true or false")
    return Target(**{**table, "name": name, "value": float(table["value"]), "sd": float(table["sd"])})


def held_out(targets: Iterable[Target], used: Sequence[Target]) -> tuple[Target, ...]:
    """Targets to validate with, which must not have been fitted to.

    Raises
    ------
    UserError
        One of them was: what was fitted to says nothing about how far the model may be trusted.
    """
    fitted = {(one.outcome, one.label, one.policy): one for one in used}
    chosen = tuple(targets)
    for one in chosen:
        if (one.outcome, one.label, one.policy) in fitted:
            raise UserError(
                f"{one.outcome} {one.label}".strip() + " was fitted to and cannot validate",
                f"targets.{one.name}",
                mend="leave it out of the one or the other",
            )
    return chosen
