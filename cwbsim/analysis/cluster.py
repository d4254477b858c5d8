"""Handing the same runs to a Dask cluster that is running already."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from cwbsim.errors import MissingExtraError, UserError

WAIT_SECONDS = 20


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """The workers of a Dask cluster as an executor.

    Parameters
    ----------
    address
        Of its scheduler, ``"tcp://10.0.0.5:8786"``; or a scheduler file that all can read.

    Raises
    ------
    MissingExtraError
        dask.distributed is not installed.
    UserError
        Nobody answers there.
    """
    try:
        import distributed
    except ImportError:
        raise MissingExtraError(
            "--scheduler needs the package distributed, which is not installed",
            mend='pip install "cwbsim[hpc]"',
        ) from None
    how = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
    try:
        client: Any = distributed.Client(**how, timeout=WAIT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as fault:
        raise UserError(
            f"no Dask scheduler answers: {fault}",
            address,
            mend="start one (dask scheduler), or mend the address",
        ) from fault
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
