"""Each planted fault of the kept list is caught by the check it names, and the check passes without it."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import verdict
from tests.faults.catalogue import FAULTS, Fault
from tests.faults.checks import CHECKS


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_is_caught_and_named(fault: Fault) -> None:
    good, text = verdict(fault)

    assert good, text


def test_no_check_is_idle() -> None:
    idle = set(CHECKS) - {fault.caught_by for fault in FAULTS}

    assert not idle, f"no fault is planted for {', '.join(check.__name__ for check in idle)}"
