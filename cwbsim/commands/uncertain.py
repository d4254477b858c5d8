"""``cwbsim uncertainty``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cwbsim.commands import options


@click.command()
@click.argument("baseline")
@click.argument("policy")
@click.option("--draws", type=click.IntRange(4, 100_000), default=32, show_default=True, help="Of the parameters.")
@click.option("--seeds", type=click.IntRange(1, 1000), default=2, show_default=True, help="For each draw.")
@click.option("--parameters", default="", help="Names or groups to draw, with commas; all uncertain ones if left out.")
@options.seed
@options.months
@options.scale
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; the cores of this machine if left out.")
@options.out
@options.force
@options.as_json
@options.quiet
def uncertainty(
    baseline: str,
    policy: str,
    draws: int,
    seeds: int,
    parameters: str,
    seed: int | None,
    months: int | None,
    scale: float | None,
    workers: int | None,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """How much of the spread of POLICY's effect is luck, how much parameters, and which few of these decide."""
    from cwbsim import scenario_files
    from cwbsim.analysis import uncertainty as spread
    from cwbsim.commands.running import announce
    from cwbsim.report.folder import check_free, run_folder
    from cwbsim.report.uncertainty_page import uncertainty_text, write_uncertainty
    from cwbsim.scenario import load_scenario

    files = [scenario_files.find(name) for name in (baseline, policy)]
    first, other = (
        options.adjusted(load_scenario(name), seed=seed, months=months, scale=scale) for name in (baseline, policy)
    )
    target = out or run_folder(f"uncertainty_{files[1].stem}", [first, other], range(first.seed, first.seed + seeds))
    check_free(target, force=force)
    announce(f"{2 * draws * seeds} runs of {first.months} months: {draws} draws, {seeds} seeds each ...", quiet)
    only = tuple(one.strip() for one in parameters.split(",") if one.strip())
    found = spread.uncertainty(first, other, draws, seeds, only=only, workers=workers, progress=not quiet)
    write_uncertainty(found, target, command=["cwbsim", *sys.argv[1:]], inputs=files, force=force)
    if as_json:
        options.print_json({**found.to_json_dict(), "folder": str(target)})
    else:
        click.echo(uncertainty_text(found))
    options.say(f"\nResults: {target}", quiet=quiet)
    if found.failures:
        options.say(f"{len(found.failures)} runs failed and their draws are left out", quiet=False)
        sys.exit(1)
