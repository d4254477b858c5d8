"""``cwbsim uncertainty``."""

from __future__ import annotations

import click

from cwbsim.commands import studies


@click.command()
@click.argument("baseline")
@click.argument("policy")
@click.option(
    "--draws", type=click.IntRange(4, 100_000), default=32, show_default=True, help="Of the parameters."
)
@click.option(
    "--parameters", default="", help="Names or groups to draw, with commas; all uncertain ones if left out."
)
@studies.study(2, "For each draw.")
def uncertainty(baseline: str, policy: str, draws: int, parameters: str, study: studies.Study) -> None:
    """How much of the spread of POLICY's effect is luck, how much parameters, and which few of these decide.

    Each run is kept as soon as it is finished: the same command goes on from where it was stopped.
    """
    from cwbsim.analysis import uncertainty as spread
    from cwbsim.commands.running import announce
    from cwbsim.report.uncertainty_page import uncertainty_text, write_uncertainty

    files, (first, other) = study.scenarios(baseline, policy)
    target = study.folder(f"uncertainty_{files[1].stem}", [first, other])
    announce(
        f"{2 * draws * study.seeds} runs of {first.months} months: {draws} draws, {study.seeds} seeds each ...",
        study.quiet,
    )
    only = tuple(one.strip() for one in parameters.split(",") if one.strip())
    written_by = study.written_by(files, [first, other])
    with study.kept(target) as how:
        found = spread.uncertainty(first, other, draws, study.seeds, only=only, **how)
        write_uncertainty(found, target, **written_by)
    study.show(found.to_json_dict(), uncertainty_text(found), target)
    study.end(target, len(found.failures), " and their draws are left out")
