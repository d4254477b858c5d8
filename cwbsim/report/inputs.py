"""What a command read: scenario files with those they extend, and the figures of a place of the user's."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from cwbsim import scenario_files
from cwbsim.analysis.identity import own_folder
from cwbsim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read.

    Attributes
    ----------
    file : str
        Its path as the user gave it, or its name in the shipped library.
    role : str
        "scenario" or "experiment", in the order of the command; "extended by ..."; "figures of ...".
    sha256 : str
        Of its content.
    """

    file: str
    role: str
    sha256: str


def inputs_of(files: Sequence[Path], scenarios: Sequence[Scenario]) -> list[Input]:
    """Scenario files, those they extend, and the files of places that are the user's own; each once."""
    found = [(file, role) for first in files for file, role in _with_parents(first, "scenario")]
    return _hashed([*found, *_of_places(scenarios)])


def experiment_inputs(file: Path, scenarios: Sequence[Scenario]) -> list[Input]:
    """An experiment file, the scenario files it names and those they extend, and the files of the user's places."""
    found = list(_with_parents(file, "experiment"))
    data = scenario_files.read(file)
    policies = data.get("policies", {})
    for name in [data["base"], *(policies if isinstance(policies, list) else ())]:
        beside = file.parent / name
        found += _with_parents(scenario_files.find(beside if beside.is_file() else name), "scenario")
    return _hashed([*found, *_of_places(scenarios)])


def _with_parents(first: Path, role: str) -> Iterator[tuple[Path, str]]:
    files = scenario_files.files_behind(first)
    yield first, role
    for child, parent in pairwise(files):
        yield parent, f"extended by {_name(child)}"


def _of_places(scenarios: Sequence[Scenario]) -> Iterator[tuple[Path, str]]:
    places = dict.fromkeys(place for one in scenarios for place in (one.place, *one.neighbours))
    for place in places:
        folder = own_folder(place)
        if folder is not None:
            yield from ((file, f"figures of {place}") for file in sorted(folder.rglob("*")) if file.is_file())


def _hashed(found: Sequence[tuple[Path, str]]) -> list[Input]:
    """The same with their hashes; a file that is there in two roles by its first."""
    roles: dict[str, tuple[Path, str]] = {}
    for file, role in found:
        roles.setdefault(_name(file), (file, role))
    return [
        Input(name, role, hashlib.sha256(file.read_bytes()).hexdigest())
        for name, (file, role) in roles.items()
    ]


def _name(file: Path) -> str:
    """As the user wrote it; of a shipped scenario its name, which is the same on every machine."""
    library = scenario_files.library()
    plain = Path(os.path.normpath(file))
    return plain.relative_to(library).with_suffix("").as_posix() if plain.is_relative_to(library) else file.as_posix()
