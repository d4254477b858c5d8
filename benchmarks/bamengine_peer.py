"""bamengine in an environment of its own: made once with uv, kept in the user's cache, pinned."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from benchmarks.processes import FailedError, run_for_json, run_quietly

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "bamengine-requirements.txt"
SCRIPT = HERE / "bamengine_run.py"


def environment() -> Path:
    """The Python of the environment, made if missing; raises FailedError where it cannot be made."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise FailedError("uv was not found, so bamengine's environment cannot be made; run with `uv run`")
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = caches / "cwbsim-benchmarks" / f"bamengine-{digest}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    finished = folder / "installed"
    if not finished.exists():
        shutil.rmtree(folder, ignore_errors=True)
        run_quietly([uv, "venv", "--no-project", "--python", sys.executable, str(folder)])
        run_quietly([uv, "pip", "install", "--no-config", "--python", str(python), "-r", str(REQUIREMENTS)])
        finished.touch()
    return python


def time_periods(firms: int, people: int, blocks: int, periods: int) -> dict[str, Any]:
    """Processor seconds a period of bamengine at this size, block by block."""
    words = [str(number) for number in (firms, people, blocks, periods)]
    return run_for_json([str(environment()), str(SCRIPT), *words])
