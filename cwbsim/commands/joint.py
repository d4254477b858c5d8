"""``cwbsim interaction``."""

from __future__ import annotations

import click

from cwbsim.commands import studies


@click.command()
@click.argument("scenario")
@studies.study(8, "Luck drawn that often.")
def interaction(scenario: str, study: studies.Study) -> None:
    """Each signatory of SCENARIO alone, all together, and what only their being together does."""
    from cwbsim.analysis import signatories
    from cwbsim.commands.running import announce
    from cwbsim.report.interaction_page import interaction_text, write_interaction

    files, (joint,) = study.scenarios(scenario)
    keys = signatories.signatories_of(joint)
    target = study.folder(f"interaction_{files[0].stem}", [joint])
    announce(f"{(len(keys) + 2) * study.seeds} runs of {joint.months} months ...", study.quiet)
    written_by = study.written_by(files, [joint])
    with study.kept(target) as how:
        found = signatories.interaction(joint, study.seeds, **how)
        write_interaction(found, target, **written_by)
    rows = found.to_frame(headline_only=False).to_dict("records")
    content = {"scenario": joint.title, "signatories": list(keys), "rows": rows}
    study.show(content, interaction_text(found), target)
    study.end(target, len(found.comparison.failures))
