"""Compiled loops: one decorator, one cache that cannot go stale.

Numba's disk cache looks only at the file a function stands in; a changed constant or callee in another file
would be missed. The cache therefore lives in a folder named after a hash of all sources with such loops.
Where numba is absent the same functions run uncompiled, with the same results.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, cast

import numpy as np

__all__ = ["cache_folder", "is_warm", "kernel", "wrapping"]

_PACKAGE = Path(__file__).parent
_LOOP = b"@kernel\n"  # how a compiled loop begins
_MOST = 0.7  # of all loops: a run of one place leaves some aside


def holds_or_feeds_loops(path: Path, source: bytes) -> bool:
    """Return True of a source that has compiled loops, or constants that such loops are made with."""
    return _LOOP in source or path.stem in {"compiled", "world", "ledger", "terms"}


def _source_hash() -> str:
    """Hash of every source that holds or feeds a compiled loop, in a fixed order.

    A loop can only reach what stands in its own file or is imported there from files with loops, and the
    constants of the state.
    """
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        source = path.read_bytes()
        if holds_or_feeds_loops(path, source):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode())
            digest.update(source)
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return the folder of compiled loops: the user's cache, or a temporary one if that cannot be written."""
    base = os.environ.get("CWBSIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    parent = Path(base) if base else Path.home() / ".cache"
    folder = parent / "cwbsim" / f"compiled-{_source_hash()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / f"cwbsim-{os.getuid() if hasattr(os, 'getuid') else 0}" / folder.name


def is_warm() -> bool:
    """Return True when most of the compiled loops of these very sources are on disk; a run broken off leaves a few."""
    folder = cache_folder()
    kept = sum(1 for _ in folder.rglob("*.nbi")) if folder.is_dir() else 0
    return kept >= _MOST * sum(path.read_bytes().count(_LOOP) for path in _PACKAGE.rglob("*.py"))


try:
    import numba
except ImportError:  # the same functions, uncompiled: slower, same results

    def kernel[F: Callable[..., Any]](function: F) -> F:
        """Leave the loop as it is: numba is not installed."""
        return function

    _COMPILED = False

else:
    _COMPILED = not getattr(numba.config, "DISABLE_JIT", False)
    vars(numba.config)["CACHE_DIR"] = str(cache_folder())

    def kernel[F: Callable[..., Any]](function: F) -> F:
        """Compile a loop: one thread, exact (no fast-math), releasing the interpreter lock, cached on disk.

        A division by nought is not looked for, for the look costs more than the division: no loop makes one.
        """
        return cast(F, numba.njit(cache=True, nogil=True, fastmath=False, error_model="numpy")(function))


def wrapping() -> AbstractContextManager[Any]:
    """Let unsigned draws wrap, by design: where loops are not compiled NumPy would warn of it."""
    return nullcontext() if _COMPILED else np.errstate(over="ignore")
