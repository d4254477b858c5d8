"""The benchmarks measure what they say; nothing here is timed."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import council_files, cwbsim_side, figures, many_runs, measure, processes, rows, spend_pass
from benchmarks.mesa_objects import CATEGORIES, Firm, Household, PlainEconomy, Resident
from benchmarks.timing import Spread
from cwbsim.analysis.kept import kept_of
from cwbsim.scenario import Scenario

FROZEN = "15b4219c8bd5299a474e70af9990b4f566c617542364c837ce964a3616599dcf"

STUB: dict[str, Any] = {
    "spend_pass": {"pass_ms": [2.0, 2.0, 2.5]},
    "month": {
        "month_ms": [8.0, 10.0, 12.0],
        "wall_ms": [8.0, 10.0, 13.0],
        "pass_ms": [2.0, 2.0, 2.0],
        "months": 36,
        "population": {"households": 3, "residents": 4, "firms": 2},
        "records_outcomes": True,
    },
    "phases": {
        "phase_ms": {
            "labour.adjust_staff": [1.0, 1.0],
            "labour.match_vacancies": [2.0, 2.0],
            "x.y": [1.0, 1.0],
        }
    },
    "levers": {"baseline_ms": [8.0, 10.0], "levers_ms": [10.0, 12.0]},
    "build": {"first_s": 1.0, "build_s": [0.4, 0.5, 0.6]},
    "mesa": {"creation_s": [2.0, 2.0], "month_s": [1.0, 1.2]},
    "bamengine": {"seconds_per_period": [0.10, 0.12], "agents": 9, "version": "0"},
    "bamengine_residents": {"seconds_per_period": [0.05], "agents": 6, "version": "0"},
    "peak": {"peak_mb": 499.0},
    "teaching": {"month_ms": [3.0], "which": "stub"},
    "help": {"seconds": [0.3, 0.6]},
    "compilation": {"cold_s": 9.0, "warm_s": 1.0},
    "two_workers": {"one_s": [1.0, 1.2], "two_s": [0.5, 0.75], "cores": 2},
    "store_and_scheduling": {"share": [0.02, 0.01], "run_s": [1.0, 1.0], "kb": 100.0},
    "ten_thousand": {
        "runs": 100, "held_mb": [90.0, 92.0], "growth_mb": 2.0, "verify_s": [1.0], "verify_wall_s": [1.5], "store_mb": 3.0,
    },
    "million_rows": {"import_s": 30.0, "import_wall_s": 31.0, "rows": 1_000_000, "peak_mb": 900.0},
    "report": {"report_s": 15.0, "report_wall_s": 16.0, "missing": ["report.pdf is not made: no WeasyPrint"]},
}


def stub_report(**changed: Any) -> figures.Report:
    return figures.report({**STUB, **changed}, rows.load_budgets())


def row(report: figures.Report, name: str) -> rows.Row:
    return next(row for row in report.rows if row.name == name)


def test_the_spend_pass_moves_every_penny_and_makes_none() -> None:
    given = spend_pass.make_input(households=500, firms=60)
    given.run()
    given.run()
    assert given.income.sum() == 2 * given.budget.sum()
    assert np.array_equal(given.money, -given.budget)  # began with one budget, spent two


def test_the_spend_pass_splits_by_the_cumulative_floor_of_the_running_share() -> None:
    # 100 pence in thirds to firm 0, wider area, outside: floor(33.3) = 33, 66 - 33 = 33, 100 - 66 = 34.
    # Income holds the firm, then outside (row -2), then the wider area (row -1).
    third = 2**24 // 3
    income, money = np.zeros(3, np.int64), np.array([250], np.int64)
    spend_pass.spend_pass(
        money,
        np.array([100], np.int64),
        np.array([0], np.int8),
        np.array([[third, 2 * third, 2**24]], np.int64),
        np.array([[0, spend_pass.WIDER_AREA, spend_pass.OUTSIDE]], np.int32),
        income,
    )
    assert income.tolist() == [33, 34, 33]
    assert money.tolist() == [150]


def test_the_spend_pass_is_the_one_all_past_figures_were_counted_in() -> None:
    assert spend_pass.digest() == FROZEN, (
        "The spend pass or its input changed. It is a yardstick: put it back, or no figure counted in passes "
        "before today can be compared any more."
    )


def test_the_spend_pass_has_the_geography_its_docstring_states() -> None:
    given = spend_pass.make_input(households=2_000, firms=120)
    assert (given.supplier == spend_pass.WIDER_AREA).mean() == pytest.approx(0.2, abs=0.01)
    assert (given.supplier == spend_pass.OUTSIDE).mean() == pytest.approx(0.1, abs=0.01)
    assert given.supplier.max() < 120
    local = given.supplier >= 0
    category = np.broadcast_to(np.arange(12), local.shape)
    assert np.array_equal(given.supplier[local] // 10, category[local])


def test_mesa_objects_pay_their_suppliers_and_residents_without_losing_a_penny() -> None:
    economy = PlainEconomy(households=50, residents=60, firms=40)
    economy.step()
    economy.step()
    assert economy.total_money() == 0
    pay_of = dict.fromkeys(economy.agents_by_type[Household], 0)
    for resident in economy.agents_by_type[Resident]:
        pay_of[resident.household] += resident.pay
    assert all(home.money == 2 * (pay - home.budget) for home, pay in pay_of.items())


def test_mesa_objects_have_as_many_agents_as_asked_for_and_twelve_suppliers_each() -> None:
    economy = PlainEconomy(households=50, residents=60, firms=40)
    counts = {kind.__name__: len(agents) for kind, agents in economy.agents_by_type.items()}
    assert counts == {"Firm": 40, "Household": 50, "Resident": 60}
    assert all(len(home.suppliers) == CATEGORIES for home in economy.agents_by_type[Household])
    assert all(
        isinstance(firm, Firm) for home in economy.agents_by_type[Household] for firm in home.suppliers
    )


def test_ratios_are_those_of_the_medians_and_their_range_the_widest() -> None:
    # Mesa 1.1 s (1.0 to 1.2) over cwbsim 10 ms (8 to 12): 110, from 1.0/12 ms = 83.3 to 1.2/8 ms = 150.
    mesa = row(stub_report(), "vs_mesa_objects")
    assert (mesa.value, mesa.low, mesa.high) == pytest.approx((110.0, 1000 / 12, 150.0))
    # bamengine 110 ms over 10 ms; a build of 0.5 s over 2 s.
    assert row(stub_report(), "vs_bamengine").value == pytest.approx(11.0)
    assert row(stub_report(), "build_vs_mesa_create").value == pytest.approx(0.25)
    # Passes are paired block by block: 8/2, 10/2, 12/2.
    passes = row(stub_report(), "spend_passes_per_month")
    assert (passes.value, passes.low, passes.high) == (5.0, 4.0, 6.0)


def test_two_workers_are_compared_with_one_block_by_block() -> None:
    # 1.0 / 0.5 = 2.0 and 1.2 / 0.75 = 1.6: the median of two is 1.8.
    two = row(stub_report(), "two_workers_over_one")
    assert (two.value, two.low, two.high, two.verdict) == (pytest.approx(1.8), pytest.approx(1.6), 2.0, "pass")


def test_a_small_run_is_kept_with_as_many_series_as_the_teaching_borough(tmp_path: Path) -> None:
    found = many_runs.ten_thousand(10)

    assert (found["runs"], len(found["held_mb"])) == (10, 10)
    kept = kept_of(many_runs.small_run(Scenario(title="small", months=24), 1), 0.0)
    assert kept.values.shape == (24, 250)  # the hamlet has 251
    assert found["store_mb"] > 10 * kept.values.nbytes * 0.9 / 1e6  # digits that no compression makes small


def test_only_what_a_chosen_figure_needs_is_measured() -> None:
    assert [one.name for one in figures.chosen(["ten_thousand"])] == ["parent_growth_mb", "verify_s"]
    assert [one.needs for one in figures.chosen(["vs_bamengine"])] == [("month", "bamengine")]
    assert figures.chosen([]) == figures.FIGURES
    with pytest.raises(ValueError, match="no figure or measurement is called 'speed'"):
        figures.chosen(["speed"])
    made = figures.report({"help": STUB["help"]}, rows.load_budgets(), figures.chosen(["help"]))
    assert [one.name for one in made.rows] == ["help_seconds"]


def test_every_target_has_a_row_and_every_row_a_verdict() -> None:
    report = stub_report()
    targets = rows.load_budgets()["targets"]
    assert {row.name for row in report.rows if row.target is not None} == set(targets)
    assert {row.verdict for row in report.rows} <= {"pass", "stretch", "fail", "shown"}
    again = json.loads(json.dumps([row.as_dict() for row in report.rows]))
    assert [entry["name"] for entry in again] == [row.name for row in report.rows]
    assert all(entry["low"] <= entry["value"] <= entry["high"] for entry in again)


@pytest.mark.parametrize(
    ("sense", "value", "verdict"),
    [
        ("at least", 10.0, "pass"),
        ("at least", 9.99, "fail"),
        ("at least", 15.0, "stretch"),
        ("at most", 10.0, "pass"),
        ("at most", 10.01, "fail"),
        ("below", 10.0, "fail"),
        ("below", 9.99, "pass"),
    ],
)
def test_a_target_is_met_exactly_where_its_sense_says(sense: str, value: float, verdict: str) -> None:
    target: dict[str, Any] = {"value": 10.0, "sense": sense}
    if sense == "at least":
        target["stretch"] = 15.0
    assert rows.judge(value, target) == verdict


def test_invented_payments_are_dated_within_three_years_and_some_are_credit_notes() -> None:
    made = list(council_files.payment_rows(200))

    assert {row[6][0] for row in made[::50]} == {"-"}
    assert sum(row[6].startswith("-") for row in made) == 4
    assert len({row[5] for row in made}) == 200


def test_a_figure_that_could_not_be_had_says_why_and_the_others_stand() -> None:
    report = stub_report(bamengine="no registry", phases="no schedule")
    missing = row(report, "vs_bamengine")
    assert (missing.verdict, missing.value, missing.target) == ("not run", None, 10.0)
    assert "no registry" in missing.note
    assert row(report, "vs_mesa_objects").verdict == "pass"
    assert "no schedule" in row(report, "phases").note
    assert "no registry" in rows.table(report.rows, report.phases)


def test_a_measurement_that_fails_does_not_stop_the_next() -> None:
    def failing() -> dict[str, Any]:
        raise processes.FailedError("the reason")

    said: list[str] = []
    found = figures.take({"a": failing, "b": lambda: {"c": 1}}, said.append)
    assert found == {"a": "the reason", "b": {"c": 1}}
    assert len(said) == 2


def test_phases_of_a_group_share_its_budget_and_shares_add_to_the_whole() -> None:
    matching, other = stub_report().phases
    # adjust 1 + match 2 = 3 ms of a month of 4 ms, budget 2: over it. The other phase has 0.3 and takes 1.
    assert (matching["group"], matching["ms"], matching["share"], matching["verdict"]) == (
        "matching",
        3.0,
        0.75,
        "fail",
    )
    assert (other["group"], other["budget_ms"], other["share"]) == ("x.y", 0.3, 0.25)


def test_every_phase_with_a_budget_is_a_phase_of_the_month() -> None:
    schedule = pytest.importorskip("cwbsim.schedule", reason="the schedule is not written yet")
    month = {cwbsim_side.phase_name(phase) for phase in schedule.MONTH}
    named = {
        phase for group in rows.load_budgets()["budgets"]["groups"].values() for phase in group["phases"]
    }
    assert named <= month, f"budgets.toml names phases the month does not have: {sorted(named - month)}"


@pytest.fixture
def two_phase_cwbsim(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A cwbsim of two phases: run_month counts the month itself, then runs its schedule."""
    import cwbsim

    def work(world: list[str]) -> None:
        world.append("work")

    def books(world: list[str]) -> None:
        world.append("books")

    schedule, simulation = types.ModuleType("cwbsim.schedule"), types.ModuleType("cwbsim.simulation")
    schedule.MONTH = simulation.MONTH = (work, books)  # type: ignore[attr-defined]

    def run_month(world: list[str]) -> None:
        world.append("month")
        for phase in simulation.MONTH:  # type: ignore[attr-defined]
            phase(world)

    simulation.run_month = run_month  # type: ignore[attr-defined]
    simulation.build_world = simulation.simulate = lambda scenario, seed: []  # type: ignore[attr-defined]
    for module in (schedule, simulation):
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(cwbsim, module.__name__.removeprefix("cwbsim."), module, raising=False)
    return simulation


def test_timing_the_phases_leaves_the_month_and_the_schedule_as_they_were(two_phase_cwbsim: Any) -> None:
    before = two_phase_cwbsim.MONTH
    world: list[str] = []
    with cwbsim_side.timed_phases() as spent:
        assert two_phase_cwbsim.MONTH is not before
        cwbsim_side.month_runner()(world)
    assert world == ["month", "work", "books"]
    assert two_phase_cwbsim.MONTH is before
    assert {name.rsplit(".", 1)[1] for name in spent} == {"work", "books"}
    assert all(seconds > 0.0 for seconds in spent.values())


@pytest.fixture
def empty_borough(two_phase_cwbsim: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same, with a scenario and a yardstick too small to take any time."""
    monkeypatch.setattr(cwbsim_side, "wigan_scenario", lambda months: months)
    monkeypatch.setattr(cwbsim_side, "population", lambda world: {"households": len(world)})
    small = spend_pass.make_input(households=20, firms=24)
    monkeypatch.setattr(spend_pass, "make_input", lambda: small)
    return two_phase_cwbsim


def test_a_month_is_timed_after_two_that_are_not_and_over_all_its_blocks(empty_borough: Any) -> None:
    found = measure.month(blocks=3, months=4)
    assert [len(found[key]) for key in ("month_ms", "wall_ms", "pass_ms")] == [3, 3, 3]
    # A month leaves three words: 2 uncounted + 3 blocks of 4 months = 14 months, 42 words.
    assert (found["months"], found["population"]) == (12, {"households": 42})


def test_every_phase_is_timed_in_every_block(empty_borough: Any) -> None:
    taken = measure.phases(blocks=2, months=3)["phase_ms"]
    assert {name.rsplit(".", 1)[1]: len(blocks) for name, blocks in taken.items()} == {"work": 2, "books": 2}


def test_a_month_that_goes_round_the_schedule_is_refused(empty_borough: Any) -> None:
    empty_borough.run_month = lambda world: world.append("by another way")
    with pytest.raises(cwbsim_side.NotThereError, match="does not go through"):
        measure.phases(blocks=1, months=1)


def test_a_cwbsim_without_its_parts_is_named_in_the_message(two_phase_cwbsim: Any) -> None:
    del two_phase_cwbsim.run_month
    with pytest.raises(cwbsim_side.NotThereError, match="no run_month"):
        cwbsim_side.month_runner()


def test_a_process_that_fails_hands_back_its_last_line() -> None:
    program = "import sys; print('first', file=sys.stderr); sys.exit('the last line')"
    with pytest.raises(processes.FailedError, match=r"^the last line$"):
        processes.run_quietly([sys.executable, "-c", program])


def test_peak_memory_is_of_this_process_in_megabytes() -> None:
    before = measure.peak_megabytes()
    block = np.ones(25_000_000)  # 200 MB, touched
    assert measure.peak_megabytes() >= before
    assert measure.peak_megabytes() > block.nbytes / 1e6


def test_a_spread_is_median_least_and_greatest() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
