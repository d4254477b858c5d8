"""``cwbsim runs``: what a run store holds, as tables, checked, run again, put together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.commands import options

if TYPE_CHECKING:
    from cwbsim.analysis.store import RunStore
    from cwbsim.analysis.store_schema import Record

PATH = click.Path(path_type=Path, dir_okay=False)
store_argument = click.argument("store", type=click.Path(path_type=Path))


@click.group()
def runs() -> None:
    """Runs that are kept: list, show, export, verify, replay, merge."""


def _opened(path: Path, **how: Any) -> RunStore:
    """The store meant: a file, or a study's folder that holds one."""
    from cwbsim.analysis.store import RunStore
    from cwbsim.report.folder import RESULTS

    return RunStore(path / RESULTS if path.is_dir() else path, **({"read_only": True} | how))


def _as_dict(store: RunStore, record: Record) -> dict[str, Any]:
    names = ("key", "scenario", "seed", "status", "state_hash", "stage", "exception", "message", "attempts",
             "seconds", "finished", "environment", "code", "data")  # fmt: skip
    return {"title": store.title(record.scenario), **{name: getattr(record, name) for name in names}}


@runs.command(name="list")
@store_argument
@click.option("--failed", is_flag=True, help="Only those that failed.")
@options.as_json
def list_runs(store: Path, failed: bool, as_json: bool) -> None:
    """Every run of STORE (a file, or the folder of a study)."""
    from cwbsim.report.table import aligned

    with _opened(store) as opened:
        chosen = [one for one in opened.records() if not failed or one.status != "SUCCEEDED"]
        if as_json:
            options.print_json([_as_dict(opened, one) for one in chosen])
            return
        rows = [
            [one.key[:12], opened.title(one.scenario)[:60], str(one.seed), one.status, f"{one.seconds:.1f}"]
            for one in chosen
        ]
    click.echo(aligned([["run", "scenario", "seed", "status", "seconds"], *rows], left=2))
    done = sum(one.status == "SUCCEEDED" for one in chosen)
    options.say(f"{done} finished, {len(chosen) - done} failed", quiet=False)


@runs.command()
@store_argument
@click.argument("key")
@options.as_json
def show(store: Path, key: str, as_json: bool) -> None:
    """One run of STORE: what it is, and its headlines; KEY may be its first letters."""
    from cwbsim.analysis.run_summary import last_year
    from cwbsim.report.wording import amount, label

    with _opened(store) as opened:
        record = opened.find(key)
        about = _as_dict(opened, record)
        about |= {"scenario_toml": opened.scenario_toml(record.scenario), "traceback": record.traceback}
        headlines: dict[str, float] = {}
        units: dict[str, str] = {}
        if record.status == "SUCCEEDED":
            kept = opened.get(record.key)
            year = last_year(kept.values, kept.layout)
            for name, column in kept.layout.totals.items():
                if kept.layout.by_name[name].headline:
                    headlines[name], units[name] = float(year[column]), kept.layout.by_name[name].unit
    if as_json:
        options.print_json({**about, "last_year": headlines})
        return
    for name in ("title", "key", "seed", "status", "finished", "seconds", "state_hash", "environment"):
        click.echo(f"{name.replace('_', ' '):12} {about[name]}")
    if record.failure is not None:
        click.echo(f"\n{record.exception} ({record.stage}): {record.message}\n{record.traceback or ''}")
    if headlines:
        click.echo("\nThe last twelve months:")
        for name, value in headlines.items():
            click.echo(f"  {label(name):28} {amount(value, units[name])} {units[name]}")
    click.echo(f"\n{about['scenario_toml']}")


@runs.command()
@store_argument
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="Folder for the tables.")
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--outcome", "outcomes", multiple=True, help="Only this outcome; may be given several times.")
@click.option("--last-year", is_flag=True, help="The last twelve months in one row, not each month.")
@options.force
@options.as_json
def export(
    store: Path,
    folder: Path,
    form: str,
    outcomes: tuple[str, ...],
    last_year: bool,
    force: bool,
    as_json: bool,
) -> None:
    """STORE as tables: scenarios, runs, outcomes, definitions; the same bytes whatever order runs came in."""
    from cwbsim.analysis.export import export as write
    from cwbsim.errors import CannotWriteError

    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]) and not force:
        raise CannotWriteError("there is something there already", str(folder), mend="--force replaces it")
    with _opened(store) as opened:
        window: Any = "last_year" if last_year else "every_month"
        try:
            files = write(opened, folder, form=form, outcomes=outcomes, window=window)  # type: ignore[arg-type]
        except OSError as fault:
            raise CannotWriteError(f"cannot be written: {fault.strerror or fault}", str(folder)) from fault
    if as_json:
        options.print_json([{"file": str(file), "bytes": file.stat().st_size} for file in files])
    else:
        click.echo("\n".join(map(str, files)))


@runs.command()
@store_argument
@options.as_json
def verify(store: Path, as_json: bool) -> None:
    """Check every record of STORE against its seal; code 1 if one does not hold."""
    with _opened(store) as opened:
        n, problems = len(opened), opened.damage()
    if as_json:
        options.print_json({"runs": n, "damaged": problems})
    else:
        click.echo("\n".join(problems) if problems else f"{n} runs, every one as it was written")
    if problems:
        options.say(
            "To save the rest: cwbsim runs merge STORE --into NEW; then give the command again", quiet=as_json
        )
        sys.exit(1)


@runs.command()
@store_argument
@click.argument("key", required=False)
@click.option("--report", type=click.Path(path_type=Path), help="A report's folder: all its runs, every figure's fingerprint.")
@options.as_json
def replay(store: Path, key: str | None, report: Path | None, as_json: bool) -> None:
    """Run a stored run again, and see that it gives the same, bit for bit; code 1 if not.

    KEY may be its first letters. With --report every run that a report rests on.
    """
    from cwbsim.analysis.replay import Replay, replayed
    from cwbsim.errors import UserError
    from cwbsim.report.replayed_report import ReplayedReport, replay_report

    if (key is None) == (report is None):
        raise UserError("which run is meant", "cwbsim runs replay", allowed="a KEY, or --report FOLDER")
    with _opened(store) as opened:
        again: Replay | ReplayedReport
        again = replay_report(opened, report) if report is not None else replayed(opened, opened.find(key or ""))
    if as_json:
        options.print_json(again.as_dict())
    else:
        click.echo(again.in_words())
    if not again.is_same:
        sys.exit(1)


@runs.command()
@click.argument("stores", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", type=PATH, required=True, help="The store to put them into; made if not there.")
@options.as_json
def merge(stores: tuple[Path, ...], into: Path, as_json: bool) -> None:
    """Put the runs of STORES together; a run that several have is there once. Damaged records are left out."""
    rows: list[dict[str, Any]] = []
    with _opened(into, read_only=False) as target:
        for store in stores:
            with _opened(store) as opened:
                added, left = target.merge(opened)
            rows.append({"store": str(store), "added": added, "damaged": left})
        n = len(target)
    if as_json:
        options.print_json({"into": str(into), "runs": n, "from": rows})
    else:
        for row in rows:
            click.echo(f"{row['store']}: {row['added']} runs")
        click.echo(f"{into}: {n} runs in all")
    damaged = [sentence for row in rows for sentence in row["damaged"]]
    for sentence in damaged:
        click.echo(sentence, err=True)
    if damaged:
        sys.exit(1)
