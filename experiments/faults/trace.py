"""Stopping a child at every system call, by ptrace: to kill it there, or to have the call fail. Linux only.

Needs no compiler, no root and no other program. Killing works on any processor; making a call fail needs to know
where its registers are, which is written for x86-64 only.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

TRACE_ME, GET_REGISTERS, SET_REGISTERS, NEXT_CALL, SET_OPTIONS = 0, 12, 13, 24, 0x4200
MARK_CALLS, END_WITH_TRACER = 0x1, 0x100000
CALL_STOP = signal.SIGTRAP | 0x80
#: x86-64 numbers of the calls by which a file changes.
WRITING = {
    1: "write",
    18: "pwrite64",
    74: "fsync",
    75: "fdatasync",
    77: "ftruncate",
    87: "unlink",
    257: "openat",
    263: "unlinkat",
}


class Registers(ctypes.Structure):
    """``user_regs_struct`` of x86-64."""

    _fields_ = [
        (name, ctypes.c_ulonglong)
        for name in (
            "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi",
            "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es", "fs", "gs",
        )
    ]  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What happens at one system call: its number in order, and what."""

    call: int
    what: str  # "kill before", "kill after", or the name of an error: "ENOSPC", "EIO"


def can_trace() -> str:
    """Empty where children can be traced; else why not."""
    if sys.platform != "linux":
        return "ptrace is Linux's"
    try:
        return "" if _traced(lambda: None, lambda *_: None)[0] == 0 else "a traced child did not end well"
    except OSError as fault:
        return f"children cannot be traced here: {fault}"


def calls_of(work: Callable[[], None]) -> list[str]:
    """Names of the system calls of some work in order; "" for those that change no file."""
    found: list[str] = []

    def note(pid: int, is_entry: bool, number: int) -> None:
        if is_entry:
            found.append(WRITING.get(_registers(pid).orig_rax, ""))

    code, _ = _traced(work, note)
    if code:
        raise RuntimeError(f"undisturbed it ended with {code}")
    return found


def with_fault(work: Callable[[], None], fault: Fault) -> int:
    """Do some work in a child with a fault in it; its exit code, or minus the signal that ended it."""

    def strike(pid: int, is_entry: bool, number: int) -> None:
        if number != fault.call:
            return
        if fault.what == ("kill before" if is_entry else "kill after"):
            os.kill(pid, signal.SIGKILL)
        elif fault.what.startswith("E"):
            registers = _registers(pid)
            if is_entry:
                registers.orig_rax = 2**64 - 1  # no such call: nothing is done
            else:
                import errno

                registers.rax = 2**64 - getattr(errno, fault.what)
            _ptrace(SET_REGISTERS, pid, 0, ctypes.addressof(registers))

    return _traced(work, strike)[0]


def is_x86() -> bool:
    """Whether errors can be made, not only kills."""
    return platform.machine() in ("x86_64", "AMD64")


def _traced(work: Callable[[], None], at_stop: Callable[[int, bool, int], None]) -> tuple[int, int]:
    """Fork, trace, and tell `at_stop` (pid, whether the call begins, its number from 0) of each stop."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            _ptrace(TRACE_ME, 0, 0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            work()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os._exit(code)
    os.waitpid(pid, 0)
    _ptrace(SET_OPTIONS, pid, 0, MARK_CALLS | END_WITH_TRACER)
    stops, passed = 0, 0
    while True:
        _ptrace(NEXT_CALL, pid, 0, passed)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            return os.WEXITSTATUS(status), stops
        if os.WIFSIGNALED(status):
            return -os.WTERMSIG(status), stops
        stopped = os.WSTOPSIG(status)
        passed = 0 if stopped == CALL_STOP else stopped
        if stopped == CALL_STOP:
            at_stop(pid, stops % 2 == 0, stops // 2)
            stops += 1


def _registers(pid: int) -> Registers:
    found = Registers()
    _ptrace(GET_REGISTERS, pid, 0, ctypes.addressof(found))
    return found


def _ptrace(request: int, pid: int, address: int, data: int) -> None:
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.restype, call.argtypes = ctypes.c_long, [ctypes.c_long] * 4
    if call(request, pid, address, data) == -1 and ctypes.get_errno() not in (
        0,
        3,
    ):  # 3: it has just been killed
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
