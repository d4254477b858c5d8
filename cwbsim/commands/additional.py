"""``cwbsim additionality``."""

from __future__ import annotations

import click

from cwbsim.commands import studies


@click.command()
@click.argument("baseline")
@click.argument("policy")
@studies.study(4, "Each takes eight runs.")
def additionality(baseline: str, policy: str, study: studies.Study) -> None:
    """From gross to net: deadweight, leakage, displacement, substitution and multiplier of POLICY, each from runs.

    Each run is kept as soon as it is finished: the same command goes on from where it was stopped.
    """
    from cwbsim.analysis import additionality as chain
    from cwbsim.commands.running import announce
    from cwbsim.report.additionality_page import additionality_text, write_additionality

    files, (first, other) = study.scenarios(baseline, policy)
    target = study.folder(f"additionality_{files[1].stem}", [first, other])
    announce(f"{2 * len(chain.STAGES) * study.seeds} runs of {first.months} months ...", study.quiet)
    written_by = study.written_by(files, [first, other])
    with study.kept(target) as how:
        found = chain.additionality(first, other, study.seeds, **how)
        write_additionality(found, target, **written_by)
    study.show(found.to_json_dict(), additionality_text(found), target)
    study.end(target, len(found.failures))
