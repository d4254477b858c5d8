"""``cwbsim run`` and ``cwbsim compare``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.commands import options, studies

if TYPE_CHECKING:
    import pandas as pd

    from cwbsim.analysis.compare import Comparison
    from cwbsim.analysis.kept import RunLike


@click.command()
@click.argument("scenario")
@options.seed
@options.months
@options.scale
@options.out
@options.force
@options.as_json
@click.option(
    "--hash", "only_hash", is_flag=True, help="Print the hash of the final state (--json: with what was run), and write nothing."
)
@options.quiet
@options.no_progress
@options.verbose
def run(
    scenario: str,
    seed: int | None,
    months: int | None,
    scale: float | None,
    out: Path | None,
    force: bool,
    as_json: bool,
    only_hash: bool,
    quiet: bool,
    no_progress: bool,
    verbose: bool,
) -> None:
    """Simulate SCENARIO once: a file, or a name from `cwbsim scenarios list`.

    One run is not kept in part: stopped, it begins anew when the command is given again.
    """
    import time

    from cwbsim import scenario_files
    from cwbsim.report.folder import check_free, run_folder, write_run
    from cwbsim.report.inputs import inputs_of
    from cwbsim.report.table import headline_text
    from cwbsim.scenario import load_scenario

    if only_hash and (out is not None or force):
        raise click.UsageError(f"--hash writes nothing: leave out {'--out' if out is not None else '--force'}, or --hash.")
    file = scenario_files.find(scenario)
    chosen = options.adjusted(load_scenario(scenario), seed=seed, months=months, scale=scale)
    target = out or run_folder(file.stem, [chosen], [chosen.seed])
    if not only_hash:
        check_free(target, force=force)
    inputs = inputs_of([file], [chosen])
    if verbose and not quiet:
        options.say_read(inputs, [chosen])
    announce(f"{chosen.title}: {chosen.months} months, seed {chosen.seed} ...", quiet)
    note_scale(chosen.scale, quiet)
    started = time.perf_counter()
    from cwbsim.simulation import simulate

    with studies.months_counted(chosen.months, not (quiet or no_progress), verbose and not quiet) as on_month:
        finished: RunLike = simulate(chosen, chosen.seed, on_month=on_month)
    seconds = time.perf_counter() - started
    about = {"scenario": chosen.title, "scenario_hash": chosen.scenario_hash(), "seed": chosen.seed}
    if only_hash:
        state = {"state_hash": finished.canonical_hash()}
        options.print_json({**about, **state}) if as_json else click.echo(state["state_hash"])
        return
    summary = _first_and_last_year(finished)
    rows = summary[summary["outcome"].map(lambda name: finished.outcomes[name].headline)]
    text = headline_text(chosen, chosen.seed, rows)
    write_run(
        chosen,
        chosen.seed,
        finished,
        summary,
        text,
        target,
        command=["cwbsim", *sys.argv[1:]],
        inputs=inputs,
        seconds=seconds,
        force=force,
    )
    if as_json:
        state = {"state_hash": finished.canonical_hash(), "folder": str(target)}
        options.print_json({**about, **state, "outcomes": rows.to_dict("records")})
    else:
        click.echo(text)
    options.say(f"\nResults: {target}  ({seconds:.0f} s)", quiet=quiet)


@click.command()
@click.argument("baseline")
@click.argument("policies", nargs=-1, required=True)
@click.option(
    "--until", metavar='"OUTCOME ±X"', help='Run seeds until an interval is this narrow: "jobs ±50".'
)
@click.option(
    "--report", type=click.Path(path_type=Path), help="Folder for a committee's report: HTML, PDF, Word, Excel, figures."
)
@click.option(
    "--uncertainty", type=click.Path(path_type=Path, exists=True),
    help="Folder of `cwbsim uncertainty` or `sensitivity` on the same policy: the report says what would change the answer.",
)
@studies.study(None, "How many seeds; 8 if left out, with --until at most 200.", most=10_000)
def compare(
    baseline: str,
    policies: tuple[str, ...],
    until: str | None,
    report: Path | None,
    uncertainty: Path | None,
    study: studies.Study,
) -> None:
    """Simulate BASELINE and POLICIES with the same luck, and show what the policies change.

    Each run is kept as soon as it is finished: the same command goes on from where it was stopped.
    """
    from cwbsim.analysis.compare import DEFAULT_SEEDS
    from cwbsim.analysis.compare import compare as compare_scenarios
    from cwbsim.analysis.seeds import MOST, Until, compare_until
    from cwbsim.report.folder import check_free, write_comparison
    from cwbsim.report.table import comparison_text
    from cwbsim.report.tornado import check_analysed

    files, (first, *others) = study.scenarios(baseline, *policies)
    stop = None if until is None else Until.read(until)
    n = study.seeds or (MOST if stop else DEFAULT_SEEDS)
    study = replace(study, seeds=n)
    target = study.folder("_".join(file.stem for file in files[1:]), [first, *others])
    if report is not None:
        check_free(report, force=study.force)
    if uncertainty is not None:
        check_analysed(uncertainty)
    announce(
        f"{'At most ' if stop else ''}{n * len(files)} runs of {first.months} months: {len(files)} scenarios, {n} seeds ...",
        study.quiet,
    )
    note_scale(first.scale, study.quiet)
    written_by = study.written_by(files, [first, *others])
    with study.kept(target) as how:
        if stop is None:
            comparison = compare_scenarios(first, others, n, **how)
        else:
            comparison = compare_until(first, others, stop, most=n, **how)
        write_comparison(comparison, target, store=how["store"], **written_by)
    study.show(_as_dict(comparison), comparison_text(comparison), target)
    if report is not None:
        _report(comparison, report, uncertainty=uncertainty, results=target, force=study.force, quiet=study.quiet)
    study.end(
        target, len(comparison.failures), f"; why: {target / 'manifest.json'}", f"Results: {{}}  ({comparison.seconds:.0f} s)"
    )


def _report(
    comparison: Comparison, report: Path, *, uncertainty: Path | None, results: Path, force: bool, quiet: bool
) -> None:
    """The committee's report, and a line for each part whose package is missing."""
    from cwbsim.report.outputs import write_report

    command = ["cwbsim", *sys.argv[1:]]
    for line in write_report(
        comparison, report, command=command, uncertainty=uncertainty, results=results, force=force
    ):
        options.say(line, quiet=False)
    options.say(f"\nReport: {report / 'report.html'}", quiet=quiet)


def announce(text: str, quiet: bool) -> None:
    """What is about to run, and that the first time takes longer, where it does: loops are compiled here then."""
    from cwbsim import compiled

    options.say(text, quiet=quiet)
    if not compiled.is_warm():
        from cwbsim.commands.warming import warm_up

        options.say("First use of this version: its loops are compiled, once, which takes about two minutes ...", quiet=quiet)
        warm_up()


def note_scale(scale: float, quiet: bool) -> None:
    """Say that tenders are thinner in a part of a place than in all of it, where a part is simulated."""
    if scale < 1.0:
        text = "At this scale tenders draw fewer bidders than at full scale: see docs/trust.md, under Missed."
        options.say(text, quiet=quiet)


def _first_and_last_year(finished: RunLike) -> pd.DataFrame:
    """Totals of a run in its first and its last twelve months, of a run no longer than that in all its months; all outcomes."""
    import pandas as pd

    from cwbsim.analysis.compare import unit_in_window
    from cwbsim.analysis.run_summary import YEAR, totals_of

    paths = totals_of(finished.to_frame())
    windows = {"first_year": slice(YEAR), "last_year": slice(-YEAR, None)} if len(paths) > YEAR else {"all_months": slice(None)}
    rows = []
    for name, measure in finished.outcomes.items():
        if name not in paths:
            continue
        row: dict[str, Any] = {"outcome": name, "unit": unit_in_window(measure, "last_year", len(paths))}
        for window, months in windows.items():
            part = paths[name].iloc[months]
            row[window] = part.sum() if measure.kind == "flow" else part.mean()
        rows.append(row)
    return pd.DataFrame(rows, columns=["outcome", "unit", *windows])


def _as_dict(comparison: Comparison) -> dict[str, Any]:
    tables = {
        window: comparison.to_frame(window).to_dict("records") for window in ("last_year", "all_months")
    }
    failures = [
        {"scenario": one.scenario, "seed": one.seed, "exception": one.failure.exception}
        for one in comparison.failures
    ]
    return {
        "baseline": comparison.baseline.title,
        "policies": [policy.title for policy in comparison.policies],
        "scenario_hashes": [one.scenario_hash() for one in (comparison.baseline, *comparison.policies)],
        "seeds": list(comparison.seeds),
        "interval": "95 % paired t interval over seeds",
        "note": comparison.note,
        **tables,
        "failures": failures,
    }
