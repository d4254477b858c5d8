"""The ODD description from docs/odd.toml: its page, and which of its sentences lead nowhere."""

from __future__ import annotations

import ast
import importlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "docs" / "odd.toml"
HEAD = """# ODD description

The model as the field describes its models, by the ODD protocol {cite}`grimm2020`: overview, design concepts, details.
Each sentence has a number; [the table at the end](#where-each-sentence-stands) leads from it to the code that does it and
the tests that hold it there. A test fails if one of them is gone. What is left out is said in
[how far to trust it](trust.md#what-is-left-out); equations are beside their code in [equations](equations.md).
"""


@dataclass(frozen=True)
class Sentence:
    """One statement about the model.

    Attributes
    ----------
    element : str
        Part of the protocol it belongs to.
    number : str
        As printed, "3.2".
    text : str
    code : tuple of str
        Names below ``cwbsim``.
    tests : tuple of str
        ``file::function`` below ``tests``.
    """

    element: str
    number: str
    text: str
    code: tuple[str, ...]
    tests: tuple[str, ...]


def sentences() -> list[Sentence]:
    """Return the description, sentence by sentence, numbered by part of the protocol."""
    written = tomllib.loads(SOURCE.read_text(encoding="utf-8"))
    parts = list(dict.fromkeys(element.partition(":")[0] for element in written))
    counts = dict.fromkeys(parts, 0)
    found = []
    for element, held in written.items():
        part = element.partition(":")[0]
        for one in held["sentences"]:
            counts[part] += 1
            number = f"{parts.index(part) + 1}.{counts[part]}"
            found.append(
                Sentence(element, number, one["text"], tuple(one["code"].split()), tuple(one["tests"].split()))
            )
    return found


def page() -> str:
    """Return the page: sentences by element, and the table that traces them."""
    out, element = [HEAD], ""
    for one in sentences():
        if one.element != element:
            part, _, concept = one.element.partition(": ")
            if part != element.partition(": ")[0]:
                out.append(f"## {one.number.split('.')[0]}. {part}\n")
            if concept:
                out.append(f"### {concept.capitalize()}\n")
            element = one.element
        out.append(f"**{one.number}** {one.text}\n")
    out.append("## Where each sentence stands\n")
    rows = ["| | code, below `cwbsim` | tests, below `tests` |", "|---|---|---|"]
    for one in sentences():
        code = ", ".join(f"`{name}`" for name in one.code)
        rows.append(f"| {one.number} | {code} | {', '.join(f'`{test}`' for test in one.tests)} |")
    return "\n".join([*out, *rows]) + "\n"


def leading_nowhere() -> Iterator[str]:
    """Give every name of code or test in the description that does not exist, with its sentence."""
    for one in sentences():
        for name in one.code:
            if not _is_there(name):
                yield f"{one.number}: cwbsim.{name}"
        for test in one.tests:
            file, _, function = test.partition("::")
            if function not in _functions(file):
                yield f"{one.number}: tests/{test}"


def _is_there(name: str) -> bool:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(["cwbsim", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[cut:]:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


@cache
def _functions(file: str) -> frozenset[str]:
    path = ROOT / "tests" / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
