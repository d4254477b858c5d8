"""``cwbsim spend import``, ``analyse`` and ``to-anchor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.commands import options

if TYPE_CHECKING:
    import pandas as pd

    from cwbsim.spend.book import SpendImport

FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.group()
def spend() -> None:
    """A public body's own payments and contracts: read, analysed, made an anchor of a simulation."""


def reading(command: Any) -> Any:
    """Options of everything that reads files of payments."""
    file = click.Path(path_type=Path)
    for option in (
        click.option(
            "--place", help="The place whose rings are local: a profile (wigan) or an authority's code."
        ),
        click.option(
            "--mapping",
            type=file,
            help="TOML that says which column is which; columns.toml beside a file is found.",
        ),
        click.option("--names", type=file, help="A corrected names_to_review.csv."),
        click.option(
            "--lookup", type=file, help="Your own postcodes: columns postcode, authority, and ward, decile."
        ),
        click.option(
            "--suppliers", type=file, help="A list of suppliers with postcodes, joined by number or name."
        ),
    ):
        command = option(command)
    return command


@spend.command("import")
@FILES
@reading
@options.out
@options.force
@options.as_json
@options.quiet
def import_(
    files: tuple[Path, ...], out: Path | None, force: bool, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Read FILES of payments, a contracts register or notices; say what was read, and leave it as one ledger."""
    found = _read(files, given, quiet)
    target = out or _folder(files, "spend")
    found.write(target, force=force)
    if as_json:
        options.print_json({**found.to_dict(), "folder": str(target)})
    else:
        click.echo(import_text(found))
    options.say(f"\nLedger, quarantine, names to review: {target}", quiet=quiet)


def _read(files: tuple[Path, ...], given: dict[str, Any], quiet: bool) -> SpendImport:
    from cwbsim.spend.importing import import_spend

    def say(text: str) -> None:
        options.say(text, quiet=quiet or len(files) == 1)

    return import_spend(
        files, given["place"], mapping=given["mapping"], names=given["names"], lookup=given["lookup"],
        suppliers=given["suppliers"], progress=say,
    )  # fmt: skip


def _folder(files: tuple[Path, ...], study: str) -> Path:
    """``runs/<study>/<time>-<hash of the files>``."""
    import hashlib
    from datetime import UTC, datetime

    digest = hashlib.sha256()
    for path in files:
        with (path / "ledger.csv" if path.is_dir() else path).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return Path("runs") / study / f"{now}-{digest.hexdigest()[:8]}"


def import_text(found: SpendImport) -> str:
    """The import in words: columns, sums, what was set aside and why, sections, places, duplicates."""
    from cwbsim.spend.wording import import_lines

    return "\n".join(import_lines(found))


def _frame_of(files: tuple[Path, ...], given: dict[str, Any], quiet: bool) -> tuple[pd.DataFrame, Any]:
    """The rows of one import folder, or of files read now; and the rings of the place."""
    from cwbsim.spend.book import read_ledger
    from cwbsim.spend.whereabouts import rings_of

    if len(files) == 1 and files[0].is_dir():
        return read_ledger(files[0]), rings_of(given["place"]) if given["place"] else None
    found = _read(files, given, quiet)
    return found.frame, found.rings


@spend.command()
@FILES
@reading
@click.option(
    "--top", type=click.IntRange(1, 100_000), default=300, show_default=True, help="Suppliers listed."
)
@options.out
@options.force
@options.as_json
@options.quiet
def analyse(
    files: tuple[Path, ...], top: int, out: Path | None, force: bool, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Analyse the spend in FILES, or in the folder of an import: where, on what, with whom, and what could be local."""
    from cwbsim.spend.analysis import analyse as analyse_frame
    from cwbsim.spend.outputs import write_analysis
    from cwbsim.spend.wording import analysis_lines

    frame, rings = _frame_of(files, given, quiet)
    found = analyse_frame(frame, rings, top=top)
    target = out or _folder(files, "spend_analysis")
    write_analysis(found, target, force=force)
    if as_json:
        options.print_json({**found.to_dict(), "folder": str(target)})
    else:
        click.echo("\n".join(analysis_lines(found)))
    options.say(f"\nHTML, Excel and CSV: {target}", quiet=quiet)


@spend.command("to-anchor")
@FILES
@reading
@click.option("--key", default="council", show_default=True, help="The anchor's key in the place's profile.")
@click.option("--name", help="The body's name; the one in the files if left out.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="TOML for `cwbsim place build --figures`; stdout if left out.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help="Folder for a copy of the place's profile with this anchor in it.",
)
@options.force
@options.as_json
@options.quiet
def to_anchor(
    files: tuple[Path, ...],
    key: str,
    name: str | None,
    out: Path | None,
    into: Path | None,
    force: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Make the spend in FILES an anchor's budget and contract book, so that a simulation starts from it."""
    from cwbsim.errors import CannotWriteError, UserError
    from cwbsim.spend.anchors import anchor_from, write_profile

    frame, rings = _frame_of(files, given, quiet)
    anchor = anchor_from(frame, rings, key=key, name=name)
    if into is not None:
        if not given["place"]:
            raise UserError("no place is named whose profile to copy", "--into", mend="--place wigan")
        write_profile(anchor, given["place"], into, force=force)
        options.say(f'Profile written. To simulate it, write place = "{into}" in a scenario.', quiet=quiet)
    if out is not None:
        if out.exists() and not force:
            raise CannotWriteError(
                "there is a file there already", str(out), mend="--out another, or --force"
            )
        out.write_text(anchor.to_toml(), encoding="utf-8")
        options.say(f"Anchor written: {out}", quiet=quiet)
    if as_json:
        options.print_json(anchor.to_dict())
    elif out is None:
        click.echo(anchor.to_toml())
