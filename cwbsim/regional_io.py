"""Regional input-output analysis on section vectors: location quotients, local coefficients, multipliers.

Needs NumPy only and nothing else of this package. Rows of a coefficient matrix are the input, columns the
buyer.

>>> import numpy as np
>>> national = np.array([[0.2, 0.1], [0.1, 0.3]])
>>> local = regional_coefficients(national, [10, 40], [400, 600], delta=0.25)
>>> type_1(local).sum(axis=0).round(3).tolist()
[1.19, 1.288]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Method = Literal["flq", "slq", "cilq"]
METHODS: tuple[Method, ...] = ("flq", "slq", "cilq")


def slq(local_jobs: ArrayLike, national_jobs: ArrayLike) -> Floats:
    r"""Simple location quotient of each section.

    .. math:: SLQ_i = \frac{E_i^R / E^R}{E_i^N / E^N}

    Parameters
    ----------
    local_jobs, national_jobs : (n,)
        Jobs by section in the place and in the country, none negative.

    Returns
    -------
    (n,) above 1 where the place is specialised; 0 where the section is absent there or in the country.

    Raises
    ------
    ValueError
        Negative or missing jobs, unequal lengths, no jobs at all, or more jobs in the place than in the
        country.

    References
    ----------
    Miller, R. E. and Blair, P. D. (2009), Input-Output Analysis, 2nd ed., section 8.2.
    """
    local, national = _jobs(local_jobs, national_jobs)
    share = national / national.sum()
    return _ratio(local / local.sum(), share)


def cilq(local_jobs: ArrayLike, national_jobs: ArrayLike) -> Floats:
    r"""Cross-industry location quotient of each input for each buyer.

    .. math:: CILQ_{ij} = SLQ_i / SLQ_j \quad (i \ne j), \qquad CILQ_{ii} = SLQ_i

    The ratio would be 1 on the diagonal whatever the place is; by convention SLQ stands there.

    Parameters
    ----------
    local_jobs, national_jobs : (n,)
        As in `slq`.

    Returns
    -------
    (n, n) rows the input, columns the buyer. A buyer absent from the place has a column of zeros: it buys
    nothing.

    Raises
    ------
    ValueError
        As in `slq`.

    References
    ----------
    Miller and Blair (2009), section 8.2.2; Flegg, A. T. and Webber, C. D. (1997), Regional Studies 31(8),
    795-805.
    """
    quotient = slq(local_jobs, national_jobs)
    crossed = _ratio(quotient[:, None], quotient[None, :])
    np.fill_diagonal(crossed, quotient)
    return crossed


def flq(local_jobs: ArrayLike, national_jobs: ArrayLike, delta: float) -> Floats:
    r"""Flegg's location quotient: `cilq` scaled down by the size of the place.

    .. math:: FLQ_{ij} = \lambda \, CILQ_{ij}, \qquad \lambda = \left[\log_2(1 + E^R / E^N)\right]^\delta

    Parameters
    ----------
    local_jobs, national_jobs : (n,)
        As in `slq`.
    delta : float
        0 up to, not including, 1. At 0 size does not count; 0.25 or so is usual, and it varies by place.

    Returns
    -------
    (n, n) rows the input, columns the buyer; the diagonal is lambda times SLQ.

    Raises
    ------
    ValueError
        `delta` out of range, or as in `slq`.

    References
    ----------
    Flegg and Webber (1997), Regional Studies 31(8), 795-805; Flegg, A. T. and Tohmo, T. (2013), Regional
    Studies 47(5), 703-721.
    """
    if not 0.0 <= delta < 1.0:
        raise ValueError(
            f"delta is {delta}, allowed 0 up to, not including, 1. Use 0.25, and 0.15 to 0.35 as its range."
        )
    local, national = _jobs(local_jobs, national_jobs)
    size = np.log2(1.0 + local.sum() / national.sum()) ** delta
    return np.asarray(size * cilq(local, national), dtype=np.float64)


def regional_coefficients(
    national_coefficients: ArrayLike,
    local_jobs: ArrayLike,
    national_jobs: ArrayLike,
    method: Method = "flq",
    delta: float = 0.25,
) -> Floats:
    r"""National coefficients cut down to what the place can supply.

    .. math:: r_{ij} = \min(1, q_{ij}) \, a_{ij}

    Parameters
    ----------
    national_coefficients : (n, n)
        Domestic input per £ of output, rows the input, columns the buyer; every column below 1.
    local_jobs, national_jobs : (n,)
        As in `slq`.
    method : "flq", "slq" or "cilq"
        Which quotient :math:`q`. With "slq" the whole row of an input has the same quotient.
    delta : float
        For "flq" only.

    Returns
    -------
    (n, n) local input per £ of output. A section absent from the place neither sells (row of zeros) nor, with
    "flq" and
    "cilq", buys there (column of zeros).

    Raises
    ------
    ValueError
        A bad matrix, an unknown method, or as in `flq`.

    References
    ----------
    Flegg and Webber (1997); Miller and Blair (2009), section 8.2.
    """
    matrix = _coefficients(national_coefficients)
    local, national = _jobs(local_jobs, national_jobs)
    if matrix.shape[0] != local.size:
        raise ValueError(
            f"coefficients have {len(matrix)} sections and jobs have {local.size}: "
            "give the same sections, in the same order."
        )
    if method == "flq":
        quotient = flq(local, national, delta)
    elif method == "cilq":
        quotient = cilq(local, national)
    elif method == "slq":
        quotient = slq(local, national)[:, None]
    else:
        raise ValueError(f"method is {method!r}, allowed: {', '.join(METHODS)}.")
    return np.asarray(np.minimum(1.0, quotient) * matrix, dtype=np.float64)


def type_1(local_coefficients: ArrayLike) -> Floats:
    r"""Leontief inverse: output of each row needed, all rounds counted, for £1 of final demand for each
    column.

    .. math:: L = (I - A)^{-1} = I + A + A^2 + \dots

    Parameters
    ----------
    local_coefficients : (n, n)
        Rows the input, columns the buyer; none negative, every column below 1.

    Returns
    -------
    (n, n) column sums are the Type I output multipliers.

    Raises
    ------
    ValueError
        A matrix that is not square, has a negative or missing entry, or a column of 1 or more (named).

    References
    ----------
    Miller and Blair (2009), chapter 2.
    """
    matrix = _coefficients(local_coefficients)
    return np.asarray(np.linalg.solve(np.eye(len(matrix)) - matrix, np.eye(len(matrix))), dtype=np.float64)


def rounds(local_coefficients: ArrayLike, k: int) -> Floats:
    r"""Column sums of the first `k` rounds of re-spending, the first £ included.

    .. math:: \mathbf{1}'(I + A + \dots + A^k)

    With ``k = 2`` this is what LM3 counts (three rounds, the first £ among them); the limit is Type I.

    Parameters
    ----------
    local_coefficients : (n, n)
        As in `type_1`; a bordered matrix (see `type_2`) counts households' rounds as well.
    k : int
        Rounds of re-spending, 0 or more.

    Returns
    -------
    (n,) multiplier of each column after `k` rounds.

    Raises
    ------
    ValueError
        A negative `k`, or as in `type_1`.
    """
    if k < 0:
        raise ValueError(f"k is {k}, allowed 0 or more rounds.")
    matrix = _coefficients(local_coefficients)
    spent = np.ones(len(matrix))
    for _ in range(k):
        spent = 1.0 + spent @ matrix
    return spent


def type_2(local_coefficients: ArrayLike, pay_share: ArrayLike, consumption: ArrayLike) -> Floats:
    r"""Leontief inverse closed to households, by bordering the matrix with a pay row and a spending column.

    .. math:: \bar L = (I - \bar A)^{-1}, \qquad \bar A = \begin{bmatrix} A & c \\ w' & 0 \end{bmatrix}

    Parameters
    ----------
    local_coefficients : (n, n)
        As in `type_1`.
    pay_share : (n,)
        w: share of each section's output paid, after tax and pension, to people living in the place.
    consumption : (n,)
        c: output of each local section bought by households per £ of that pay.

    Returns
    -------
    (n + 1, n + 1) the last row and column are households. The Type II output multiplier of a section is its
    column summed over the first n rows.

    Raises
    ------
    ValueError
        As in `type_1`; shares negative or of the wrong length; a section whose inputs and pay reach 1;
        spending above £1 per £ of pay.

    References
    ----------
    Miller and Blair (2009), section 2.5 and chapter 6.
    """
    matrix = _coefficients(local_coefficients)
    n = len(matrix)
    pay, spending = _shares("pay_share", pay_share, n), _shares("consumption", consumption, n)
    if spending.sum() > 1.0:
        raise ValueError(
            f"consumption adds up to {spending.sum():.3f} per £ of pay, allowed up to 1. "
            "Leave out what residents save and what they spend elsewhere."
        )
    bordered = np.zeros((n + 1, n + 1))
    bordered[:n, :n], bordered[n, :n], bordered[:n, n] = matrix, pay, spending
    over = np.flatnonzero(bordered[:, :n].sum(axis=0) >= 1.0)
    if over.size:
        j = int(over[0])
        raise ValueError(
            f"column {j}: inputs and pay add up to {bordered[:, j].sum():.3f}, allowed below 1. "
            "Pay must be a share of the same output as the inputs."
        )
    return np.asarray(np.linalg.solve(np.eye(n + 1) - bordered, np.eye(n + 1)), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Multipliers:
    """Multipliers by section, and their means weighted by local jobs.

    Attributes
    ----------
    type_1_output, type_2_output : (n,) local output, all sections, per £ of final demand for the section.
    type_1_jobs, type_2_jobs : (n,) all local jobs per job in the section itself.
    mean_type_1_output, mean_type_2_output, mean_type_1_jobs, mean_type_2_jobs : float, weighted by local
    jobs.

    A section with no jobs in the place has 1 throughout, by convention.
    """

    type_1_output: Floats
    type_2_output: Floats
    type_1_jobs: Floats
    type_2_jobs: Floats
    mean_type_1_output: float
    mean_type_2_output: float
    mean_type_1_jobs: float
    mean_type_2_jobs: float


def multipliers(
    local_coefficients: ArrayLike,
    pay_share: ArrayLike,
    consumption: ArrayLike,
    jobs_per_output: ArrayLike,
    local_jobs: ArrayLike,
) -> Multipliers:
    r"""Type I and Type II output and employment multipliers of a place.

    .. math:: m_j = \sum_i L_{ij}, \qquad m^E_j = \sum_i e_i L_{ij} / e_j

    Parameters
    ----------
    local_coefficients, pay_share, consumption : (n, n), (n,), (n,)
        As in `type_2`.
    jobs_per_output : (n,)
        e: jobs per £ of output, in any one unit.
    local_jobs : (n,)
        The weights of the means.

    Returns
    -------
    Multipliers

    Raises
    ------
    ValueError
        As in `type_2`; negative jobs.

    References
    ----------
    Miller and Blair (2009), chapter 6.
    """
    first = type_1(local_coefficients)
    n = len(first)
    second = type_2(local_coefficients, pay_share, consumption)[:n, :n]
    intensity = _shares("jobs_per_output", jobs_per_output, n)
    jobs = _shares("local_jobs", local_jobs, n)
    if jobs.sum() == 0.0:
        raise ValueError("local_jobs are all 0: a place without jobs has no multipliers.")
    present = (jobs > 0.0) & (intensity > 0.0)

    def output(inverse: Floats) -> Floats:
        return np.where(jobs > 0.0, inverse.sum(axis=0), 1.0)

    def employment(inverse: Floats) -> Floats:
        total = intensity @ inverse
        return np.where(present, total / np.where(present, intensity, 1.0), 1.0)

    found = output(first), output(second), employment(first), employment(second)
    means = [float(np.average(each, weights=jobs)) for each in found]
    return Multipliers(*found, *means)


def _jobs(local_jobs: ArrayLike, national_jobs: ArrayLike) -> tuple[Floats, Floats]:
    """Jobs of the place and of the country as float vectors, refused when they cannot be jobs."""
    local, national = np.asarray(local_jobs, np.float64), np.asarray(national_jobs, np.float64)
    if local.ndim != 1 or local.shape != national.shape:
        raise ValueError(
            f"local_jobs {local.shape} and national_jobs {national.shape} must be vectors of one length."
        )
    for name, jobs in (("local_jobs", local), ("national_jobs", national)):
        _shares(name, jobs, local.size)
        if jobs.sum() == 0.0:
            raise ValueError(f"{name} are all 0: give the jobs by section.")
    above = np.flatnonzero(local > national)
    if above.size:
        i = int(above[0])
        raise ValueError(
            f"local_jobs[{i}] is {local[i]:g}, above the national {national[i]:g}. Check that both are jobs."
        )
    return local, national


def _coefficients(values: ArrayLike) -> Floats:
    """A square coefficient matrix, refused when no economy could have it."""
    matrix = np.asarray(values, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"coefficients have shape {matrix.shape}, allowed: square, rows the input, columns the buyer."
        )
    bad = np.argwhere(~(matrix >= 0.0))
    if bad.size:
        i, j = (int(x) for x in bad[0])
        raise ValueError(
            f"coefficient [{i}, {j}] is {matrix[i, j]}, allowed 0 or more (£ of input per £ of output)."
        )
    over = np.flatnonzero(matrix.sum(axis=0) >= 1.0)
    if over.size:
        j = int(over[0])
        raise ValueError(
            f"column {j} of the coefficients adds up to {matrix[:, j].sum():.3f}, allowed below 1: a section "
            "cannot spend all its output on inputs. Check that rows are inputs and that imports are left out."
        )
    return matrix


def _shares(name: str, values: ArrayLike | Sequence[float], n: int) -> Floats:
    """A vector of `n` numbers, none negative or missing."""
    vector = np.asarray(values, np.float64)
    if vector.shape != (n,):
        raise ValueError(f"{name} has shape {vector.shape}, allowed ({n},): one number a section.")
    bad = np.flatnonzero(~((vector >= 0.0) & np.isfinite(vector)))
    if bad.size:
        i = int(bad[0])
        raise ValueError(f"{name}[{i}] is {vector[i]}, allowed 0 or more.")
    return vector


def _ratio(above: Floats, below: Floats) -> Floats:
    """Above over below, 0 where below is 0."""
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0.0)
