"""Run inside bamengine's own environment: time its fastest documented path, print JSON; no cwbsim here.

Usage: python bamengine_run.py FIRMS PEOPLE BLOCKS PERIODS_PER_BLOCK
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time

import bamengine


def main(firms: int, people: int, blocks: int, periods: int) -> None:
    """Time `blocks` blocks of `periods` periods after a warm-up that also compiles."""
    simulation = bamengine.Simulation.init(
        n_firms=firms,
        n_households=people,
        n_banks=max(firms // 10, 1),
        n_periods=blocks * periods,
        seed=1,
        goods_kernel="numba",
        logging={"default_level": "ERROR"},
    )
    simulation.run(n_periods=3, collect=False)
    seconds = []
    for _ in range(blocks):
        start = time.process_time()
        simulation.run(n_periods=periods, collect=False)
        seconds.append((time.process_time() - start) / periods)
        if simulation.ec.collapsed:
            raise SystemExit(f"bamengine's economy collapsed in block {len(seconds)}: its time means nothing")
    version = importlib.metadata.version("bamengine")
    print(json.dumps({"seconds_per_period": seconds, "agents": firms + people, "version": version}))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:5]))
