"""From measurements to rows: which figure is made of what."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks import bamengine_peer
from benchmarks.processes import FailedError, measure, wall_seconds
from benchmarks.rows import Row, not_run, phase_rows, shown, targeted
from benchmarks.timing import Spread

ONE_TENTH = 0.1
WIGAN = {"households": 143_105, "residents": 160_000, "firms": 17_500}


@dataclass(frozen=True)
class Effort:
    """How often each thing is repeated."""

    blocks: int = 10
    months: int = 12
    phase_blocks: int = 3
    mesa_months: int = 6
    repeats: int = 3
    bam_blocks: int = 5
    bam_periods: int = 10
    pool_blocks: int = 3
    pool_runs: int = 12
    small_runs: int = 10_000
    spend_rows: int = 1_000_000


QUICK = Effort(
    blocks=3,
    months=8,
    phase_blocks=2,
    mesa_months=2,
    repeats=1,
    bam_blocks=2,
    bam_periods=5,
    pool_blocks=1,
    pool_runs=6,
    small_runs=1000,
    spend_rows=100_000,
)


@dataclass
class Report:
    """What a run of the benchmarks found."""

    rows: list[Row] = field(default_factory=list)
    phases: list[dict[str, Any]] = field(default_factory=list)


def take(what: Mapping[str, Callable[[], dict[str, Any]]], say: Callable[[str], None]) -> dict[str, Any]:
    """Make every measurement; one that fails is kept as the sentence that says why."""
    found: dict[str, Any] = {}
    for name, measurement in what.items():
        say(f"measuring: {name}")
        try:
            found[name] = measurement()
        except FailedError as error:
            found[name] = str(error)
    return found


def measurements(effort: Effort) -> dict[str, Callable[[], dict[str, Any]]]:
    """All that is measured, in order; the peers get the sizes of cwbsim's world where it could be built."""
    size = dict(WIGAN)

    def month() -> dict[str, Any]:
        result = measure("month", blocks=effort.blocks, months=effort.months)
        size.update(result["population"])
        return result

    def bam(people: Callable[[], int]) -> dict[str, Any]:
        return bamengine_peer.time_periods(size["firms"], people(), effort.bam_blocks, effort.bam_periods)

    return {
        "spend_pass": lambda: measure("spend_pass", passes=20 * effort.repeats),
        "month": month,
        "levers": lambda: measure("levers", blocks=effort.phase_blocks, months=effort.months),
        "phases": lambda: measure("phases", blocks=effort.phase_blocks, months=effort.months),
        "build": lambda: measure("build", repeats=effort.repeats),
        "mesa": lambda: measure("mesa", None, **size, months=effort.mesa_months, creations=effort.repeats),
        "bamengine": lambda: bam(lambda: size["households"] + size["residents"]),
        "bamengine_residents": lambda: bam(lambda: size["residents"]),
        "peak": lambda: {"peak_mb": [measure("peak", months=120)["peak_mb"] for _ in range(effort.repeats)]},
        "teaching": lambda: measure("teaching", blocks=effort.blocks, months=effort.months),
        "help": lambda: {
            "seconds": wall_seconds([sys.executable, "-m", "cwbsim", "--help"], 2 + effort.repeats)
        },
        "compilation": first_compilation,
        "two_workers": lambda: measure(
            "two_workers", blocks=effort.pool_blocks, runs=effort.pool_runs, scale=ONE_TENTH
        ),
        "store_and_scheduling": lambda: measure(
            "store_and_scheduling", blocks=effort.pool_blocks, runs=effort.pool_runs, scale=ONE_TENTH
        ),
        "ten_thousand": lambda: measure("ten_thousand", runs=effort.small_runs),
        "million_rows": lambda: measure("million_rows", rows=effort.spend_rows),
        "report": lambda: measure("report", seeds=3, months=36, scale=ONE_TENTH / 2),
    }


def first_compilation() -> dict[str, Any]:
    """The first small month with an empty cache, and again with the cache it left."""
    with tempfile.TemporaryDirectory() as empty:
        caches = {"CWBSIM_CACHE_DIR": empty, "XDG_CACHE_HOME": empty, "NUMBA_CACHE_DIR": empty}
        cold, warm = measure("first_month", caches), measure("first_month", caches)
    return {"cold_s": cold["seconds"], "warm_s": warm["seconds"]}


@dataclass(frozen=True)
class Figure:
    """A row to be: its name, the measurements it is made of, and how; held to a target where it has one."""

    name: str
    needs: tuple[str, ...]
    spread: Callable[..., Spread]
    note: Callable[..., str] = lambda *_: ""
    unit: str = ""

    def row(self, found: Mapping[str, Any], targets: Mapping[str, Any]) -> Row:
        """Make the row, or the row that says what is missing."""
        missing = [f"{need}: {found[need]}" for need in self.needs if isinstance(found[need], str)]
        if missing:
            return not_run(self.name, "; ".join(missing), targets)
        inputs = [found[need] for need in self.needs]
        spread, note = self.spread(*inputs), self.note(*inputs)
        if self.name in targets:
            return targeted(self.name, spread, targets, note)
        return shown(self.name, spread, self.unit, note)


def chosen(names: Sequence[str]) -> tuple[Figure, ...]:
    """Figures by name, or all that are made of a measurement of that name; every one if none is named.

    Raises
    ------
    ValueError
        Nothing is called like this.
    """
    for name in names:
        if not any(name in (figure.name, *figure.needs) for figure in FIGURES):
            known = sorted({word for figure in FIGURES for word in (figure.name, *figure.needs)})
            raise ValueError(f"no figure or measurement is called {name!r}: {', '.join(known)}")
    return tuple(one for one in FIGURES if not names or set(names) & {one.name, *one.needs})


def report(
    found: Mapping[str, Any], budgets: Mapping[str, Any], figures: Sequence[Figure] | None = None
) -> Report:
    """Turn measurements (or the sentences that say why there are none) into rows."""
    wanted = FIGURES if figures is None else figures
    made = Report([figure.row(found, budgets["targets"]) for figure in wanted])
    if "phases" not in found:
        return made
    if isinstance(found["phases"], str):
        made.rows.append(not_run("phases", found["phases"], {}))
    else:
        made.phases = phase_rows(found["phases"]["phase_ms"], budgets["budgets"])
    return made


def _of(key: str, factor: float = 1.0) -> Callable[[Mapping[str, Any]], Spread]:
    """The spread of one list, or one number, of a measurement."""

    def spread(found: Mapping[str, Any]) -> Spread:
        values = found[key] if isinstance(found[key], list) else [found[key]]
        return Spread.of([factor * value for value in values])

    return spread


def _vs_bamengine(month: Mapping[str, Any], bam: Mapping[str, Any]) -> Spread:
    # Both sides have the same number of agents, so agent-months a second compare as seconds a month do.
    return _of("seconds_per_period", 1e3)(bam).over(_of("month_ms")(month))


def _vs_mesa(mesa: Mapping[str, Any], month: Mapping[str, Any]) -> Spread:
    return _of("month_s", 1e3)(mesa).over(_of("month_ms")(month))


def _passes(month: Mapping[str, Any]) -> Spread:
    # Block by block, for the two were timed within the same seconds.
    return Spread.of([a / b for a, b in zip(month["month_ms"], month["pass_ms"], strict=True)])


def _levers(found: Mapping[str, Any]) -> Spread:
    # Block by block, for the two were timed in turn.
    return Spread.of([a / b for a, b in zip(found["levers_ms"], found["baseline_ms"], strict=True)])


def _two_over_one(found: Mapping[str, Any]) -> Spread:
    # Block by block, for the two were timed in turn.
    return Spread.of([one / two for one, two in zip(found["one_s"], found["two_s"], strict=True)])


def _two_note(found: Mapping[str, Any]) -> str:
    one, two = found["one_s"][0], found["two_s"][0]
    return f"wall time, {found['cores']} cores: a run every {one:.2f} s with one, every {two:.2f} s with two"


def _memory_note(found: Mapping[str, Any]) -> str:
    first, last = found["held_mb"][0], found["held_mb"][-1]
    return f"{first:.0f} MB after a tenth of {found['runs']:,} runs, {last:.0f} MB after all"


def _verify_note(found: Mapping[str, Any]) -> str:
    return (
        f"{found['runs']:,} runs, {found['store_mb']:.0f} MB; {min(found['verify_wall_s']):.1f} s on the wall"
    )


def _rows_note(found: Mapping[str, Any]) -> str:
    return f"CPU, {found['rows']:,} rows read and written; {found['import_wall_s']:.0f} s on the wall"


def _report_note(found: Mapping[str, Any]) -> str:
    lacking = "".join(f"; {line.split(' is not made')[0]} left out" for line in found["missing"])
    return f"CPU, from a finished comparison; {found['report_wall_s']:.0f} s on the wall{lacking}"


def _bam_note(who: str) -> Callable[..., str]:
    def note(_: Mapping[str, Any], bam: Mapping[str, Any]) -> str:
        return f"bamengine {bam['version']} with {bam['agents']:,} agents, as many as cwbsim has {who}"

    return note


def _month_note(month: Mapping[str, Any]) -> str:
    who = ", ".join(f"{count:,} {name}" for name, count in month["population"].items())
    recorded = (
        "" if month["records_outcomes"] else "; the world has no recorder: outcomes are not in this time"
    )
    return f"{month['months']} months at scale 1.0: {who}{recorded}"


FIGURES: tuple[Figure, ...] = (
    Figure("vs_mesa_objects", ("mesa", "month"), _vs_mesa),
    Figure("every_lever_over_baseline", ("levers",), _levers),
    Figure("spend_passes_per_month", ("month",), _passes),
    Figure(
        "vs_bamengine", ("month", "bamengine"), _vs_bamengine, _bam_note("households, residents and firms")
    ),
    Figure(
        "vs_bamengine_residents",
        ("month", "bamengine_residents"),
        _vs_bamengine,
        _bam_note("residents and firms"),
        "times as fast",
    ),
    Figure(
        "build_vs_mesa_create",
        ("build", "mesa"),
        lambda build, mesa: _of("build_s")(build).over(_of("creation_s")(mesa)),
    ),
    Figure("peak_mb", ("peak",), _of("peak_mb")),
    Figure("fixed_cost_ms", ("teaching",), _of("month_ms"), lambda teaching: str(teaching["which"])),
    Figure("help_seconds", ("help",), _of("seconds")),
    Figure(
        "first_compilation_s",
        ("compilation",),
        lambda found: Spread.of([found["cold_s"] - found["warm_s"]]),
        lambda found: f"empty cache {found['cold_s']:.1f} s less full cache {found['warm_s']:.1f} s",
        unit="s",
    ),
    Figure("two_workers_over_one", ("two_workers",), _two_over_one, _two_note),
    Figure(
        "store_and_scheduling",
        ("store_and_scheduling",),
        _of("share"),
        lambda found: f"runs of {found['run_s'][0]:.2f} s at scale {ONE_TENTH:g}, {found['kb']:.0f} kB each",
    ),
    Figure("parent_growth_mb", ("ten_thousand",), _of("growth_mb"), _memory_note),
    Figure("verify_s", ("ten_thousand",), _of("verify_s"), _verify_note),
    Figure("spend_import_s", ("million_rows",), _of("import_s"), _rows_note),
    Figure("spend_import_mb", ("million_rows",), _of("peak_mb")),
    Figure("report_s", ("report",), _of("report_s"), _report_note),
    Figure("month_ms", ("month",), _of("month_ms"), _month_note, "ms"),
    Figure("month_wall_ms", ("month",), _of("wall_ms"), unit="ms"),
    Figure("build_s", ("build",), _of("build_s"), unit="s"),
    Figure("first_build_s", ("build",), _of("first_s"), lambda _: "the first of its process", "s"),
    Figure("spend_pass_ms", ("spend_pass",), _of("pass_ms"), unit="ms"),
    Figure("mesa_month_ms", ("mesa",), _of("month_s", 1e3), unit="ms"),
    Figure("mesa_create_s", ("mesa",), _of("creation_s"), unit="s"),
    Figure("bamengine_period_ms", ("bamengine",), _of("seconds_per_period", 1e3), unit="ms"),
)
