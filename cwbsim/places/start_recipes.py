"""Recipes and pay of the place: what a pound of output is made of here, and what a job pays.

Steps 1 and 3 of the starting world. Everything is expected value: no draw is made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from cwbsim import regional_io

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.profile import Profile
    from cwbsim.places.uk import UK

__all__ = ["PayLevels", "Recipes", "pay_levels", "recipes"]

_EFFECT_NODES = ndtri((np.arange(41) + 0.5) / 41)


@dataclass(frozen=True, slots=True)
class Recipes:
    """Parts of a pound of output by section (S = 20)."""

    input_local: np.ndarray  # (S, S) float, rows = input
    input_total: np.ndarray  # (S, S) float
    imports: np.ndarray  # (S,) float
    product_tax: np.ndarray  # (S,) float
    production_tax: np.ndarray  # (S,) float
    pay: np.ndarray  # (S,) float, mixed income of the self-employed included
    surplus: np.ndarray  # (S,) float
    location: np.ndarray  # (S,) float, simple location quotient


@dataclass(frozen=True, slots=True)
class PayLevels:
    """Log pay level of jobs, and the curve from level plus effect to pounds."""

    log_pay: np.ndarray  # (S + 3, 3) float by section, then the wider area, outside, own account; by skill
    nodes_log: np.ndarray  # (n,) float
    nodes_pence: np.ndarray  # (n,) float, pence a month
    mean_pay: np.ndarray  # (S + 3,) float, pence a month
    labour_cost: np.ndarray  # (S + 3,) float, with employer's on-costs, pence a month
    skill_mix: np.ndarray  # (S, 3) float, raked to the borough's skills


def recipes(profile: Profile, uk: UK, parameters: Parameters, delta: float) -> Recipes:
    """Return the recipes of the place: local inputs are min(1, FLQ) times the national coefficient.

    The tables count the work of the self-employed as mixed income, beside operating surplus. Here they are
    paid like others, so the pay share rises by their share of the jobs (at their relative earnings) and the
    surplus falls by as much, at most by four fifths of it.
    """
    local = regional_io.regional_coefficients(
        uk.coefficients, profile.jobs_by_section, profile.jobs_uk_by_section, method="flq", delta=delta
    )
    location = regional_io.slq(profile.jobs_by_section, profile.jobs_uk_by_section)
    production_tax = np.maximum(uk.production_tax_share, 0.0)  # a subsidised section is simply not taxed
    surplus = uk.surplus_share + uk.production_tax_share - production_tax
    q = profile.own_account_by_section / np.maximum(profile.jobs_by_section, 1e-9)
    mixed = uk.pay_share * parameters.places.own_account_pay_ratio * q / np.maximum(1.0 - q, 0.2)
    mixed = np.minimum(mixed, 0.8 * np.maximum(surplus, 0.0))
    return Recipes(
        np.asarray(local), np.asarray(uk.coefficients), uk.imports_share, uk.product_taxes_share, production_tax,
        uk.pay_share + mixed, surplus - mixed, np.asarray(location),
    )  # fmt: skip


def pay_levels(profile: Profile, uk: UK, parameters: Parameters) -> PayLevels:
    """Return pay levels by section and skill, and the map of level plus effect on the borough's pay percentiles.

    A job's log pay level is that of its section and skill in the United Kingdom; a person's effect is added;
    the rank in the resulting distribution is read off the percentiles of annual pay of residents (ASHE).
    """
    p = parameters.places
    jobs = profile.jobs_by_section
    mix = _raked_mix(uk.skill_mix, jobs, profile.skill_share)
    factor = np.array([p.pay_factor_low_skill, 1.0, p.pay_factor_high_skill])
    base = uk.earnings_per_employee / (mix * factor).sum(axis=1)
    levels = np.log(base)[:, None] + np.log(factor)[None, :]
    mean_level = np.average(np.log(base), weights=jobs) + np.log(factor)
    elsewhere = mean_level + np.log1p(p.commuter_pay_premium)
    own = mean_level + np.log(p.own_account_pay_ratio)
    levels = np.vstack([levels, elsewhere, elsewhere, own])
    weights = _weights(profile, mix)
    effect = p.pay_spread_within_job * _EFFECT_NODES
    cloud = (levels[:, :, None] + effect).ravel()
    weight = np.repeat(weights.ravel(), effect.size)
    order = np.argsort(cloud, kind="stable")
    rank = (np.cumsum(weight[order]) - weight[order] / 2) / weight.sum()
    at = np.linspace(0.5, 99.5, 199) / 100
    nodes_log = np.maximum.accumulate(np.interp(at, rank, cloud[order]) + np.arange(199) * 1e-12)
    nodes = np.interp(at * 100, profile.pay_percentile, profile.pay_annual) * 100 / 12
    pay = np.interp(levels[:, :, None] + effect, nodes_log, nodes)
    cost = pay + _on_costs(pay, parameters)
    by_skill = np.vstack([mix, np.tile(profile.skill_share, (3, 1))])[:, :, None] / effect.size
    return PayLevels(
        levels, nodes_log, nodes, (pay * by_skill).sum(axis=(1, 2)), (cost * by_skill).sum(axis=(1, 2)), mix
    )


def _raked_mix(mix: np.ndarray, jobs: np.ndarray, residents: np.ndarray) -> np.ndarray:
    """Rake the national skill mix of sections so that the borough's jobs have its residents' skills."""
    out = mix * jobs[:, None]
    for _ in range(50):
        out *= residents * jobs.sum() / out.sum(axis=0)
        out *= (jobs / np.maximum(out.sum(axis=1), 1e-12))[:, None]
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def _weights(profile: Profile, mix: np.ndarray) -> np.ndarray:
    """Return employees resident in the borough by job level and skill, (S + 3, 3); own account is not in ASHE."""
    here = (profile.jobs_by_section - profile.own_account_by_section) * profile.jobs_filled_share[0]
    out = profile.residents_employed * profile.residents_work_share[1:]
    return np.vstack([here[:, None] * mix, out[:, None] * profile.skill_share, np.zeros((1, 3))])


def _on_costs(pay: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Return employer's National Insurance and pension contribution on monthly pay in pence."""
    t = parameters.treasury
    return np.asarray(
        np.maximum(pay - t.employer_ni_threshold * 100, 0.0) * t.employer_ni_rate + pay * t.employer_pension_share
    )
