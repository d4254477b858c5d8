"""``cwbsim spend import``, ``analyse`` and ``to-anchor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.commands import options

if TYPE_CHECKING:
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
    target = out or _folder(files)
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


def _folder(files: tuple[Path, ...]) -> Path:
    """``runs/spend/<time>-<hash of the files>``."""
    import hashlib
    from datetime import UTC, datetime

    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return Path("runs") / "spend" / f"{now}-{digest.hexdigest()[:8]}"


def import_text(found: SpendImport) -> str:
    """The import in words: columns, sums, what was set aside and why, sections, places, duplicates."""
    from cwbsim.spend.wording import import_lines

    return "\n".join(import_lines(found))
