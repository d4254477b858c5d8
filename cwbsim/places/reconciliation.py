"""How the totals of a profile agree with one another, as a page to read."""

from __future__ import annotations

import numpy as np

from cwbsim.places.profile import SECTIONS, Profile

_LEAST, _MOST = (1, 5, 10, 20, 50, 100, 250), (4, 9, 19, 49, 99, 249, 2_000)


def reconciliation(profile: Profile) -> str:
    """Jobs against people, anchors and units by section, and pay against the tax office's total."""
    return "\n".join(
        [*_people(profile), "", *_sections(profile), "", *_money(profile), "", *_bodies(profile)]
    )


def mean_pay(profile: Profile) -> float:
    """Mean of the pay percentiles, straight lines between them, the ends level, £ a year."""
    shares = np.linspace(0.0005, 0.9995, 1_000)
    return float(np.interp(shares, profile.pay_percentile / 100, profile.pay_annual).mean())


def _people(p: Profile) -> list[str]:
    here = p.residents_employed * p.residents_work_share[0]
    return [
        f"{p.name}: {p.people:,} people, {p.households:,} households, {len(p.wards)} wards",
        f"  employed residents {p.residents_employed:,} x {p.residents_work_share[0]:.4f} = {here:,.0f}"
        f" = jobs {p.total_jobs:,} x {p.jobs_filled_share[0]:.4f} = "
        f"{p.total_jobs * p.jobs_filled_share[0]:,.0f}",
    ]


def _sections(p: Profile) -> list[str]:
    """Jobs left for firms in each section, and whether the units left can hold them."""
    units = p.units_by_section_band - p.anchor_units_by_section_band
    left = p.jobs_by_section - p.anchor_jobs_by_section - p.own_account_by_section
    least, most = units @ np.array(_LEAST), units @ np.array(_MOST)
    lines = ["  section   jobs  anchors  own acc.   firms   units  hold least-most    SLQ"]
    quotient = (
        p.jobs_by_section / p.jobs_by_section.sum() / (p.jobs_uk_by_section / p.jobs_uk_by_section.sum())
    )
    for n, section in enumerate(SECTIONS):
        fits = "" if least[n] <= left[n] + 0.5 and left[n] - 0.5 <= most[n] else "  does not fit"
        lines.append(
            f"  {section:>7} {p.jobs_by_section[n]:7,.0f} {p.anchor_jobs_by_section[n]:7,.0f} "
            f"{p.own_account_by_section[n]:8,.0f} {left[n]:8,.0f} {units[n].sum():7,} "
            f"{least[n]:8,}-{most[n]:<8,}"
            f" {quotient[n]:4.2f}{fits}"
        )
    return lines


def _money(p: Profile) -> list[str]:
    employees = p.residents_employed - p.residents_self_employed
    pay = mean_pay(p)
    return [
        f"  pay: mean of the percentiles £{pay:,.0f}; HMRC employees' mean "
        f"£{p.income.employees_mean_income:,.0f}",
        f"  employed residents (not self-employed) {employees:,} x mean = £{employees * pay / 1e6:,.0f}m; "
        f"HMRC employees' income £{p.income.employees_income / 1e6:,.0f}m for "
        f"{p.income.employed_taxpayers:,}",
        f"  anchors' pay £{sum(a.staff * a.mean_pay_annual for a in p.anchors) / 1e6:,.0f}m; output "
        f"of the area "
        f"£{p.gva_area_pounds_estimate / 1e6:,.0f}m, £{p.gva_area_pounds_estimate / p.total_jobs:,.0f} a job",
    ]


def _bodies(p: Profile) -> list[str]:
    lines = ["  anchor                 staff  contracts £m  number  local  other lines £m  revenue £m"]
    lines += [
        f"  {a.key:<21} {a.staff:6,} {a.contract_budget / 1e6:13,.1f} {a.n_contracts:7,} "
        f"{a.local_share.value:6.3f}"
        f" {sum(a.noncontract.values()) / 1e6:15,.1f} {sum(a.revenue.values()) / 1e6:11,.1f}"
        for a in p.anchors
    ]
    return lines
