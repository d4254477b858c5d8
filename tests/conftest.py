"""What every test may rely on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _unsigned_draws_may_wrap() -> Iterator[None]:
    """Unsigned 64-bit draws wrap by design; the month allows it, so a phase called alone must be allowed it."""
    with np.errstate(over="ignore"):
        yield
