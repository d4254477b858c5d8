"""Plant every fault of the kept list and say who catches it: ``uv run python -m tests.faults``."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

from tests.faults.catalogue import FAULTS, Fault


def caught(fault: Fault) -> str | None:
    """What the check says of a planted fault; None if it passes unnoticed."""
    with pytest.MonkeyPatch.context() as patch, np.errstate(over="ignore"):
        fault.plant(patch)
        try:
            fault.caught_by()
        except AssertionError as said:
            return str(said)
    return None


def verdict(fault: Fault) -> tuple[bool, str]:
    """Whether a fault is caught and named, and what to print."""
    name = fault.caught_by.__name__
    with np.errstate(over="ignore"):
        fault.caught_by()  # the check must pass without the fault, or it would prove nothing
    said = caught(fault)
    if said is None:
        return False, f"{fault.name}: passes unnoticed by {name}"
    if not re.search(fault.says, said):
        return False, f"{fault.name}: caught by {name}, which does not name it: {said}"
    return True, f"{fault.name}: caught by {name}: {said.splitlines()[0][:110]}"


def main() -> int:
    """Plant all; return 1 if any passes unnoticed or unnamed."""
    failed = 0
    for fault in FAULTS:
        good, text = verdict(fault)
        failed += not good
        print(("ok    " if good else "MISSED"), text, flush=True)
    print(f"{len(FAULTS) - failed} of {len(FAULTS)} planted faults are caught and named")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
