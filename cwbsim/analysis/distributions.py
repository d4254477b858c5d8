"""Distributions of uncertain parameters, from their low, central and high, and draws that cover them evenly.

Every parameter whose low and high differ is uncertain, and so are a few figures of the start that decide much. The
distribution is PERT: a beta distribution on low to high with the mode at the central value and weight 4, the usual choice
where experts give three numbers (Malcolm and others 1959; Vose, *Risk Analysis*, 3rd ed. 2008). All are drawn
independently, for nothing is known of how they hang together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import qmc

from cwbsim.errors import UserError, unknown
from cwbsim.parameters import Parameters, load_parameters
from cwbsim.places.profile import load_profile
from cwbsim.scenario import Scenario

__all__ = ["Pert", "assumed_of_levers", "latin_hypercube", "uncertain_figures", "uncertain_parameters", "with_drawn"]

#: Of each anchor: what of its contract spend policy can reach, and the share placed in the borough at the start, for
#: which the cost gap of suppliers here is solved.
ANCHOR_FIGURES = ("influenceable_share", "local_share")
Floats = NDArray[np.float64]
WEIGHT = 4.0


@dataclass(frozen=True, slots=True)
class Pert:
    """A PERT distribution."""

    name: str
    low: float
    mode: float
    high: float

    @property
    def shapes(self) -> tuple[float, float]:
        """The two shapes of the beta distribution."""
        width = self.high - self.low
        return 1 + WEIGHT * (self.mode - self.low) / width, 1 + WEIGHT * (self.high - self.mode) / width

    @property
    def mean(self) -> float:
        """(low + 4 x mode + high) / 6."""
        return (self.low + WEIGHT * self.mode + self.high) / (2 + WEIGHT)

    def quantile(self, share: Floats) -> Floats:
        """Return the values below which the given shares lie."""
        a, b = self.shapes
        return np.asarray(self.low + (self.high - self.low) * betaincinv(a, b, share))


def uncertain_figures(scenario: Scenario) -> list[Pert]:
    """Return the distributions of what is no parameter but shapes the world a scenario starts with.

    The exponent of the FLQ, and of each anchor the figures of ``ANCHOR_FIGURES``, by the ranges of the place.
    What the scenario sets itself is left out.
    """
    delta = Scenario.model_fields["flq_delta"]
    about = delta.json_schema_extra
    assert isinstance(about, Mapping)
    found = [Pert("flq_delta", _number(about["low"]), _number(delta.default), _number(about["high"]))]
    found = found if scenario.flq_delta == delta.default else []
    for anchor in load_profile(scenario.place).anchors:
        for name in ANCHOR_FIGURES:
            figure = getattr(anchor, name)
            # shares of one anchor's spending add up to one at most
            high = min(figure.high, 1.0 - anchor.wider_share.value) if name == "local_share" else figure.high
            if name not in scenario.anchors.get(anchor.key, {}) and figure.low < high:
                low, mode = float(figure.low), min(float(figure.value), float(high))
                found.append(Pert(f"anchors.{anchor.key}.{name}", low, mode, float(high)))
    return found


def assumed_of_levers(scenario: Scenario) -> list[tuple[str, float, str]]:
    """Return (name, value, unit) of the figures of a scenario's levers that are assumed, in the order of the levers.

    They are the policy, so they are not drawn, though nobody has measured them; what is left out of a lever is not named.
    """
    found = []
    for lever in scenario.levers:
        for name, field in type(lever).model_fields.items():
            about, value = field.json_schema_extra, getattr(lever, name)
            if not isinstance(about, Mapping) or isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if str(about.get("source", "")).startswith("assumed"):
                found.append((f"{lever.key()}.{name}", float(value), str(about["unit"])))
    return found


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def with_drawn(scenario: Scenario, drawn: Mapping[str, float]) -> Scenario:
    """Return a scenario with values of distributions set, by their names; what it sets itself stays."""
    parameters = dict(drawn)
    changes: dict[str, Any] = {}
    anchors = {key: dict(figures) for key, figures in scenario.anchors.items()}
    for name in drawn:
        if name in Scenario.model_fields:
            changes[name] = parameters.pop(name)
        elif name.startswith("anchors."):
            _, key, figure = name.split(".")
            anchors.setdefault(key, {}).setdefault(figure, parameters.pop(name))
    return scenario.model_copy(update={**changes, "anchors": anchors, "parameters": {**parameters, **scenario.parameters}})


def uncertain_parameters(
    only: Sequence[str] = (), parameters: Parameters | None = None, figures: Sequence[Pert] = ()
) -> list[Pert]:
    """Return the distribution of every uncertain parameter, sorted by name, and then of figures of the start.

    Parameters
    ----------
    only : sequence of str
        Names or groups ("procurement", "labour.wage_curve_elasticity"); all if empty.
    parameters : Parameters, optional
        Those whose values are the modes; the package's own if left out.
    figures : sequence of Pert
        Of the start (`uncertain_figures`), which can be named like parameters.

    Raises
    ------
    UserError
        A name that is no parameter and no group, or one whose value is certain.
    """
    known = parameters or load_parameters()
    rows = {name: Pert(name, f.low, f.value, f.high) for name in known.names() for f in [known.figure(name)]}
    rows |= {one.name: one for one in figures}
    groups = {name.partition(".")[0] for name in rows}
    for name in only:
        if name not in groups and name not in rows:
            raise unknown("parameter", name, [*rows, *groups])
        if name in rows and rows[name].low == rows[name].high:
            raise UserError(f"{name} is certain: its low and high are both {rows[name].low:g}", "--parameters")
    chosen = [
        one for name, one in rows.items() if not only or name in only or name.partition(".")[0] in only
    ]
    return [one for one in chosen if one.low < one.high]


def latin_hypercube(distributions: Sequence[Pert], n: int, seed: int) -> Floats:
    """Return draws of all distributions at once, (n, len(distributions)); each covers its own range evenly.

    Raises
    ------
    UserError
        Fewer than two draws.
    """
    if n < 2:
        raise UserError(f"draws is {n}", allowed="2 or more")
    even = qmc.LatinHypercube(d=len(distributions), rng=np.random.default_rng(seed)).random(n)
    return np.stack([one.quantile(even[:, i]) for i, one in enumerate(distributions)], axis=1)
