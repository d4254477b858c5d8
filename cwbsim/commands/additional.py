"""``cwbsim additionality``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cwbsim.commands import options


@click.command()
@click.argument("baseline")
@click.argument("policy")
@options.seed
@click.option("--seeds", type=click.IntRange(1, 1000), default=4, show_default=True, help="Each takes eight runs.")
@options.months
@options.scale
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; the cores of this machine if left out.")
@options.out
@options.force
@options.as_json
@options.quiet
def additionality(
    baseline: str,
    policy: str,
    seed: int | None,
    seeds: int,
    months: int | None,
    scale: float | None,
    workers: int | None,
    out: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """From gross to net: deadweight, leakage, displacement, substitution and multiplier of POLICY, each from runs."""
    from cwbsim import scenario_files
    from cwbsim.analysis import additionality as chain
    from cwbsim.commands.running import announce
    from cwbsim.report.additionality_page import additionality_text, write_additionality
    from cwbsim.report.folder import check_free, run_folder
    from cwbsim.scenario import load_scenario

    files = [scenario_files.find(name) for name in (baseline, policy)]
    first, other = (
        options.adjusted(load_scenario(name), seed=seed, months=months, scale=scale) for name in (baseline, policy)
    )
    target = out or run_folder(f"additionality_{files[1].stem}", [first, other], range(first.seed, first.seed + seeds))
    check_free(target, force=force)
    announce(f"{2 * len(chain.STAGES) * seeds} runs of {first.months} months ...", quiet)
    found = chain.additionality(first, other, seeds, workers=workers, progress=not quiet)
    write_additionality(found, target, command=["cwbsim", *sys.argv[1:]], inputs=files, force=force)
    if as_json:
        options.print_json({**found.to_json_dict(), "folder": str(target)})
    else:
        click.echo(additionality_text(found))
    options.say(f"\nResults: {target}", quiet=quiet)
    if found.failures:
        options.say(f"{len(found.failures)} runs failed", quiet=False)
        sys.exit(1)
