"""Jobs in the borough, work and pay of its residents."""

from __future__ import annotations

import numpy as np

from cwbsim.outcomes.passes import ratio, ratios
from cwbsim.outcomes.reading import Reading, pay_quantile
from cwbsim.outcomes.registry import outcome
from cwbsim.world import EMPLOYED, UNEMPLOYED


@outcome("jobs", "stock", headline=True)
def jobs(now: Reading) -> float:
    """Jobs in the borough, whoever holds them, those on site for suppliers from elsewhere included."""
    return now.real(now.jobs_total)


@outcome("jobs", "stock", by="section")
def jobs_by_section(now: Reading) -> np.ndarray:
    """Jobs in the borough by industry."""
    return np.asarray(now.jobs_by_section / now.world.scale)


@outcome("people", "stock", headline=True)
def residents_in_work(now: Reading) -> float:
    """Residents of the borough who have a job, in the borough or elsewhere."""
    return now.real(now.in_work)


@outcome("people", "stock", by="skill")
def residents_in_work_by_skill(now: Reading) -> np.ndarray:
    """Residents of the borough who have a job, by skill."""
    return np.asarray(now.residents[0][EMPLOYED] / now.world.scale)


@outcome("share", "share", headline=True)
def unemployment_rate(now: Reading) -> float:
    """Residents looking for work as a share of those who have work or look for it."""
    out_of_work = int(now.residents[0][UNEMPLOYED].sum())
    return ratio(out_of_work, out_of_work + now.in_work)


@outcome("share", "share", by="skill")
def unemployment_rate_by_skill(now: Reading) -> np.ndarray:
    """Residents looking for work as a share of those who have work or look for it, by skill."""
    counts = now.residents[0]
    return ratios(counts[UNEMPLOYED], counts[UNEMPLOYED] + counts[EMPLOYED])


@outcome("jobs", "stock")
def vacancies(now: Reading) -> float:
    """Jobs in the borough that employers posted as vacant this month."""
    return now.real(now.employers[1][2])


@outcome("£ a year", "stock", headline=True)
def median_pay(now: Reading) -> float:
    """Gross yearly pay of the resident in work for whom half earn more and half less."""
    return pay_quantile(now, 0.5)


@outcome("£ a year", "stock")
def pay_p20(now: Reading) -> float:
    """Gross yearly pay below which a fifth of residents in work earn."""
    return pay_quantile(now, 0.2)


@outcome("share", "share")
def share_at_real_living_wage(now: Reading) -> float:
    """Share of residents in work who are paid at least the Real Living Wage an hour."""
    return ratio(now.residents[3], now.in_work)


@outcome("index", "stock")
def wage_index(now: Reading) -> float:
    """Level of pay against that of the starting world, moved by how tight the labour market is."""
    return float(now.world.market.wage_index)
