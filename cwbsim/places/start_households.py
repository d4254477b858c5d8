"""Households before anyone works: where they live, how, and what does not depend on jobs. Step 5, first half."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from cwbsim.chance import draw_many, stream
from cwbsim.places.start_firms import keys
from cwbsim.world import Households

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.profile import Profile
    from cwbsim.places.uk import UK

__all__ = ["draw_households", "is_pensioner", "settle_benefits"]

PRIVATE, SOCIAL = 2, 3


def draw_households(
    profile: Profile, uk: UK, parameters: Parameters, seed: int, scale: float, n_sites: int
) -> Households:
    """Draw households: ward and deprivation jointly, size and tenure on their margins, pensions and housing.

    Returns
    -------
    Households
        Income, savings and suppliers still empty; ``benefit_most`` is what each could claim, take-up apart.
    """
    n = round(profile.households * scale)
    key = keys(seed, "household_key", n)
    luck = stream(seed, "household_traits")
    u = [draw_many(luck, key, k) for k in range(10)]
    h = _empty_households(n, len(uk.consumption_names), n_sites)
    h.key[:] = key
    # Rows in order of ward: neighbours shop at the same sites, and a month then finds them still at hand.
    cell = np.sort(_stratified(profile.households_by_ward_decile.ravel(), u[0]))
    h.ward[:], h.deprivation[:] = cell // 10, cell % 10
    need = -(h.deprivation - 4.5) / 2.87  # standardised, high where deprived
    pensioner = _ranked(0.5 * ndtri(_open(u[1])) - 0.15 * need, profile.pensioner_households / profile.households)
    h.size[:] = _sizes(profile.households_by_size, pensioner, parameters.places.pensioners_living_alone, u[2])
    h.tenure[:] = _tenures(profile.tenure_share, need, pensioner, h.size, u[3])
    _pay_for_homes(h, profile, need, u)
    _pensions(h, profile, uk, parameters, pensioner, u)
    _entitlements(h, uk, pensioner)
    return h


def is_pensioner(households: Households) -> np.ndarray:
    """Return which households draw a state pension, (H,) bool."""
    return np.asarray(households.pension > 0)


def _empty_households(n: int, n_categories: int, n_sites: int) -> Households:
    kinds: dict[str, type] = {
        "key": np.uint64, "ward": np.int16, "deprivation": np.int8, "size": np.int8, "tenure": np.int8,
        "income_decile": np.int8, "permanent_income": np.float32, "landlord": np.int32, "earnings": np.int32,
        "consumption": np.int32, "council_tax": np.int32, "housing_cost": np.int32, "rent_received": np.int32,
        "outgoings": np.int32, "pension": np.int32, "other_income": np.int32, "benefit_most": np.int32,
        "work_allowance": np.int32,
    }  # fmt: skip
    columns: dict[str, np.ndarray] = {name: np.zeros(n, kinds.get(name, np.int64)) for name in Households.__slots__}
    # Ties are what a month reads most of: two bytes each where the sites can be numbered in them.
    columns["supplier"] = np.full((n, n_categories), -2, np.int16 if n_sites < 1 << 15 else np.int32)
    return Households(**columns)


def _open(u: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(u, 1e-9, 1 - 1e-9))


def _stratified(weights: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Deal n draws to cells so that each cell gets its share to within one."""
    n = u.shape[0]
    edges = np.rint(np.cumsum(weights) / weights.sum() * n).astype(np.int64)
    cells = np.searchsorted(edges, np.arange(n), "right")
    out = np.empty(n, np.int64)
    out[np.argsort(u)] = cells
    return out


def _ranked(score: np.ndarray, share: float) -> np.ndarray:
    """Return the given share of rows with the highest score, as a mask."""
    chosen = np.zeros(score.shape[0], bool)
    k = round(share * score.shape[0])
    if k:
        chosen[np.argpartition(-score, k - 1)[:k]] = True
    return chosen


def _sizes(counts: np.ndarray, pensioner: np.ndarray, alone: float, u: np.ndarray) -> np.ndarray:
    """Deal household sizes on their margin: pensioner households have one or two people."""
    n = u.shape[0]
    target = np.diff(np.rint(np.concatenate([[0.0], np.cumsum(counts) / counts.sum()]) * n)).astype(np.int64)
    singles = min(int(alone * pensioner.sum()), int(target[0]))
    size = np.zeros(n, np.int8)
    rows = np.flatnonzero(pensioner)
    rows = rows[np.argsort(u[rows])]
    size[rows[:singles]] = 1
    size[rows[singles:]] = 2
    left = target.copy()
    left[0] -= singles
    left[1] -= rows.shape[0] - singles
    others = np.flatnonzero(~pensioner)
    others = others[np.argsort(u[others])]
    left[-1] = max(0, others.shape[0] - left[:-1].sum())
    size[others] = np.repeat(np.arange(1, 9), np.maximum(left, 0))[: others.shape[0]]
    return size


def _tenures(
    share: np.ndarray, need: np.ndarray, pensioner: np.ndarray, size: np.ndarray, u: np.ndarray
) -> np.ndarray:
    """Deal tenures on their margin: social rent where deprived, outright ownership with age, mortgages below it."""
    noise = ndtri(_open(u))
    tenure = np.full(need.shape[0], -1, np.int8)
    score = need + noise
    for code, part, by in (
        (SOCIAL, share[3], score),
        (PRIVATE, share[2], 0.3 * need - noise - 1.5 * pensioner),
        (0, share[0], 2.0 * pensioner - 0.2 * size - 0.3 * need - 0.5 * noise),
    ):
        by = np.where(tenure < 0, by, -1e9)
        tenure[_ranked(by, part)] = code
    tenure[tenure < 0] = 1
    return tenure


def _pay_for_homes(h: Households, profile: Profile, need: np.ndarray, u: list[np.ndarray]) -> None:
    money = profile.income
    noise = np.exp(0.2 * ndtri(_open(u[4])))
    cost = np.zeros(h.key.shape[0])
    cost[h.tenure == PRIVATE] = money.median_rent_month
    cost[h.tenure == SOCIAL] = money.social_rent_month
    cost[h.tenure == 1] = money.mortgage_interest_year / 12
    cost *= np.where(h.tenure == SOCIAL, 1.0, noise)
    h.housing_cost[:] = np.rint(cost * 100)
    band = np.exp(-0.25 * need) * np.where(h.size == 1, 0.75, 1.0)  # a fourth off for one adult
    h.council_tax[:] = np.rint(money.council_tax_per_household * 100 / 12 * band / band.mean())


def _pensions(
    h: Households, profile: Profile, uk: UK, parameters: Parameters, pensioner: np.ndarray, u: list[np.ndarray]
) -> None:
    """Give state pensions, and private ones so that pension income adds up to what HMRC counts."""
    p = parameters.places
    two = pensioner & (h.size >= 2) & (u[5] < p.second_pension_share * 2)
    h.pension[:] = np.rint(uk.taxes.state_pension_year * 100 / 12 * (pensioner.astype(float) + two))
    scale = h.key.shape[0] / profile.households
    private = max(profile.income.pension_income * scale * 100 / 12 - h.pension.sum(), 0.0)
    weight = np.where(pensioner, np.exp(0.8 * ndtri(_open(u[6])) + 0.15 * (h.deprivation - 4.5)), 0.0)
    h.other_income[:] = np.rint(private * weight / max(weight.sum(), 1e-9))
    other = p.other_income_share * profile.income.total_income_pounds * scale * 100 / 12
    weight = np.where(pensioner, 0.0, np.exp(0.8 * ndtri(_open(u[7])) + 0.2 * (h.deprivation - 4.5)))
    h.other_income[:] += np.rint(other * weight / max(weight.sum(), 1e-9)).astype(np.int32)


def _entitlements(h: Households, uk: UK, pensioner: np.ndarray) -> None:
    """Set what a household without earnings could claim: allowance, children, rent."""
    t = uk.taxes
    children = np.clip(h.size - 2, 0, 3)
    allowance = np.where(h.size == 1, t.universal_credit_single_month, t.universal_credit_couple_month)
    rent = np.where(h.tenure >= PRIVATE, h.housing_cost / 100, 0.0)
    most = allowance + children * t.universal_credit_child_month + rent
    h.benefit_most[:] = np.where(pensioner, np.where(h.tenure >= PRIVATE, h.housing_cost, 0), np.rint(most * 100))
    h.work_allowance[:] = np.where(children > 0, round(t.universal_credit_work_allowance_month * 100), 0)


def settle_benefits(
    h: Households, has_adult: np.ndarray, target: float, taper: float, seed: int
) -> float:
    """Let the share of entitled households claim that matches the number on Universal Credit.

    Pensioner renters get help with rent; households nobody of whom is in the labour force claim in full.

    Parameters
    ----------
    h : Households
        With this month's earnings.
    has_adult : ndarray of bool, shape (H,)
        Someone in the labour force.
    target : float
        Households with an award.
    taper : float
        Award lost per pound of earnings.

    Returns
    -------
    float
        The take-up that fits.
    """
    award = h.benefit_most - taper * np.maximum(h.earnings - h.work_allowance, 0)
    pensioner = is_pensioner(h)
    entitled = (award > 0) & ~pensioner
    sure = entitled & ~has_adult
    take_up = float(np.clip((target - sure.sum()) / max(int((entitled & has_adult).sum()), 1), 0.0, 1.0))
    claims = sure | pensioner | (draw_many(stream(seed, "take_up"), h.key) < take_up)
    h.benefit_most[~claims] = 0
    return take_up
