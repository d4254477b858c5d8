"""Write the exact version of every package, direct or not, into pyproject.toml: ``uv run tools/write_pins.py``.

uv keeps to ``[tool.uv] constraint-dependencies``, so two clones of the same commit get the same packages. A lock
file would do that too, but it holds the addresses of the index it was made with; pins hold names and versions.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import tomlkit

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
OLDEST_PYTHON = "3.12"


def resolve() -> list[str]:
    """Ask uv for one set of versions that holds on every platform and Python; markers where they differ."""
    project = tomlkit.parse(PYPROJECT.read_text(encoding="utf-8"))
    groups = [f"--group={PYPROJECT}:{name}" for name in project["dependency-groups"]]  # type: ignore[union-attr]
    command = ["uv", "pip", "compile", str(PYPROJECT), "--universal", "--all-extras", *groups]
    command += [f"--python-version={OLDEST_PYTHON}", "--no-header", "--no-annotate", "--no-emit-index-url"]
    command += ["--no-emit-find-links", "--quiet"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PYPROJECT.parent)
    pins = [line.strip() for line in done.stdout.splitlines() if line.strip() and not line.startswith("#")]
    strange = [line for line in pins if "==" not in line or "://" in line or line.startswith("-")]
    if strange:
        raise SystemExit(f"not a pin: {strange}")
    return pins


def main() -> int:
    """Write the pins, or with --upgrade forget the present ones first and take the newest versions."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--upgrade", action="store_true", help="forget the present pins first")
    before = PYPROJECT.read_text(encoding="utf-8")
    project = tomlkit.parse(before)
    if arguments.parse_args().upgrade:
        _write(project, [])
    try:
        pins = resolve()
    except subprocess.CalledProcessError as failure:
        PYPROJECT.write_text(before, encoding="utf-8")
        print(failure.stderr, file=sys.stderr)
        return 1
    _write(project, pins)
    print(f"{len(pins)} pins written to {PYPROJECT.name}")
    return 0


def _write(project: tomlkit.TOMLDocument, pins: list[str]) -> None:
    array = tomlkit.array()
    array.extend(pins)
    project["tool"]["uv"]["constraint-dependencies"] = array.multiline(True)
    PYPROJECT.write_text(tomlkit.dumps(project), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
