"""Distributions of uncertain parameters, from their low, central and high, and draws that cover them evenly.

Every parameter whose low and high differ is uncertain. Its distribution is PERT: a beta distribution on low to high
with the mode at the central value and weight 4, the usual choice where experts give three numbers (Malcolm and others
1959; Vose, *Risk Analysis*, 3rd ed. 2008). Parameters are drawn independently, for nothing is known of how they hang
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import qmc

from cwbsim.errors import UserError, unknown
from cwbsim.parameters import Parameters, load_parameters

__all__ = ["Pert", "latin_hypercube", "uncertain_parameters"]

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


def uncertain_parameters(only: Sequence[str] = (), parameters: Parameters | None = None) -> list[Pert]:
    """Return the distribution of every uncertain parameter, sorted by name.

    Parameters
    ----------
    only : sequence of str
        Names or groups ("procurement", "labour.wage_curve_elasticity"); all if empty.
    parameters : Parameters, optional
        Those whose values are the modes; the package's own if left out.

    Raises
    ------
    UserError
        A name that is no parameter and no group, or one whose value is certain.
    """
    known = parameters or load_parameters()
    rows = {name: known.figure(name) for name in known.names()}
    groups = {name.partition(".")[0] for name in rows}
    for name in only:
        if name not in groups and name not in rows:
            raise unknown("parameter", name, [*rows, *groups])
        if name in rows and rows[name].low == rows[name].high:
            raise UserError(f"{name} is certain: its low and high are both {rows[name].low:g}", "--parameters")
    chosen = [
        name for name in rows if not only or name in only or name.partition(".")[0] in only
    ]
    return [Pert(name, f.low, f.value, f.high) for name in chosen if (f := rows[name]).low < f.high]


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
