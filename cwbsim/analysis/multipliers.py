"""Input-output multipliers of a place: what ``cwbsim multipliers wigan --delta 0.25`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from cwbsim.errors import UserError
from cwbsim.places.uk import SECTIONS, UK, Taxes, load_uk
from cwbsim.plain_errors import range_in_words
from cwbsim.regional_io import METHODS, Method, Multipliers, multipliers, regional_coefficients, slq

Floats = NDArray[np.float64]

SHOWN = ("type_1_output", "type_2_output", "type_1_jobs", "type_2_jobs")

SECTION_TITLES = dict(
    zip(
        SECTIONS,
        (
            "Agriculture",
            "Mining",
            "Manufacturing",
            "Energy",
            "Water and waste",
            "Construction",
            "Trade (on margin)",
            "Transport",
            "Hotels and catering",
            "Information",
            "Finance",
            "Real estate",
            "Professional services",
            "Administrative services",
            "Public administration",
            "Education",
            "Health and care",
            "Arts and recreation",
            "Other services",
            "Domestic staff",
        ),
        strict=True,
    )
)


class PlaceJobs(Protocol):
    """The part of a place's profile that multipliers need."""

    @property
    def jobs_by_section(self) -> Floats:
        """(20,) jobs in the place."""

    @property
    def jobs_uk_by_section(self) -> Floats:
        """(20,) jobs in the country, counted in the same way."""

    @property
    def jobs_filled_share(self) -> Floats:
        """(3,) share of the place's jobs held by people of the borough, the wider area, outside."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceMultipliers:
    """Multipliers of one place by section, with what they were worked out from."""

    place: str
    delta: float
    method: Method
    year: int
    found: Multipliers

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers by section, and their means weighted by the place's jobs."""
        columns = {name: getattr(self.found, name) for name in SHOWN}
        return {
            "place": self.place,
            "delta": self.delta,
            "sections": {
                section: {name: float(values[i]) for name, values in columns.items()}
                for i, section in enumerate(SECTIONS)
            },
            "jobs_weighted": {name: float(getattr(self.found, f"mean_{name}")) for name in SHOWN},
        }

    def to_text(self) -> str:
        """A table to read, and what it rests on."""
        quotient = f"FLQ, delta {self.delta:g}" if self.method == "flq" else self.method.upper()
        head = f"{'':27}{'output per £ of demand':>24}{'jobs per direct job':>24}"
        head_2 = f"{'section':27}{'Type I':>12}{'Type II':>12}{'Type I':>12}{'Type II':>12}"
        lines = [f"Multipliers of {self.place}: {quotient}, UK tables of {self.year}", "", head, head_2]
        for i, section in enumerate(SECTIONS):
            row = [getattr(self.found, name)[i] for name in SHOWN]
            lines.append(f"{section + ' ' + SECTION_TITLES[section]:27}" + "".join(f"{x:12.3f}" for x in row))
        means = [getattr(self.found, f"mean_{name}") for name in SHOWN]
        lines.append(f"{'weighted by jobs':27}" + "".join(f"{x:12.3f}" for x in means))
        return "\n".join([*lines, "", NOTE])


NOTE = """\
Type I counts suppliers, and their suppliers, inside the borough; Type II adds what residents spend there
from their pay. Both assume UK recipes, spare capacity, fixed prices and no change elsewhere: they are gross,
and an upper reading of a policy's effect. How much firms buy locally is estimated from jobs, not observed:
give a range, delta 0.15 to 0.35. LM3 counts turnover, goods bought in for resale included, over three
rounds; on these grounds a borough's LM3 near 2 is not reachable. A section without jobs here shows 1."""


def place_multipliers(place: str, delta: float, method: Method = "flq", year: int = 2022) -> PlaceMultipliers:
    """Type I and Type II multipliers of a place, by section.

    Parameters
    ----------
    place
        Name of a profile, such as "wigan".
    delta
        Of Flegg's quotient, 0 up to, not including, 1; larger keeps less inside.
    method
        "flq", "slq" or "cilq", see `cwbsim.regional_io`.
    year
        UK recipes of 2018 or 2022.

    Returns
    -------
    PlaceMultipliers

    Raises
    ------
    UserError
        An unknown place, method or year, or a delta out of range.
    """
    from cwbsim.places.profile import load_profile

    return multipliers_of(load_profile(place), place, delta, method, year)


def multipliers_of(
    profile: PlaceJobs, place: str, delta: float, method: Method = "flq", year: int = 2022
) -> PlaceMultipliers:
    """As `place_multipliers`, for a profile already read."""
    if method not in METHODS:
        raise UserError(f"method is {method!r}", allowed=", ".join(METHODS), mend="use --method flq")
    if not 0.0 <= delta < 1.0:
        raise UserError(
            f"delta is {delta}",
            allowed=f"0 up to, not including, 1 (source: Flegg and Webber, 1997); plausible: {_plausible()}",
            mend="use --delta 0.25, and 0.15 and 0.35 for the range",
        )
    uk = load_uk(year)
    local, national = profile.jobs_by_section, profile.jobs_uk_by_section
    found = multipliers(
        regional_coefficients(uk.coefficients, local, national, method, delta),
        resident_pay_share(uk, float(profile.jobs_filled_share[0])),
        household_purchases(uk, local, national),
        1.0 / uk.output_per_job,
        local,
    )
    return PlaceMultipliers(place, float(delta), method, year, found)


def _plausible() -> str:
    """The range a scenario may take delta from, and on whose word."""
    from cwbsim.scenario import Scenario

    return range_in_words(cast(Mapping[str, Any], Scenario.model_fields["flq_delta"].json_schema_extra))


def resident_pay_share(uk: UK, held_by_residents: float) -> Floats:
    """Share of each section's output that residents take home.

    Pay share x take-home share of labour cost x share of the place's jobs held by residents. One such share
    for all sections: commuting by section is not known, and in-commuters hold the better paid jobs, so this
    is on the high side.

    Parameters
    ----------
    uk
        UK tables.
    held_by_residents
        0 to 1.

    Returns
    -------
    (20,) £ of take-home pay of residents per £ of output.
    """
    return np.asarray(uk.pay_share * take_home_share(uk.earnings_per_employee, uk.taxes) * held_by_residents)


def take_home_share(earnings: Floats, taxes: Taxes) -> Floats:
    """Pay after income tax and National Insurance over what the job costs the employer, at the mean pay of a
    section.

    Parameters
    ----------
    earnings
        (n,) £ a year before tax.
    taxes
        Rates and thresholds.

    Returns
    -------
    (n,) between 0 and 1. Pay above the additional-rate threshold is taxed at the higher rate here.
    """
    band = taxes.higher_rate_threshold_year
    income_tax = taxes.basic_rate * (np.clip(earnings, None, band) - taxes.personal_allowance_year).clip(0.0)
    income_tax = income_tax + taxes.higher_rate * (earnings - band).clip(0.0)
    upper = taxes.employee_ni_upper_threshold_year
    insurance = taxes.employee_ni_rate * (
        np.clip(earnings, None, upper) - taxes.employee_ni_threshold_year
    ).clip(0.0)
    insurance = insurance + taxes.employee_ni_upper_rate * (earnings - upper).clip(0.0)
    employer = taxes.employer_ni_rate * (earnings - taxes.employer_ni_threshold_year).clip(0.0)
    cost = earnings * (1.0 + taxes.employer_pension_share) + employer
    return np.asarray((earnings - income_tax - insurance) / cost)


def household_purchases(uk: UK, local_jobs: Floats, national_jobs: Floats) -> Floats:
    """Output of each local section that residents buy per £ of take-home pay.

    Spending on goods and services x category share x the part that is the supplier's own output (goods at the
    till are not local) x min(1, SLQ) of the supplying section x the category's reach.

    Parameters
    ----------
    uk
        UK tables.
    local_jobs, national_jobs
        (20,) jobs.

    Returns
    -------
    (20,) £ of local output per £ of take-home pay.
    """
    supplied = np.minimum(1.0, slq(local_jobs, national_jobs))[uk.consumption_section]
    bought = uk.spent_of_take_home * uk.consumption_share * uk.margin_share * uk.consumption_reach * supplied
    return np.asarray(np.bincount(uk.consumption_section, weights=bought, minlength=len(SECTIONS)))
