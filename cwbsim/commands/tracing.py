"""``cwbsim trace``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cwbsim.commands import options, studies

WATCHED = 12


@click.command()
@click.argument("scenario")
@click.option("--anchor", default="council", show_default=True, help='A kind ("council"), the name of one, or "all".')
@click.option("--pounds", type=float, default=1_000_000, show_default=True, help="How much of its contract money.")
@options.seed
@options.months
@options.scale
@click.option("--over", type=click.IntRange(1, 120), default=WATCHED, show_default=True,
              help="The last how many months' accounts say who spends on what.")  # fmt: skip
@options.out
@options.force
@options.as_json
@options.quiet
@options.no_progress
@options.verbose
def trace(
    scenario: str,
    anchor: str,
    pounds: float,
    seed: int | None,
    months: int | None,
    scale: float | None,
    over: int,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    no_progress: bool,
    verbose: bool,
) -> None:
    """Follow the pound: round by round, who gets an anchor's contract money, what stays, and where the rest goes."""
    from cwbsim import scenario_files
    from cwbsim.analysis.trace import follow, follow_each
    from cwbsim.commands.running import announce
    from cwbsim.errors import UserError
    from cwbsim.levers.base import AnchorNames
    from cwbsim.places.profile import load_profile
    from cwbsim.report.folder import check_free, run_folder
    from cwbsim.report.inputs import inputs_of
    from cwbsim.report.trace_page import trace_text, write_trace
    from cwbsim.scenario import load_scenario

    file = scenario_files.find(scenario)
    chosen = options.adjusted(load_scenario(scenario), seed=seed, months=months, scale=scale)
    if over > chosen.months:
        raise UserError(f"--over is {over}", allowed=f"1 to {chosen.months}, the months of {chosen.title!r}")
    AnchorNames.of_bodies(load_profile(chosen.place).anchors).meant((anchor,), "--anchor")  # before a month is run
    target = out or run_folder(f"trace_{file.stem}", [chosen], [chosen.seed])
    check_free(target, force=force)
    inputs = inputs_of([file], [chosen])
    if verbose and not quiet:
        options.say_read(inputs, [chosen])
    announce(f"{chosen.title}: {chosen.months} months, the last {over} watched ...", quiet)
    from cwbsim.analysis.watching import watched

    with studies.months_counted(chosen.months, not (quiet or no_progress), verbose and not quiet) as on_month:
        flows = watched(chosen, over, on_month=on_month)
    found = follow(flows, anchor, pounds)
    lm3 = {name: one.lm3 for name, one in follow_each(flows, 1_000_000).items()}
    write_trace(
        chosen, found, lm3, target, command=["cwbsim", *sys.argv[1:]], inputs=inputs, force=force
    )
    if as_json:
        about = {"scenario": chosen.title, "scenario_hash": chosen.scenario_hash(), "seed": chosen.seed}
        options.print_json({**about, **found.to_json_dict(), "lm3_of_each_anchor": lm3, "folder": str(target)})
    else:
        click.echo(trace_text(found, lm3))
    options.say(f"\nPicture, page and every step: {target}", quiet=quiet)
