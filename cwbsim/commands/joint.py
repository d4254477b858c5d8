"""``cwbsim interaction``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cwbsim.commands import options


@click.command()
@click.argument("scenario")
@options.seed
@click.option("--seeds", type=click.IntRange(1, 1000), default=8, show_default=True, help="Luck drawn that often.")
@options.months
@options.scale
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; the cores of this machine if left out.")
@options.out
@options.force
@options.as_json
@options.quiet
def interaction(
    scenario: str,
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
    """Each signatory of SCENARIO alone, all together, and what only their being together does."""
    from cwbsim import scenario_files
    from cwbsim.analysis import signatories
    from cwbsim.commands.running import announce
    from cwbsim.report.folder import check_free, run_folder
    from cwbsim.report.interaction_page import interaction_text, write_interaction
    from cwbsim.scenario import load_scenario

    file = scenario_files.find(scenario)
    joint = options.adjusted(load_scenario(scenario), seed=seed, months=months, scale=scale)
    keys = signatories.signatories_of(joint)
    target = out or run_folder(f"interaction_{file.stem}", [joint], range(joint.seed, joint.seed + seeds))
    check_free(target, force=force)
    announce(f"{(len(keys) + 2) * seeds} runs of {joint.months} months ...", quiet)
    found = signatories.interaction(joint, seeds, workers=workers, progress=not quiet)
    write_interaction(found, target, command=["cwbsim", *sys.argv[1:]], inputs=[file], force=force)
    if as_json:
        rows = found.to_frame(headline_only=False).to_dict("records")
        options.print_json({"scenario": joint.title, "signatories": list(keys), "rows": rows, "folder": str(target)})
    else:
        click.echo(interaction_text(found))
    options.say(f"\nResults: {target}", quiet=quiet)
    if found.comparison.failures:
        options.say(f"{len(found.comparison.failures)} runs failed", quiet=False)
        sys.exit(1)
