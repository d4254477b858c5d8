"""A folder of an import or an analysis: whole or not at all, and never over what is not one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cwbsim.errors import CannotWriteError


@contextmanager
def left_whole(folder: Path, sign: str, *, force: bool) -> Iterator[Path]:
    """A folder to write into, which becomes `folder` when all is written.

    Parameters
    ----------
    sign
        A file that every such folder holds: ``--force`` replaces a folder that has it, never another.

    Raises
    ------
    CannotWriteError
        There is something there already, or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        is_ours = (folder / sign).is_file()
        if not (force and is_ours):
            mend = "--out another folder" + (", or --force" if is_ours else "; --force replaces only what cwbsim left")
            raise CannotWriteError("there is something there already", str(folder), mend=mend)
    partial = folder.with_name(folder.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as fault:
        raise CannotWriteError(f"cannot be written: {fault.strerror}", str(folder)) from fault
    finally:
        shutil.rmtree(partial, ignore_errors=True)
