"""Compiling ahead: a help that must never get in the way."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import cwbsim
from cwbsim import compiled, load_scenario
from cwbsim.commands import running, warming
from cwbsim.simulation import build_world, run_month


def test_a_world_read_back_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    warming.write_world(tmp_path / "world")
    read, built = warming.read_world(tmp_path / "world"), build_world(load_scenario(warming.PLACE), 1)
    for world in (read, built):
        run_month(world)

    assert read.canonical_hash() == built.canonical_hash()


def test_what_may_not_be_written_to_may_not_be_after_reading_back(tmp_path: Path) -> None:
    # Loops are compiled for read-only arrays or for others: read back as another kind, the wrong ones would be compiled.
    warming.write_world(tmp_path / "world")
    read, built = warming.read_world(tmp_path / "world"), build_world(load_scenario(warming.PLACE), 1)
    kinds = {
        name: (getattr(read.fixed, name).flags.writeable, value.flags.writeable)
        for name, value in ((one.name, getattr(built.fixed, one.name)) for one in fields(built.fixed))
        if isinstance(value, np.ndarray)
    }

    assert len(kinds) > 20
    assert {name: pair for name, pair in kinds.items() if pair[0] != pair[1]} == {}


def test_compiling_ahead_that_fails_is_not_noticed(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def broken(*what: str, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])

    monkeypatch.setattr(warming, "_started", broken)
    warming.warm_up()

    assert capfd.readouterr() == ("", "")


def test_nothing_is_compiled_ahead_where_loops_are_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cwbsim.compiled.is_warm", lambda: True)
    monkeypatch.setattr(warming, "warm_up", lambda: pytest.fail("compiled again"))
    running.announce("two runs", quiet=True)


def test_loops_are_compiled_before_a_first_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    begun = []
    monkeypatch.setattr("cwbsim.compiled.is_warm", lambda: False)
    monkeypatch.setattr(warming, "warm_up", lambda: begun.append(1))
    running.announce("two runs", quiet=False)

    assert begun == [1]
    assert "compiled, once" in capsys.readouterr().err


def test_no_loop_is_made_with_a_constant_whose_change_would_go_unseen() -> None:
    # Compiled loops are kept until a source changes that counts: a number imported from any other would go stale.
    package = Path(cwbsim.__file__).parent
    sources = {path: path.read_bytes() for path in package.rglob("*.py")}
    counted = {path for path, source in sources.items() if compiled.holds_or_feeds_loops(path, source)}
    found = 0
    for path in counted:
        for node in ast.walk(ast.parse(sources[path])):
            if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cwbsim")):
                continue
            module = importlib.import_module(node.module or "")
            for one in node.names:
                if isinstance(getattr(module, one.name, None), int | float | np.ndarray | np.number):
                    found += 1
                    assert Path(module.__file__ or "") in counted, f"{path.name} takes {one.name} of {node.module}"
    assert found > 20


def test_a_first_compilation_broken_off_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWBSIM_CACHE_DIR", str(tmp_path))
    folder = compiled.cache_folder()
    assert not compiled.is_warm()
    for number in range(40):
        (folder / f"loop{number}.nbi").touch()
    assert not compiled.is_warm()
    for number in range(200):
        (folder / f"loop{number}.nbi").touch()
    assert compiled.is_warm()
