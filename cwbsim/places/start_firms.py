"""Sites and the firms in them: steps 1, 2, 3 and 13 of the starting world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.economy.demography import lineage
from cwbsim.world import Firms

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.profile import Profile
    from cwbsim.places.start_recipes import PayLevels, Recipes

__all__ = ["Demography", "contract_jobs", "draw_sites", "fit_demography", "keys"]

#: Jobs of a unit by size class: own account, then the bands of UK Business; the last is open and capped.
CLASS_EDGES = np.array([[1, 1], [1, 5], [5, 10], [10, 20], [20, 50], [50, 100], [100, 250], [250, 1500]], float)
_OLDEST_YEARS = 60


@dataclass(frozen=True, slots=True)
class Demography:
    """Chances of closing and opening, and the ages they imply."""

    exit_hazard: np.ndarray  # (8, 6) float a month
    entry_rate: np.ndarray  # (8, S) float a month a vacant site
    age_law: np.ndarray  # (8, 12 * 60) float, cumulative law of age in months
    late_hazard: float  # a year, fitted


def keys(seed: int, process: str, n: int, block: int = 0) -> np.ndarray:
    """Return n stable keys of a kind, (n,) uint64."""
    numbers = np.arange(n, dtype=np.uint64) + np.uint64(block) * np.uint64(1 << 32)
    return np.asarray((draw_many(stream(seed, process), numbers) * 2.0**53).astype(np.uint64))


def fit_demography(profile: Profile, parameters: Parameters, units: np.ndarray) -> Demography:
    """Fit closures after year five so that closures a year are as many as business demography counts.

    Parameters
    ----------
    units : ndarray of float, shape (8,)
        Units by size class.

    Notes
    -----
    The hazards of years one to five are those of the survival table; larger units close less often by a
    stated factor. Ages start in the stationary law of these hazards.
    """
    p = parameters.places
    early = 1.0 - profile.survival / np.concatenate([[1.0], profile.survival[:-1]])
    factor = np.array([1.0, 1.0, 1.0] + [p.exit_size_factor_10] * 2 + [p.exit_size_factor_50] * 3)
    rate = (profile.births_per_year + profile.deaths_per_year) / 2 / profile.active_enterprises
    wanted = rate * units[1:].sum()

    def closures(late: float) -> float:
        life = np.array([_mean_life(np.append(early, late) * f) for f in factor])
        return float((units[1:] / life[1:] * 12).sum())

    low, high = 0.005, 0.6
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if closures(middle) < wanted else (low, middle)
    yearly = np.append(early, low)[None, :] * factor[:, None]
    monthly = 1.0 - (1.0 - yearly) ** (1 / 12)
    life = np.array([_mean_life(row) for row in yearly])
    months = np.arange(12 * _OLDEST_YEARS)
    survival = np.cumprod(1.0 - monthly[:, np.minimum(months // 12, 5)], axis=1)
    law = np.cumsum(survival, axis=1) / life[:, None]
    law[:, -1] = 1.0  # who is older still counts as of the last age: hazards no longer change
    entry = np.tile(1.0 / life[:, None] / p.vacant_premises_share, (1, 20))
    return Demography(monthly, entry, law, low)


def _mean_life(yearly: np.ndarray) -> float:
    """Return the mean life in months of a firm with these yearly hazards (the last for ever after)."""
    monthly = 1.0 - (1.0 - yearly) ** (1 / 12)
    months = np.arange(12 * _OLDEST_YEARS)
    survival = np.cumprod(1.0 - monthly[np.minimum(months // 12, 5)])
    return float(survival.sum() + survival[-1] * (1.0 - monthly[-1]) / monthly[-1])  # and what is left after that


def contract_jobs(profile: Profile, levels: PayLevels, recipe: Recipes) -> np.ndarray:
    """Return jobs of local firms that contracts of the anchors pay for, (S,): they come on top of usual trade."""
    value = sum(
        anchor.contract_budget * anchor.contract_mix * anchor.local_share.value for anchor in profile.anchors
    )
    return np.asarray(value * 100 / 12 / _productivity(levels, recipe))


def _productivity(levels: PayLevels, recipe: Recipes) -> np.ndarray:
    """Return output a job a month in pence, (S,): labour cost over its share in the recipe."""
    return np.asarray(levels.labour_cost[:20] / recipe.pay)


def draw_sites(
    profile: Profile, recipe: Recipes, levels: PayLevels, parameters: Parameters, seed: int, scale: float
) -> tuple[Firms, Demography, np.ndarray]:
    """Draw sites, open or vacant: truncated Pareto within each band, rescaled to the jobs of the section.

    Returns
    -------
    Firms
        With traits of the firms still to be drawn.
    Demography
    ndarray of float, shape (S,)
        Factor by which sizes were rescaled in each section, for the fit table.
    """
    units = np.column_stack([
        profile.own_account_by_section,
        np.maximum(profile.units_by_section_band - profile.anchor_units_by_section_band, 0),
    ])  # fmt: skip
    demography = fit_demography(profile, parameters, units.sum(axis=0))
    vacant = parameters.places.vacant_premises_share
    n_open, n_all = (_whole(units * f * scale, seed) for f in (1.0, 1.0 + vacant))
    n_all = np.maximum(n_all, n_open)
    section, size_class = (np.repeat(a.ravel(), n_all.ravel()) for a in np.indices(n_all.shape))
    rank = np.concatenate([np.arange(k) for k in n_all.ravel()])
    key = keys(seed, "site_key", section.shape[0])
    jobs = _sizes(size_class, draw_many(stream(seed, "site_size"), key), parameters.places.firm_size_exponent)
    is_open = _occupied(section, size_class, rank, n_open, jobs)
    target = np.maximum(
        (profile.jobs_by_section - profile.anchor_jobs_by_section - profile.own_account_by_section)
        - contract_jobs(profile, levels, recipe), 0.05 * profile.jobs_by_section,
    )  # fmt: skip
    target = target * scale / (1.0 - parameters.places.vacancy_rate)
    # Sizes are rescaled by what all premises hold at their usual occupancy, not by those that happen to be
    # occupied at the start: else a section would move away from its start as others are taken.
    factor = _size_factor(section, jobs, size_class > 0, target * (1.0 + vacant))
    jobs = np.where(size_class > 0, np.maximum(jobs * factor[section], 1.0), 1.0)
    own = levels.labour_cost[22] / (recipe.pay + parameters.places.own_account_surplus_share * recipe.surplus)
    productivity = np.where(size_class > 0, _productivity(levels, recipe)[section], own[section])
    firms = _empty_firms(section.shape[0])
    firms.site_key[:] = key
    firms.section[:], firms.size_class[:], firms.is_open[:] = section, size_class, is_open
    firms.productivity[:] = np.rint(productivity)
    firms.site_output[:] = np.rint(jobs * productivity)
    firms.key[:] = np.where(is_open, lineage(key, 0), 0)
    u = draw_many(stream(seed, "firm_age"), key)
    age = np.zeros(u.shape[0], np.int64)
    for c in range(demography.age_law.shape[0]):
        age[size_class == c] = np.searchsorted(demography.age_law[c], u[size_class == c])
    firms.age_months[:] = np.where(is_open, age, 0)
    _place_sites(firms, profile, parameters.places.groceries_share_of_retail_units, seed)
    _in_order(firms)
    return firms, demography, factor


def _occupied(
    section: np.ndarray, size_class: np.ndarray, rank: np.ndarray, n_open: np.ndarray, jobs: np.ndarray
) -> np.ndarray:
    """Return which premises are occupied, (F,) bool: as many in each cell of section and class as there are units.

    In small cells the vacant ones are those of middling size, so that what is occupied is the usual part.
    """
    is_open = np.asarray(n_open[section, size_class] > rank)
    cell = section.astype(np.int64) * n_open.shape[1] + size_class
    start = np.searchsorted(cell, np.arange(n_open.size + 1))  # sites come cell by cell
    for c in range(n_open.size):
        rows = np.arange(start[c], start[c + 1])
        n_vacant = rows.size - int(n_open.flat[c])
        if n_vacant > 0 and rows.size <= 60:
            middling = np.argsort(np.abs(jobs[rows] - jobs[rows].mean()), kind="stable")
            is_open[rows] = True
            is_open[rows[middling[:n_vacant]]] = False
    return is_open


def _size_factor(section: np.ndarray, jobs: np.ndarray, staffed: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the factor on sizes, none below one job, at which each section has its jobs, (S,)."""
    factor = np.ones(20)
    for s in range(20):
        drawn = jobs[staffed & (section == s)]
        if drawn.size == 0 or target[s] <= drawn.size:
            factor[s] = 1.0 if drawn.size == 0 else target[s] / drawn.sum()
            continue
        low, high = 0.0, 20.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if np.maximum(drawn * middle, 1.0).sum() < target[s] else (low, middle)
        factor[s] = low
    return factor


def _whole(numbers: np.ndarray, seed: int) -> np.ndarray:
    """Round cell by cell so that the expected number is right: floor plus a fixed draw."""
    cells = np.arange(numbers.size, dtype=np.uint64)
    u = draw_many(stream(seed, "site_traits"), cells, 9).reshape(numbers.shape)
    return np.asarray(np.floor(numbers + u).astype(np.int64))


def _sizes(size_class: np.ndarray, u: np.ndarray, exponent: float) -> np.ndarray:
    """Return jobs: the quantile u of a Pareto law truncated to the band."""
    low, high = CLASS_EDGES[size_class].T
    ratio = (low / np.maximum(high, low)) ** exponent
    return np.asarray(low * (1.0 - u * (1.0 - ratio)) ** (-1.0 / exponent))


def _place_sites(firms: Firms, profile: Profile, groceries: float, seed: int) -> None:
    """Give each site a ward (as people live: no table of businesses by ward is at hand) and a trade."""
    luck = stream(seed, "site_traits")
    people = profile.households_by_ward_decile.sum(axis=1)
    firms.ward[:] = np.searchsorted(np.cumsum(people) / people.sum(), draw_many(luck, firms.site_key, 0), "right")
    retail = profile.retail_units
    total = retail["motor"] + retail["wholesale"] + retail["retail"]
    shops = retail["retail"] / total
    edges = np.array([groceries * shops, shops, shops + retail["motor"] / total])
    in_g = np.array([0, 1, 2, -1])[np.searchsorted(edges, draw_many(luck, firms.site_key, 1), "right")]
    serves = np.full(20, -1)
    for category, section in enumerate("DFHJIRQSK", start=3):
        serves["ABCDEFGHIJKLMNOPQRST".index(section)] = category
    firms.trade[:] = np.where(firms.section == 6, in_g, serves[firms.section])


def _in_order(firms: Firms) -> None:
    """Put the rows in order of section, trade and ward: what is bought together then lies together."""
    order = np.lexsort((firms.ward, firms.trade, firms.section))
    for name in Firms.__slots__:
        column = getattr(firms, name)
        column[:] = column[order]


def _empty_firms(n: int) -> Firms:
    """Return n sites with every column zero, prices and growth one."""
    kinds: dict[str, type] = {
        "site_key": np.uint64, "key": np.uint64, "section": np.int8, "trade": np.int8, "ward": np.int16,
        "size_class": np.int8, "is_open": np.bool_, "age_months": np.int32, "owner_place": np.int8,
        "owner": np.int32, "ownership": np.int8, "unit_cost": np.float64, "quality": np.float64,
        "price": np.float64, "growth": np.float64, "registered": np.uint8, "sv_practice": np.float64,
        "bid_skill": np.float64, "local_hiring": np.float64, "is_closing": np.bool_, "is_new": np.bool_,
    }  # fmt: skip
    columns: dict[str, np.ndarray] = {name: np.zeros(n, kinds.get(name, np.int64)) for name in Firms.__slots__}
    columns["price"][:] = 1.0
    columns["growth"][:] = 1.0
    columns["unit_cost"][:] = 1.0
    columns["owner"][:] = -1
    return Firms(**columns)
