"""What a run is: a key made of all that shapes it, so that no two runs can be taken for each other."""

from __future__ import annotations

import hashlib
import inspect
import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cwbsim.scenario import Scenario

PACKAGE = Path(__file__).parents[1]
PLACES = PACKAGE / "data" / "places"
#: Parts of the package that a run cannot reach: imports point one way, and these stand above `simulation`.
ABOVE = (
    "model", "agents", "agent_sets", "agent_members", "agent_columns", "agent_reporters", "analysis", "validation",
    "spend", "report", "commands", "cli", "__main__", "__init__",
)  # fmt: skip
NATIONAL = ("parameters", "uk")  # the data that every run reads, whatever its place
SOLVERS = ("numpy", "numba", "scipy")


@dataclass(frozen=True, slots=True)
class RunId:
    """All that shapes a run.

    Attributes
    ----------
    scenario : str
        SHA-256 of the resolved scenario: fields, levers, the value of every parameter; no prose.
    seed : int
        Its luck.
    code : str
        SHA-256 of the sources that a simulation can reach, or of the function that takes its place.
    data : str
        SHA-256 of the figures of the place and its neighbours and of the tables of the country.
    """

    scenario: str
    seed: int
    code: str
    data: str

    @property
    def key(self) -> str:
        """SHA-256 of the four: the name of the run in a store."""
        said = json.dumps([self.scenario, self.seed, self.code, self.data])
        return hashlib.sha256(said.encode()).hexdigest()


def run_id(scenario: Scenario, seed: int, simulate: Callable[..., Any] | None = None) -> RunId:
    """The identity of a run of this scenario and seed, here and now.

    Parameters
    ----------
    scenario, seed
        What is run.
    simulate
        The function that runs it, where that is not `cwbsim.simulate`.
    """
    code = code_version() if simulate is None else function_version(simulate)
    return RunId(_scenario_hash(scenario), seed, code, data_of(scenario))


@lru_cache(maxsize=256)
def _scenario_hash(scenario: Scenario) -> str:
    return scenario.scenario_hash()


@cache
def code_version() -> str:
    """SHA-256 of the package's sources, those left out that no run can reach (tables, pictures, commands)."""
    sources = (path for path in PACKAGE.rglob("*.py") if _part(path) not in ABOVE)
    return _digest(PACKAGE, sources)


def function_version(function: Callable[..., Any]) -> str:
    """SHA-256 of a function's name and of the file it stands in, on top of the package's own version.

    What a `functools.partial` gives it counts too.
    """
    inner = inspect.unwrap(getattr(function, "func", function))
    name = f"{getattr(inner, '__module__', '')}:{getattr(inner, '__qualname__', type(inner).__qualname__)}"
    if isinstance(function, partial):
        name += f" {function.args!r} {sorted(function.keywords.items())!r}"
    try:
        source = Path(inspect.getsourcefile(inner) or "").read_bytes()
    except (OSError, TypeError):  # typed at a prompt
        source = b""
    return hashlib.sha256(f"{name} {code_version()}".encode() + source).hexdigest()


def data_of(scenario: Scenario) -> str:
    """SHA-256 of the figures that a scenario reads: of its place, of its neighbours', and of the country."""
    versions = [data_version(place) for place in (scenario.place, *scenario.neighbours)]
    return versions[0] if len(versions) == 1 else hashlib.sha256("".join(versions).encode()).hexdigest()


def data_version(place: str) -> str:
    """SHA-256 of the figures of a place (by name, or a folder of the user's) and of the country."""
    folder = own_folder(place)
    if folder is None:
        return _shipped_version(place)
    return hashlib.sha256((_national_version() + _folder_version(folder)).encode()).hexdigest()


def own_folder(place: str) -> Path | None:
    """The folder of a place that is the user's, whose figures may change between two runs; None of one that ships."""
    is_shipped = Path(place).name == place != ".." and (PLACES / place).is_dir()  # its name goes first, as when it is read
    return Path(place) if not is_shipped and Path(place).is_dir() else None


@cache
def _shipped_version(place: str) -> str:
    own = _folder_version(PLACES / place)
    return hashlib.sha256((_national_version() + own).encode()).hexdigest()


@cache
def _national_version() -> str:
    data = PACKAGE / "data"
    return _digest(data, (path for part in NATIONAL for path in (data / part).rglob("*")))


def _folder_version(folder: Path) -> str:
    return _digest(folder, folder.rglob("*"))


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _digest(root: Path, files: Iterator[Path]) -> str:
    """Of names and contents, in the order of the names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in files if path.is_file()):
        digest.update(f"{path.relative_to(root).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def environment() -> str:
    """Versions that may move the last bits of a result: Python, platform, and what does the arithmetic."""
    parts = [f"python {platform.python_version()}", f"{platform.system()} {platform.machine()}"]
    for name in ("cwbsim", *SOLVERS):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(parts)
