"""Put the run store through faults and say what came of it; code 1 if anything was lost, double or wrong.

    uv run python -m experiments.faults --kills 500 --log experiments/faults/log.txt

Kills the command and its workers at random moments, makes each system call of a commit fail or kills there, and
fills the disk after each half kilobyte. The log says what was done.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from pathlib import Path

from experiments.faults import checks, trace


def main() -> int:
    """Run what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=20, help="how many random kills")
    asked.add_argument("--runs", type=int, default=40, help="how many runs the sweep has that is killed")
    asked.add_argument("--seed", type=int, default=1, help="of the random moments")
    asked.add_argument("--step", type=int, default=512, help="bytes between one full disk and the next")
    asked.add_argument("--no-commit", action="store_true", help="leave out the faults of one commit")
    asked.add_argument("--log", type=Path, help="write what was found there")
    chosen = asked.parse_args()
    lines = [f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    found: dict[str, checks.Found] = {}
    started = time.monotonic()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if chosen.kills:
            found["random kills"] = checks.kills(folder, chosen.kills, chosen.seed, chosen.runs, say)
        if not chosen.no_commit:
            found["disk full during one commit"] = checks.limited_size(_fresh(folder, "full"), chosen.step)
            if why := trace.can_trace():
                lines.append(f"system calls of one commit: not run ({why})")
            else:
                found["system calls of one commit"] = checks.one_commit(_fresh(folder, "calls"))
    for what, one in found.items():
        lines.append(f"{what}: {one.line()}")
        lines += [f"  {problem}" for problem in one.problems]
    lines.append(f"{time.monotonic() - started:.0f} s")
    print("\n".join(lines))
    if chosen.log:
        chosen.log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(any(one.problems or one.lost or one.double for one in found.values()))


def _fresh(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main())
