"""Finding and reading scenario files: the shipped library, TOML, and `extends`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError, nearest

DEEPEST = 5
OWN = ("title", "question")  # said by each file for itself, never inherited


def library() -> Path:
    """The folder of scenarios that ships with the package (in a checkout, the one beside it)."""
    package = Path(__file__).parent
    shipped = package / "scenarios"
    return shipped if shipped.is_dir() else package.parent / "scenarios"


def library_names() -> list[str]:
    """Names of the shipped scenarios, ``"wigan/baseline"``, sorted."""
    root = library()
    return sorted(file.relative_to(root).with_suffix("").as_posix() for file in root.rglob("*.toml"))


def find(name: str | Path) -> Path:
    """The file meant: a path as it stands, or a name from the shipped library.

    Raises
    ------
    UserError
        Neither exists; the nearest name of the library is given.
    """
    path = Path(name)
    if path.is_file():
        return path
    plain = path.as_posix().removeprefix("./").removeprefix("scenarios/").removesuffix(".toml")
    if not path.is_absolute() and plain in library_names():
        return library() / f"{plain}.toml"
    guess = nearest(plain, library_names())
    problem = "is a folder, not a scenario file" if path.is_dir() else "there is no such scenario"
    raise UserError(
        problem,
        where=str(name),
        allowed="a path to a .toml file, or a name that `cwbsim scenarios list` shows",
        mend=f"did you mean {guess!r}?" if guess else "",
    )


def read(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """A file's content with what it extends underneath: tables merge key by key, anything else replaces.

    Raises
    ------
    UserError
        Unreadable, not TOML (with the line), or an `extends` that is circular or too deep.
    """
    here = path.resolve()
    if here in seen:
        circle = " -> ".join(file.name for file in (*seen, here))
        raise UserError(f"extends goes round in a circle: {circle}", where=str(path))
    if len(seen) >= DEEPEST:
        raise UserError(f"extends goes deeper than {DEEPEST} files", where=str(path))
    own = _read_toml(path)
    parent = own.pop("extends", None)
    if parent is None:
        return own
    if not isinstance(parent, str):
        raise UserError(
            f"extends is {parent!r}", str(path),
            allowed='the name of a file, "baseline.toml", or of a scenario of the library, "wigan/baseline"',
        )  # fmt: skip
    base = {key: value for key, value in read(_extended(path, parent), (*seen, here)).items() if key not in OWN}
    return _merged(base, own)


def _extended(path: Path, parent: str) -> Path:
    """The file a scenario file extends: beside it, or a name from the shipped library.

    Raises
    ------
    UserError
        Neither exists; the nearest name of either is given.
    """
    beside = path.parent / parent
    if beside.is_file():
        return beside
    if parent in library_names():
        return library() / f"{parent}.toml"
    siblings = [file.name for file in path.parent.glob("*.toml") if file.resolve() != path.resolve()]
    guess = nearest(parent, [*siblings, *library_names()])
    raise UserError(
        f"extends {parent!r}, which does not exist", where=str(path),
        allowed="a file, from the folder of this one, or a name that `cwbsim scenarios list` shows",
        mend=f"did you mean {guess!r}?" if guess else "",
    )  # fmt: skip


def files_behind(path: Path) -> list[Path]:
    """A file and those it extends, itself first."""
    files = [path]
    read(path)  # refuses circles and missing files
    while isinstance(parent := _read_toml(files[-1]).get("extends"), str):
        files.append(_extended(files[-1], parent))
    return files


@dataclass(frozen=True)
class Located:
    """Says where a scenario sets a key, or else the table it is in: its file, or the one it extends, and the line."""

    shown: str
    path: Path

    def __call__(self, dotted: str) -> str:
        files = files_behind(self.path)
        while dotted:
            for file in files:
                line = line_of(file, dotted)
                if line is not None:
                    name = self.shown if file == self.path else f"{file} (extended by {self.shown})"
                    return f"{name}, line {line}"
            dotted = dotted.rpartition(".")[0]  # written inside braces: { weight = 0.2 }
        return self.shown


def line_of(path: Path, dotted: str) -> int | None:
    """The line on which a file sets a dotted key or opens its table, as far as it is plain to see."""
    wanted = dotted.split(".")
    table: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        text = line.strip()
        if text.startswith("["):
            table = _keys(text.split("]")[0].strip("[ "))
            if table == wanted:
                return number
        elif "=" in text and table + _keys(text.split("=")[0]) == wanted:
            return number
    return None


def _keys(written: str) -> list[str]:
    """The parts of a dotted key; quotation marks do not keep a name with dots together here."""
    return [part for part in re.split(r"[.\s\"']+", written) if part]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UserError("is not UTF-8 text", where=str(path), mend="save it as plain text, UTF-8") from None
    except OSError as fault:
        raise UserError(f"cannot be read: {fault.strerror}", where=str(path)) from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        line = _shown_line(text, str(fault))
        raise UserError(f"not valid TOML: {fault}", where=str(path), mend=line) from None


def _shown_line(text: str, message: str) -> str:
    """The line a TOML error speaks of, so that it need not be looked up."""
    _, found, rest = message.partition("at line ")
    lines = text.rstrip().splitlines()
    number = int(rest.split(",")[0]) if found else len(lines)
    return f"line {number} is: {lines[number - 1].strip()}" if 0 < number <= len(lines) else ""


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = _merged(base[key], value) if both else value
    return merged
