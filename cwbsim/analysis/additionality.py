"""Additionality: from the gross effect to the net one, in the Green Book's words, each term defined by a run.

The HCA's guide takes each term from a table of ready reckoners. Here a term is what a pair of runs, policy less baseline
with the same luck, changes by when one mechanism more is let go (:mod:`cwbsim.analysis.freezing`). The steps telescope,
so they end exactly in the net effect, which is the plain pair with nothing frozen. Order matters, as in any such chain: it
is the one of ``TERMS``.

References
----------
HM Treasury (2022), *The Green Book*, chapter 6. Homes and Communities Agency (2014), *Additionality Guide*, 4th edition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.analysis.compare import check_pair
from cwbsim.analysis.freezing import BESIDE, FLOWS, JOBS
from cwbsim.analysis.frozen_runs import FrozenJob, RunFrozen, frozen_runs
from cwbsim.analysis.paired import Floats, paired_interval
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.summaries import FailedRun
from cwbsim.errors import UserError
from cwbsim.outcomes import OUTCOMES
from cwbsim.scenario import Scenario
from cwbsim.seed import checked_seeds

__all__ = ["DISCOUNT_RATE", "TERMS", "Additionality", "Term", "additionality"]

DISCOUNT_RATE = 0.035  # a year: the Green Book's social time preference rate
YEAR = 12
ALL = ("rounds", "rivals", "hiring pool")
#: Sets of frozen mechanisms that are run, from all to none.
STAGES: tuple[tuple[str, ...], ...] = (ALL, ALL[1:], ALL[2:], ())


@dataclass(frozen=True, slots=True)
class Term:
    """One step from gross to net."""

    name: str
    meaning: str
    run: str  # what defines it


TERMS: tuple[Term, ...] = (
    Term("gross", "jobs on contracts and sub-contracts that firms here hold, with the policy", "policy, nothing frozen"),
    Term("deadweight", "those they would hold anyway", "baseline, nothing frozen"),
    Term(
        "substitution",
        "jobs on them that are here already and only change employer, or are done by staff there are",
        "pair with rounds, rivals' sales and hiring pool frozen: what employers here want, less gross and deadweight",
    ),
    Term("multiplier", "jobs wanted by suppliers' suppliers and where residents spend", "rounds let go"),
    Term(
        "displacement: sales",
        "jobs wanted less by firms here that lose sales: for want of room, at higher prices, to firms that open",
        "rivals' sales let go",
    ),
    Term(
        "displacement: staff",
        "jobs wanted that are not filled or cost others their staff, and sales lost as pay rises",
        "hiring pool let go; jobs filled instead of jobs wanted",
    ),
    Term("leakage", "jobs here that people from elsewhere come in for", "nothing frozen; in-commuters"),
    Term(
        "displacement: elsewhere",
        "residents who no longer work elsewhere because they work here",
        "nothing frozen; residents at work elsewhere",
    ),
    Term("net", "residents in work, policy less baseline", "nothing frozen"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Additionality:
    """What the pairs of runs said, mechanism by mechanism.

    Attributes
    ----------
    baseline, policy : Scenario
    seeds : tuple of int
        Of the pairs that are whole in every stage.
    before, after : ndarray, shape (stages, seeds, months, columns)
        By the stages of ``STAGES``; columns are ``JOBS`` and then ``BESIDE``.
    failures : tuple of FailedRun
    """

    baseline: Scenario
    policy: Scenario
    seeds: tuple[int, ...]
    before: Floats
    after: Floats
    failures: tuple[FailedRun, ...]

    def chain(self) -> pd.DataFrame:
        """Return the terms in order: term, jobs, low, high, share, meaning, run.

        Jobs are means of the last twelve months; low and high the 95 % paired t interval over seeds. The terms before
        "net" add up to it. The share is of gross less deadweight, nan where that cannot be told from nil.
        """
        terms = self._terms()
        additional, below, above = self.gross_additional()
        is_known = below > 0.0 or above < 0.0
        rows = []
        for i, term in enumerate(TERMS):
            mean, low, high = (float(x) for x in paired_interval(terms[:, i]))
            share = mean / additional if is_known else float("nan")
            rows.append({"term": term.name, "jobs": mean, "low": low, "high": high, "share": share,
                         "meaning": term.meaning, "run": term.run})  # fmt: skip
        return pd.DataFrame(rows)

    def gross_additional(self) -> tuple[float, float, float]:
        """Return gross less deadweight and its interval: jobs on contracts here that would not be here anyway."""
        mean, low, high = (float(x) for x in paired_interval(self._terms()[:, :2].sum(axis=1)))
        return mean, low, high

    def _terms(self) -> Floats:
        """Each term of each seed, (seeds, terms); the last is the net effect, worked out for itself."""
        before, after = (x[:, :, -YEAR:, : len(JOBS)].mean(axis=2) for x in (self.before, self.after))
        column = {name: i for i, name in enumerate(JOBS)}

        def change(stage: int, name: str) -> Floats:
            return np.asarray(after[stage, :, column[name]] - before[stage, :, column[name]])

        held = column["on contracts"]
        steps = [change(stage, "wanted") for stage in range(3)]
        filled = change(3, "filled")
        return np.stack(
            [
                after[3, :, held], -before[3, :, held], steps[0] - change(3, "on contracts"), steps[1] - steps[0],
                steps[2] - steps[1], filled - steps[2], -change(3, "incommuters"), change(3, "elsewhere"),
                change(3, "residents"),
            ],
            axis=1,
        )  # fmt: skip

    def _paths(self, name: str) -> tuple[Floats, Floats]:
        """Monthly values of baseline and policy with nothing frozen, (seeds, months) each."""
        i = len(JOBS) + BESIDE.index(name)
        return self.before[3, :, :, i], self.after[3, :, :, i]

    def beside(self) -> pd.DataFrame:
        """Return what stands beside the chain: figure, unit, baseline, policy, difference, low, high."""
        rows = []
        for name in BESIDE:
            before, after = (x[:, -YEAR:] for x in self._paths(name))
            is_flow = name in FLOWS or (name in OUTCOMES and OUTCOMES[name].kind == "flow")
            one, other = (x.sum(axis=1) if is_flow else x.mean(axis=1) for x in (before, after))
            mean, low, high = (float(x) for x in paired_interval(other - one))
            unit = "£ a year" if is_flow else OUTCOMES[name].unit
            rows.append({"figure": name, "unit": unit, "baseline": float(one.mean()), "policy": float(other.mean()),
                         "difference": mean, "low": low, "high": high})  # fmt: skip
        return pd.DataFrame(rows)

    def present_values(self) -> pd.DataFrame:
        """Return present values of differences over the whole run at 3.5 % a year: figure, pounds, low, high.

        Month m counts for 1 / 1.035 ** ((m - 1) / 12). Net present value is value added less service lost (at
        should-cost) and programme spending; value added is activity, not welfare, and other uses of staff are not
        valued.
        """
        worth = (1.0 + DISCOUNT_RATE) ** (-np.arange(self.after.shape[2]) / YEAR)
        found = {name: (self._paths(name)[1] - self._paths(name)[0]) @ worth for name in BESIDE}
        cost = found["programme_spending"] - found["service_volume"]
        here = found["gross_value_added"]
        elsewhere = found["wider_area_value_added"] + found["outside_value_added"]
        rows = {
            "value added here": here, "value added in the wider area": found["wider_area_value_added"],
            "value added in the rest of the UK": found["outside_value_added"],
            "disposable income of residents": found["disposable_income"],
            "service lost and programme spending": cost, "exchequer": found["net_exchequer"],
            "business rates and production taxes": found["business_rates"], "council tax": found["council_tax"],
            "net present value, borough": here - cost, "net present value, UK": here + elsewhere - cost,
        }  # fmt: skip
        out = []
        for name, values in rows.items():
            mean, low, high = (float(x) for x in paired_interval(values))
            out.append({"figure": name, "pounds": mean, "low": low, "high": high})
        return pd.DataFrame(out)

    def cost_per_net_job(self) -> tuple[float, float, float] | None:
        """Return pounds a year per net job and a 95 % interval, or None where net jobs cannot be told from nil.

        The ratio of means; its interval follows from how far cost less ratio x jobs scatters over seeds.
        """
        jobs = self._terms()[:, -1]
        _, low, high = paired_interval(jobs)
        if not (len(self.seeds) > 1 and (low > 0.0 or high < 0.0)):
            return None
        cost = np.zeros(jobs.shape[0])
        for name, sign in (("programme_spending", 1.0), ("service_volume", -1.0)):
            before, after = self._paths(name)
            cost += sign * (after[:, -YEAR:] - before[:, -YEAR:]).sum(axis=1)
        ratio = float(cost.mean() / jobs.mean())
        _, below, above = paired_interval((cost - ratio * jobs) / jobs.mean())
        return ratio, ratio + float(below), ratio + float(above)

    def first_round(self) -> float:
        """Return pounds a year by which all contract payments differ, which is nil under fixed budgets."""
        before, after = self._paths("first_round")
        return float((after[:, -YEAR:] - before[:, -YEAR:]).sum(axis=1).mean())

    def to_json_dict(self) -> dict[str, Any]:
        """Everything as plain lists and numbers."""
        cost = self.cost_per_net_job()
        return {
            "baseline": self.baseline.title, "policy": self.policy.title,
            "scenario_hashes": [self.baseline.scenario_hash(), self.policy.scenario_hash()],
            "seeds": list(self.seeds), "interval": "95 % paired t interval over seeds",
            "window": "jobs: mean of the last 12 months; present values: the whole run",
            "chain": self.chain().to_dict("records"), "beside": self.beside().to_dict("records"),
            "present_values": {"rate": DISCOUNT_RATE, "rows": self.present_values().to_dict("records")},
            "cost_per_net_job": None if cost is None else dict(zip(("pounds", "low", "high"), cost, strict=True)),
            "first_round_sum": self.first_round(),
            "failures": [{"scenario": one.scenario, "seed": one.seed, "message": one.failure.message}
                         for one in self.failures],
        }  # fmt: skip


def additionality(
    baseline: Scenario,
    policy: Scenario,
    seeds: int | Sequence[int] = 4,
    *,
    workers: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    store: RunStore | None = None,
    retry_failed: bool = False,
    run: RunFrozen | None = None,
) -> Additionality:
    """Run baseline and policy with mechanisms frozen one after another, and chain gross to net.

    Parameters
    ----------
    baseline, policy
        Scenarios of the same place, length and scale.
    seeds
        How many, counted from the baseline's own; or the seeds themselves. Each takes eight runs.
    workers, progress, executor, store, retry_failed
        As for :func:`cwbsim.analysis.compare.compare`.
    run
        Another function from scenario, seed and frozen mechanisms to (months, columns), importable by name.

    Raises
    ------
    UserError
        Scenarios that cannot be paired, or fewer than one pair that finished.
    """
    check_pair(baseline, (policy,))
    drawn = checked_seeds(seeds, baseline.seed)
    if baseline.months < YEAR:
        raise UserError(f"months is {baseline.months}", baseline.title, allowed=f"{YEAR} or more: terms are yearly")
    where = [(seed, stage, side) for seed in drawn for stage in range(len(STAGES)) for side in range(2)]
    jobs = {one: FrozenJob.of((baseline, policy)[one[2]], one[0], STAGES[one[1]], run) for one in where}
    found, failed = frozen_runs(
        jobs, 2 * len(STAGES), store=store, workers=workers, executor=executor, progress=progress,
        retry_failed=retry_failed,
    )  # fmt: skip
    whole = tuple(seed for seed in drawn if all(one in found for one in where if one[0] == seed))
    if not whole:
        raise UserError(f"no pair of runs finished: {failed[0].failure.message}")
    before, after = (_stacked(found, whole, side) for side in range(2))
    return Additionality(baseline, policy, whole, before, after, failed)


def _stacked(found: Mapping[tuple[int, int, int], Floats], seeds: Sequence[int], side: int) -> Floats:
    return np.stack([np.stack([found[seed, stage, side] for seed in seeds]) for stage in range(len(STAGES))])
