"""Imports point one way, few files know Mesa, and no file is too long to read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cwbsim

PACKAGE = Path(cwbsim.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 350

#: Files that may be longer, with the reason and the length they may not pass.
LONG: dict[str, tuple[int, str]] = {
    "regional_io.py": (425, "useful alone: its documentation and worked examples are in the file"),
}

#: Layers from the bottom up. A file may import from its own layer and from those below it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("compiled", "errors", "frozen", "seed"),
    ("chance", "parameters", "regional_io"),
    ("world", "fixed", "terms", "ledger", "pay"),
    ("levers", "economy", "outcomes", "closing"),
    ("record", "recorder"),
    ("schedule",),
    (
        "scenario", "scenario_changes", "scenario_files", "scenario_given", "scenario_places", "scenario_schema", "continuing",
        "plain_errors", "law", "places",
    ),
    ("simulation", "region"),
    ("model", "agents", "agent_sets", "agent_members", "agent_columns", "agent_reporters", "analysis"),
    ("validation",),
    ("spend", "report"),
    ("commands", "cli", "__main__"),
    ("__init__",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

#: Imports that point up, each with its reason. An entry that is no longer needed must go.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("analysis/compare.py", "report"): "comparison.plot: a notebook asks the result for its figures",
    ("record.py", "report"): "run.plot: a notebook asks the result for its figures",
}


def top(path: Path) -> str:
    """The part of the package a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, *, in_functions: bool = True) -> set[str]:
    """Parts of the package a file imports when it runs; for the eyes of the type checker only does not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            parts = node.module.split(".")
            names = [alias.name for alias in node.names]
            found |= {parts[1]} if len(parts) > 1 else (set(names) if parts[0] == "cwbsim" else set())
            found |= {f"{parts[0]}!"}
        elif isinstance(node, ast.Import):
            found |= {f"{alias.name.split('.')[0]}!" for alias in node.names}
            found |= {
                parts[1] for a in node.names if (parts := a.name.split("."))[0] == "cwbsim" and parts[1:]
            }
    return found


def test_every_part_of_the_package_has_its_layer() -> None:
    unplaced = {top(path) for path in FILES} - set(RANK)

    assert not unplaced, f"give {sorted(unplaced)} a place in LAYERS"


def pointing_up() -> set[tuple[str, str]]:
    """(file, part) of every import from a layer above."""
    return {
        (path.relative_to(PACKAGE).as_posix(), part)
        for path in FILES
        for part in imports(path)
        if part in RANK and RANK[part] > RANK[top(path)]
    }


def test_imports_point_one_way() -> None:
    assert pointing_up() - set(EXCEPTIONS) == set()


def test_no_exception_has_outlived_its_reason() -> None:
    assert set(EXCEPTIONS) - pointing_up() == set()


def test_levers_know_terms_and_the_ledger_and_not_the_economy() -> None:
    wrong = {path.name: imports(path) & {"economy", "outcomes"} for path in (PACKAGE / "levers").glob("*.py")}

    assert not any(wrong.values())


def test_outcomes_read_the_world_and_not_the_economy() -> None:
    wrong = {p.name: imports(p) & {"economy", "levers"} for p in (PACKAGE / "outcomes").glob("*.py")}

    assert not {name: found for name, found in wrong.items() if found}


def test_only_the_pages_for_mesa_users_import_mesa() -> None:
    with_mesa = {path.relative_to(PACKAGE).as_posix() for path in FILES if "mesa!" in imports(path)}

    assert with_mesa <= {"model.py", "agents.py", "agent_sets.py", "agent_members.py"}


@pytest.mark.parametrize("path", FILES, ids=[p.relative_to(PACKAGE).as_posix() for p in FILES])
def test_no_file_is_too_long_to_read(path: Path) -> None:
    n_lines = len(path.read_text(encoding="utf-8").splitlines())

    most, _ = LONG.get(path.relative_to(PACKAGE).as_posix(), (MOST_LINES, ""))
    assert n_lines <= most
