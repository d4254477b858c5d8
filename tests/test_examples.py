"""What the files show to readers works: every scenario, every block of Python in the documentation."""

from __future__ import annotations

import doctest
import importlib
import inspect
import multiprocessing
import pkgutil
import re
import shlex
import sys
import textwrap
import types
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import cwbsim

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.toml"))
PAGES = [ROOT / "README.md", *(p for p in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in p.parts)]
BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"^```\{code-cell\} ipython3\n(?::[^\n]*\n)*(.*?)^```", re.MULTILINE | re.DOTALL)
#: Lessons and tutorials are left to the building of the site, which executes them too.
EXECUTED = [p for p in PAGES if not {"teach", "tutorials"} & set(p.parts) and CELL.search(p.read_text(encoding="utf-8"))]
COMMAND = re.compile(r"^ *uv run cwbsim (.+?)(?: +#.*)?$", re.MULTILINE)
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "cwbsim").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


def blocks() -> list[object]:
    return [
        pytest.param(textwrap.dedent(code), id=f"{page.name}-{number}")
        for page in PAGES
        for number, (_, code) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), start=1)
    ]


def commands() -> list[str]:
    found = {line for page in PAGES for line in COMMAND.findall(page.read_text(encoding="utf-8"))}
    return sorted(found)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_file_runs_for_three_months(path):
    from cwbsim import load_scenario, simulate

    scenario = load_scenario(path)
    run = simulate(scenario.model_copy(update={"scale": 0.002, "months": 3}), seed=1)

    assert list(run.months) == [1, 2, 3]
    assert scenario.question.endswith("?")


@pytest.mark.parametrize("code", blocks())
def test_every_block_of_python_in_the_documentation_runs(code, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)

    exec(compile(code, "a block of the documentation", "exec"), {"__name__": "__example__"})


@pytest.fixture
def _processes_start_as_before():
    before = multiprocessing.get_start_method(allow_none=True)
    yield  # mesa.batch_run sets another for the whole process
    multiprocessing.set_start_method(before, force=True)


@pytest.mark.usefixtures("_processes_start_as_before")
@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
def test_every_cell_of_an_executed_page_runs_from_top_to_bottom(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    notebook = types.ModuleType("notebook")  # a real one, so that what is defined in it can be pickled
    monkeypatch.setitem(sys.modules, "notebook", notebook)

    for number, code in enumerate(CELL.findall(page.read_text(encoding="utf-8")), start=1):
        exec(compile(code, f"cell {number} of {page.name}", "exec"), vars(notebook))


@pytest.mark.parametrize("line", commands())
def test_every_command_in_the_documentation_names_options_that_exist(line):
    from cwbsim.cli import main

    words = shlex.split(line)
    command, names = main, []
    while words and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"`{line}`: there is no command {' '.join([*names, words[0]])}"
        names.append(words.pop(0))
        command = found
    answer = CliRunner().invoke(main, [*names, "--help"])

    assert answer.exit_code == 0, answer.output
    for word in words:
        if word.startswith("-"):
            assert word in answer.output, f"`{line}`: {word} is not an option of {' '.join(names)}"


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_say_what_happens(name):
    failed, tried = doctest.testmod(importlib.import_module(name))

    assert tried > 0
    assert failed == 0


def public() -> list[object]:
    """What the page of the API and the package itself name, with its public members."""
    listed = re.findall(r"^   (cwbsim\.[\w.]+)$", (ROOT / "docs" / "api.rst").read_text(encoding="utf-8"), re.MULTILINE)
    named = {*listed, *(f"cwbsim.{name}" for name in cwbsim.__all__ if name != "__version__")}
    found = []
    for name in sorted(named):
        thing = pkgutil.resolve_name(name)
        found.append((name, thing))
        if inspect.isclass(thing):
            own = ((key, value) for key, value in vars(thing).items() if not key.startswith("_"))
            kinds = (types.FunctionType, property, classmethod, staticmethod)
            found += [(f"{name}.{key}", value) for key, value in own if isinstance(value, kinds)]
    return found


def test_everything_public_is_documented_its_arguments_too():
    silent = [name for name, thing in public() if not inspect.getdoc(thing)]
    functions = [(name, thing) for name, thing in public() if inspect.isfunction(thing) and name.count(".") == 1]
    unsaid = [
        f"{name}({argument})"
        for name, function in functions
        for argument in inspect.signature(function).parameters
        if not re.search(rf"^\s*[\w, ]*\b{argument}\b", inspect.getdoc(function) or "", re.MULTILINE)
    ]

    assert silent == []
    assert unsaid == []
    assert len(functions) > 3


def test_everything_that_the_package_names_shows_an_example():
    without = [
        name for name in cwbsim.__all__ if name != "__version__" and ">>> " not in (inspect.getdoc(getattr(cwbsim, name)) or "")
    ]

    assert without == []
