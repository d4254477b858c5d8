"""``cwbsim validate-model``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from cwbsim.commands import options


@click.command(name="validate-model")
@click.option("--only", default="", help="Findings to run, as P2,P7; all if left out.")
@click.option("--scale", type=click.FloatRange(0.001, 1.0), help="Other than the definitions say.")
@click.option("--seeds", type=click.IntRange(1, 1000), help="Other than the definitions say.")
@click.option("--months", type=click.IntRange(24, 600), help="Other than the definitions say.")
@click.option("--cache", type=click.Path(path_type=Path), default=Path("runs/validation"), show_default=True,
              help="Runs done before with the same sources; a run that was stopped goes on from there.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes; the cores of this machine if left out.")
@click.option("--write", is_flag=True, help="Write docs/validation.md and the results beside the definitions.")
@options.as_json
@options.quiet
@options.no_progress
def validate_model(
    only: str,
    scale: float | None,
    seeds: int | None,
    months: int | None,
    cache: Path,
    workers: int | None,
    write: bool,
    as_json: bool,
    quiet: bool,
    no_progress: bool,
) -> None:
    """Run the published findings the model is held to, and say which it agrees with."""
    from cwbsim.commands.running import announce
    from cwbsim.errors import CannotWriteError
    from cwbsim.validation import page as pages
    from cwbsim.validation import suite
    from cwbsim.validation.definitions import folder

    root = pages.checkout()
    if write and root is None:
        raise CannotWriteError(
            "there is no docs folder to write to", "--write", mend="run it in a checkout of the sources"
        )
    wanted = tuple(one.strip().upper() for one in only.split(",") if one.strip())
    announce(f"Findings: {', '.join(wanted) or 'all'}; runs kept in {cache} ...", quiet)
    outcomes = suite.validate_model(
        wanted, scale=scale, seeds=seeds, months=months, cache=cache, workers=workers, progress=not (quiet or no_progress)
    )
    rows = suite.to_json_list(outcomes)
    if write and root is not None:
        file = folder() / pages.RESULTS
        old = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
        ran = {row["id"] for row in rows}
        kept = suite.revised(row for row in old if row["id"] not in ran)
        merged = sorted([*kept, *rows], key=lambda row: int(row["id"][1:]))
        file.write_text(json.dumps(merged, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        (root / pages.PAGE).write_text(pages.page(merged), encoding="utf-8")
    if as_json:
        options.print_json(rows)
    else:
        click.echo(pages.text(rows))
    if any(one.why_not and not suite.missing(one.finding, one.statistic) for one in outcomes):
        options.say("Some runs failed: see the verdicts that say not run.", quiet=False)
        sys.exit(1)
