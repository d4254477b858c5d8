"""How close the starting world comes to its targets: ``uv run python -m experiments.fit_of_start [--scale 1.0]``.

Writes experiments/start/target_against_drawn.csv and .md. Targets are the figures of the place's profile; drawn is what
the world holds on the eve of month 1, scaled up.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from cwbsim import load_scenario, scenario_files
from cwbsim.places.profile import BANDS, Profile
from cwbsim.places.start import build_with_account
from cwbsim.record import Recorder
from cwbsim.simulation import run_month
from cwbsim.world import BOROUGH, EMPLOYED, INACTIVE, OUTSIDE, SECTIONS, UNEMPLOYED, WIDER, World

FOLDER = Path(__file__).with_name("start")
TENURES = ("owned outright", "mortgaged", "private rent", "social rent")
ZONES = ("borough", "wider area", "outside")
TABLE_HEAD = "| | unit | target | drawn | difference |\n|---|---|---:|---:|---:|"
#: Groups too long to print line by line; the page gives their sums and their worst line.
LONG = ("households by ward and decile", "units by section and band")


@dataclass(frozen=True, slots=True)
class Line:
    """One target and what was drawn of it."""

    group: str
    what: str
    unit: str
    target: float
    drawn: float

    @property
    def difference(self) -> float:
        """Drawn less target."""
        return self.drawn - self.target

    @property
    def percent(self) -> float:
        """Difference over the target, per cent; nan without one."""
        return 100 * self.difference / self.target if self.target else float("nan")


def lines(world: World, profile: Profile) -> Iterator[Line]:
    """Compare a starting world with its profile."""
    yield from _work(world, profile)
    yield from _units(world, profile)
    yield from _households(world, profile)
    yield from _pay(world, profile)
    yield from _anchors(world, profile)
    yield _universal_credit(world, profile)
    yield _value_added(world, profile)


def _each(
    group: str, unit: str, names: tuple[str, ...], target: np.ndarray, drawn: np.ndarray
) -> Iterator[Line]:
    for name, aim, got in zip(names, target.ravel(), drawn.ravel(), strict=True):
        if aim or got:
            yield Line(group, name, unit, float(aim), float(got))


def _work(world: World, profile: Profile) -> Iterator[Line]:
    e, n_sites, n_here = world.employers, world.firms.key.shape[0], world.on_site_row(WIDER)
    commuting = world.commuting_row(WIDER)
    staff = e.n_residents + e.n_from_wider + e.n_from_outside
    jobs = np.bincount(e.section[:n_sites], weights=staff[:n_sites], minlength=20)
    jobs += np.bincount(e.section[n_here:commuting], weights=staff[n_here:commuting], minlength=20)
    for anchor, count in zip(profile.anchors, staff[n_sites:n_here], strict=True):
        jobs += count * anchor.staff_by_section
    up = 1.0 / world.scale
    yield from _each("jobs by section", "jobs", SECTIONS, profile.jobs_by_section, jobs * up)
    here = float(e.n_residents[:commuting].sum())
    away = e.n_residents[commuting:].astype(float)
    at_work = np.array([here, *away])
    yield from _each(
        "where residents work", "share", ZONES, profile.residents_work_share, at_work / at_work.sum()
    )
    filled = np.array([here, e.n_from_wider.sum(), e.n_from_outside.sum()], float)
    yield from _each("who fills the jobs", "share", ZONES, profile.jobs_filled_share, filled / filled.sum())
    status = np.bincount(world.residents.status, minlength=3) * up
    yield Line("residents", "in work", "people", profile.residents_employed, status[EMPLOYED])
    yield Line("residents", "unemployed", "people", profile.residents_unemployed, status[UNEMPLOYED])
    yield Line("residents", "would work", "people", profile.residents_inactive_wanting_work, status[INACTIVE])


def _units(world: World, profile: Profile) -> Iterator[Line]:
    f, up = world.firms, 1.0 / world.scale
    is_unit = f.is_open & (f.size_class > 0)
    drawn = np.zeros((20, len(BANDS)))
    np.add.at(drawn, (f.section[is_unit], f.size_class[is_unit] - 1), up)
    target = np.maximum(profile.units_by_section_band - profile.anchor_units_by_section_band, 0)
    names = tuple(f"{section}, {band} jobs" for section in SECTIONS for band in BANDS)
    yield from _each("units by section and band", "units", names, target, drawn)
    yield from _each("units by band", "units", tuple(BANDS), target.sum(axis=0), drawn.sum(axis=0))
    alone = np.bincount(f.section[f.is_open & (f.size_class == 0)], minlength=20) * up
    yield from _each("own account by section", "people", SECTIONS, profile.own_account_by_section, alone)


def _households(world: World, profile: Profile) -> Iterator[Line]:
    h, up = world.households, 1.0 / world.scale
    size = np.bincount(np.minimum(h.size, 8) - 1, minlength=8) * up
    names = ("1 person", *(f"{n} people" for n in range(2, 8)), "8 or more")
    yield from _each("households by size", "households", names, profile.households_by_size, size)
    tenure = np.bincount(h.tenure, minlength=4) / h.tenure.size
    yield from _each("households by tenure", "share", TENURES, profile.tenure_share, tenure)
    cells = np.zeros(profile.households_by_ward_decile.shape)
    np.add.at(cells, (h.ward, h.deprivation), up)
    where = tuple(f"{ward.name}, decile {d}" for ward in profile.wards for d in range(1, 11))
    yield from _each(
        "households by ward and decile", "households", where, profile.households_by_ward_decile, cells
    )


def _pay(world: World, profile: Profile) -> Iterator[Line]:
    pay = world.residents.pay[world.residents.status == EMPLOYED] * 12 / 100
    names = tuple(f"percentile {p:g}" for p in profile.pay_percentile)
    yield from _each(
        "pay of residents", "£ a year", names, profile.pay_annual, np.percentile(pay, profile.pay_percentile)
    )


def _anchors(world: World, profile: Profile) -> Iterator[Line]:
    needs = world.needs
    for row, anchor in enumerate(profile.anchors):
        mine = needs.anchor == row
        budget = needs.budget[mine].astype(float)
        for place, target in ((BOROUGH, anchor.local_share), (WIDER, anchor.wider_share)):
            share = budget[needs.place[mine] == place].sum() / max(budget.sum(), 1.0)
            what = f"{anchor.name}: {ZONES[place]}"
            yield Line("contract spend placed", what, "share", float(target.value), float(share))
        spent = budget.sum() * 12 / 100 / world.scale
        yield Line("contract budgets", anchor.name, "£ a year", float(anchor.contract_budget), float(spent))


def _universal_credit(world: World, profile: Profile) -> Line:
    h, taper = world.households, world.parameters.treasury.universal_credit_taper
    credit = h.benefit_most - np.maximum(h.earnings - h.work_allowance, 0) * taper
    n = np.count_nonzero((h.benefit_most > 0) & (credit > 0)) / world.scale
    target = profile.income.universal_credit_households
    return Line("benefits", "households on Universal Credit", "households", target, n)


def _value_added(world: World, profile: Profile) -> Line:
    world.recorder = Recorder(world, 1)
    run_month(world)
    value = float(world.recorder.values["gross_value_added"][0, 0]) * 12
    target = profile.gva_area_pounds_estimate
    return Line("output", "gross value added of month 1, x 12", "£ a year", target, value)


def page(found: list[Line], scale: float, seed: int) -> str:
    """Return the table as a page."""
    out = [
        "# The starting world: target against drawn\n",
        f"Written by `uv run python -m experiments.fit_of_start`; scale {scale:g}, seed {seed}. Where the targets come from:",
        "`cwbsim place show`. Every line is in [target_against_drawn.csv](target_against_drawn.csv).\n",
        "| group | lines | target | drawn | difference | misplaced |\n|---|---:|---:|---:|---:|---:|",
    ]
    groups = list(dict.fromkeys(line.group for line in found))
    for group in groups:
        mine = [line for line in found if line.group == group]
        if {line.unit for line in mine} & {"share", "£ a year"} and len(mine) > 1:
            continue
        aim, got = sum(line.target for line in mine), sum(line.drawn for line in mine)
        moved = 100 * sum(abs(line.difference) for line in mine) / 2 / max(aim, 1)
        misplaced = f"{moved:.2f} %" if len(mine) > 1 else ""
        out.append(
            f"| {group} | {len(mine)} | {aim:,.0f} | {got:,.0f} | {100 * (got / aim - 1):+.2f} % | {misplaced} |"
        )
    out.append(
        "\nPay is of everybody in work here, its target of employees alone. *Misplaced*: half the sum of absolute\n"
        "differences over the target, the share that would have to move to another line. Output is the largest miss:\n"
        "its target is in pounds of 2022 and a share by jobs of an area, while pay here is of 2024; what remains is a\n"
        "surplus per job above the area's, which no table gives by section.\n"
    )
    for group in (one for one in groups if one not in LONG):
        out += [f"## {group[0].upper()}{group[1:]}\n", TABLE_HEAD]
        out += [_row(line) for line in found if line.group == group]
        out.append("")
    return "\n".join(out)


def _row(line: Line) -> str:
    if line.unit == "share":
        change = f"{100 * line.difference:+.2f} points"
        return f"| {line.what} | share | {line.target:.4f} | {line.drawn:.4f} | {change} |"
    change = f"{line.percent:+.2f} %" if line.target else "no target"
    return f"| {line.what} | {line.unit} | {line.target:,.0f} | {line.drawn:,.0f} | {change} |"


def main() -> None:
    """Build the world, compare, write."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--scenario", default="wigan/baseline")
    arguments.add_argument("--scale", type=float, default=1.0)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=Path, default=FOLDER)
    asked = arguments.parse_args()
    scenario = load_scenario(scenario_files.find(asked.scenario)).model_copy(update={"scale": asked.scale})
    world, account = build_with_account(scenario, asked.seed)
    found = list(lines(world, account.source.profile))
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "target_against_drawn.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(item.name for item in fields(Line)), "difference", "percent"])
        for line in found:
            numbers = (line.target, line.drawn, line.difference, line.percent)
            writer.writerow([line.group, line.what, line.unit, *(f"{number:.6g}" for number in numbers)])
    text = page(found, asked.scale, asked.seed)
    (asked.out / "target_against_drawn.md").write_text(text + "\n", encoding="utf-8")
    print(text.partition("\n## ")[0])


assert (BOROUGH, WIDER, OUTSIDE) == (0, 1, 2)  # as in ZONES

if __name__ == "__main__":
    main()
