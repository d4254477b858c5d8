"""A comparison made by hand: real outcomes, two policies and one of both, four seeds, numbers that are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.analysis.run_summary import Measure, RunSummary
from cwbsim.outcomes import OUTCOMES
from cwbsim.places.profile import load_profile
from cwbsim.scenario import Scenario

MONTHS = 36
BY = ("anchor", "section", "size", "place", "decile", "skill", "ward")
GROUPS = {
    "anchor": ("council", "hospital_trust", "college"),
    "section": tuple("CFGJMNQ"),
    "place": ("borough", "wider area", "elsewhere"),
    "decile": tuple(map(str, range(1, 11))),
    "size": ("0-9", "10-49"),
    "skill": ("low", "middle", "high"),
    "ward": tuple(ward.name for ward in load_profile("wigan").wards),
}
LEVELS = {"£": 1e6, "share": 0.4, "jobs": 9e4, "people": 1e5, "ratio": 1.02, "bids per tender": 4.2}
WEIGHT = {"social_value_weight": {"weight": 0.2}}
HELP = {"encourage_local_firms": {}}


def scenario(title, levers):
    return Scenario(
        title=title, months=MONTHS, scale=0.05, question=f"What does {title} change?", levers=levers
    )


def summary(number, seed):
    """Policy 1 adds a twentieth, policy 2 nothing that can be told from luck, policy 3 a tenth."""
    draw = np.random.default_rng(100 * seed)
    effect = {0: 0.0, 1: 0.05, 2: 0.0, 3: 0.10}[number]
    own = np.random.default_rng(100 * seed + number)
    measures, paths, divided = {}, {}, []
    for name, one in OUTCOMES.items():
        measures[name] = Measure(name, one.unit, one.definition, one.kind, bool(one.headline))
        level = LEVELS.get(one.unit, 100.0) * (0.4 if name.startswith(("local_", "retained_value")) else 1.0)
        luck = draw.normal(1.0, 0.02, MONTHS)
        moved = 1 + effect + own.normal(0, 0.004, MONTHS) * (number > 0)
        by = one.breakdown or ""
        if not by:
            paths[name] = level * luck * moved
        for group in GROUPS.get(by, ()):
            key = (name, *(group if column == by else "" for column in BY))
            divided.append((key, 12 * level * float(luck[0] * moved[-1])))
    index = pd.MultiIndex.from_tuples([key for key, _ in divided], names=["outcome", *BY])
    frame = pd.DataFrame(paths, index=pd.RangeIndex(1, MONTHS + 1, name="month"))
    return RunSummary(
        measures, frame, pd.Series([v for _, v in divided], index=index), f"state{number}{seed}", 1.0
    )


def small_comparison(n_policies=3, seeds=(1, 2, 3, 4), title="A fifth for social value"):
    base = scenario("As things are", {})
    policies = (scenario(title, WEIGHT), scenario("Help to bid", HELP), scenario("Both", WEIGHT | HELP))[
        :n_policies
    ]
    runs = {(n, s): summary(n, s) for s in seeds for n in range(n_policies + 1)}
    return Comparison(base, policies, seeds, runs, (), 1.0)
