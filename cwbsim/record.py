"""The last phase: closes the books, asks the outcomes, keeps what they say; and what a run offers then."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim.closing import (
    GhostWorkerError,
    book_rounds,
    check_books,
    check_contracts,
    check_heads,
    settle_rounds,
)
from cwbsim.errors import MissingExtraError, UserError, unknown
from cwbsim.ledger import SECTORS
from cwbsim.outcomes import OUTCOMES, Outcome, Reading
from cwbsim.outcomes.registry import BREAKDOWNS
from cwbsim.recorder import Recorder
from cwbsim.world import World

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from cwbsim.report.plots import RunPlots
    from cwbsim.scenario import Scenario

__all__ = ["GhostWorkerError", "Recorder", "Run", "close_month", "settle_rounds"]

PHASE = "record.close_month"


def close_month(world: World) -> None:
    """Close the books and count heads; book the rounds elsewhere; ask the outcomes and keep what they say.

    Reads   ledger, anchors.cash, firms.cash, households.savings, households.income, residents.status, residents.employer, employers.n_residents, needs.supplier, needs.supplier_key, needs.budget, needs.section, firms.key, firms.is_open, firms.contract_load, firms.contracts_beyond, market.wider_demand, market.outside_demand, market.wider_output, market.outside_output
    Writes  market.wider_output, market.outside_output
    """  # noqa: E501
    recorder: Recorder | None = world.recorder
    now = Reading(world) if recorder is None else recorder.reading(world)
    check_books(now, PHASE)
    check_heads(world, PHASE, now)
    check_contracts(world, PHASE)
    book_rounds(world)
    if recorder is not None:
        recorder.keep(now)


class Run:
    """A finished run: the world as it ended, and what was measured on the way.

    Parameters
    ----------
    scenario : Scenario
        What was simulated.
    seed : int
        Its luck.
    world : World
        As it ended.
    recorder : Recorder, optional
        By default the one of the world.

    Attributes
    ----------
    outcomes : mapping of str to Outcome
        What is measured: unit, definition, kind, breakdown.
    sectors : tuple of str
        Rows and columns of ``flows`` and ``balances``.

    Examples
    --------
    >>> from cwbsim import load_scenario, simulate
    >>> run = simulate(load_scenario("teaching/hamlet").model_copy(update={"months": 2}), seed=1)
    >>> run.flows(2).shape == (len(run.sectors), len(run.sectors))  # pence, payers in rows
    True
    >>> change = run.flows(2).sum(axis=0) - run.flows(2).sum(axis=1)
    >>> bool((run.balances(1) + change == run.balances(2)).all())  # the books close
    True
    """

    sectors: tuple[str, ...] = SECTORS

    def __init__(self, scenario: Scenario, seed: int, world: World, recorder: Recorder | None = None) -> None:
        kept = world.recorder if recorder is None else recorder
        if kept is None:
            raise ValueError("a Run needs what was recorded: set world.recorder before the first month")
        self.scenario = scenario
        self.seed = seed
        self.world = world
        self.recorder: Recorder = kept
        self.outcomes: Mapping[str, Outcome] = dict(OUTCOMES)

    @property
    def plot(self) -> RunPlots:
        """Figures of this run: ``run.plot.over_time("jobs")``, ``run.plot.by("output_by_section", "section")``."""
        from cwbsim.report.plots import RunPlots

        return RunPlots(self)

    @property
    def months(self) -> range:
        """Numbers of the months simulated."""
        return self.recorder.months

    def flows(self, month: int) -> np.ndarray:
        """Return what each sector paid each other in a month.

        Parameters
        ----------
        month : int
            One of ``months``.

        Returns
        -------
        ndarray of int64, shape (6, 6)
            Pence; payers in rows, payees in columns, in the order of ``sectors``.

        Raises
        ------
        UserError
            If the month was not simulated.
        """
        return np.asarray(self.recorder.flows[self._position(month)].copy())

    def balances(self, month: int) -> np.ndarray:
        """Return what sectors held when a month ended, (6,) int64 pence; before the first month, the start.

        Raises
        ------
        UserError
            If the month was not simulated.
        """
        if month == self.months.start - 1:
            return np.asarray(self.recorder.balances[0].copy())
        return np.asarray(self.recorder.balances[self._position(month) + 1].copy())

    def _position(self, month: int) -> int:
        if month not in self.months:
            first, last = self.months.start, self.months.stop - 1
            known = f"{first} to {last}" if self.months else "there is no month yet"
            raise UserError(f"unknown month {str(month)!r}", allowed=known)
        return self.months.index(month)

    def series(self, outcome: str, **label: str) -> np.ndarray:
        """Return one outcome over the months.

        Parameters
        ----------
        outcome : str
            A name in ``outcomes``. With a label, a broken-down outcome may be given by the name of its total:
            ``series("local_spend", anchor="wigan_council")`` reads ``local_spend_by_anchor``.
        **label : str
            Breakdown and label: ``section="F"``, ``decile="1"``. Without one, a broken-down outcome is
            returned whole.

        Returns
        -------
        ndarray of float64, shape (months,) or (months, n)

        Raises
        ------
        UserError
            If there is no such outcome, breakdown or label; the nearest known one is named.
        """
        if len(label) > 1:
            raise unknown("breakdown", " and ".join(label), BREAKDOWNS, where="one label at a time")
        by = next(iter(label), "")
        name = f"{outcome}_by_{by}" if by and f"{outcome}_by_{by}" in self.outcomes else outcome
        if name not in self.outcomes:
            raise unknown("outcome", outcome, self.outcomes)
        known = self.outcomes[name].breakdown
        values = self.recorder.values[name][: self.recorder.n_months].copy()
        if not by:
            return values if known else values[:, 0]
        if by != known:
            raise unknown("breakdown", by, [known] if known else [], where=name)
        names = self.recorder.labels[known]
        if label[by] not in names:
            raise unknown(by, label[by], names, where=name)
        return np.asarray(values[:, names.index(label[by])])

    def to_frame(self) -> pd.DataFrame:
        """Return every outcome in long form.

        Returns
        -------
        pandas.DataFrame
            A row for each month, outcome and label: month, outcome, value, unit, and the breakdowns section,
            anchor, place, decile, size, skill, ward ("" where the outcome is not broken down by it).
        """
        import pandas as pd

        months = np.asarray(self.months, np.int64)
        parts = []
        for name, one in self.outcomes.items():
            names = self.recorder.labels[one.breakdown]
            columns: dict[str, Any] = {
                "month": np.repeat(months, len(names)),
                "outcome": name,
                "value": self.recorder.values[name][: months.shape[0]].ravel(),
                "unit": one.unit,
                **dict.fromkeys(BREAKDOWNS, ""),
            }
            if one.breakdown:
                columns[one.breakdown] = np.tile(np.array(names, object), months.shape[0])
            parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True)

    def to_xarray(self) -> xr.Dataset:
        """Return every outcome as a labelled array over months and its breakdown.

        Raises
        ------
        MissingExtraError
            If xarray is not installed.
        """
        try:
            import xarray as xr
        except ImportError:
            raise MissingExtraError(
                "to_xarray needs the package xarray, which is not installed",
                mend='pip install "cwbsim[xarray]"',
            ) from None
        n = self.recorder.n_months
        variables: dict[str, Any] = {}
        for name, one in self.outcomes.items():
            about = {"units": one.unit, "long_name": one.definition, "kind": one.kind}
            dims = ("month", one.breakdown) if one.breakdown else ("month",)
            variables[name] = (dims, self.series(name), about)
        used = {one.breakdown for one in self.outcomes.values() if one.breakdown}
        coordinates: dict[str, Any] = {by: list(self.recorder.labels[by]) for by in BREAKDOWNS if by in used}
        coordinates["month"] = np.arange(self.months.start, self.months.start + n)
        about_run = {"title": self.scenario.title, "place": self.scenario.place, "seed": self.seed}
        return xr.Dataset(variables, coords=coordinates, attrs=about_run)

    def canonical_hash(self) -> str:
        """Return a SHA-256 of the world as it ended and of everything recorded."""
        digest = hashlib.sha256(self.world.canonical_hash().encode())
        n, recorder = self.recorder.n_months, self.recorder
        parts = {name: array[:n] for name, array in recorder.values.items()}
        parts |= {"flows": recorder.flows[:n], "balances": recorder.balances[: n + 1]}
        for name, kept in parts.items():
            digest.update(f"{name}{kept.dtype.str}{kept.shape}".encode())
            digest.update(np.ascontiguousarray(kept).tobytes())
        return digest.hexdigest()

    def to_json_dict(self) -> dict[str, Any]:
        """Return the run as plain lists and numbers; what is not a number (a share of nothing) is None."""
        return {
            "schema_version": 1,
            "title": self.scenario.title,
            "place": self.scenario.place,
            "seed": self.seed,
            "months": list(self.months),
            "hash": self.canonical_hash(),
            "sectors": list(self.sectors),
            "balances": self.recorder.balances[: self.recorder.n_months + 1].tolist(),
            "outcomes": {
                name: {
                    "unit": one.unit,
                    "definition": one.definition,
                    "kind": one.kind,
                    "headline": one.headline,
                    "breakdown": one.breakdown,
                    "labels": list(self.recorder.labels[one.breakdown]) if one.breakdown else [],
                    "values": _plain(self.series(name).tolist()),
                }
                for name, one in self.outcomes.items()
            },
        }


def _plain(value: Any) -> Any:
    """Lists with None for what is not a number."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if math.isnan(value) else value
