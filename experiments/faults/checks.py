"""Each way of failing, and what must hold after it: nothing finished lost, nothing double, the rest goes on."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cwbsim.analysis import workers
from cwbsim.analysis.batch import Job, run_jobs
from cwbsim.analysis.export import export
from cwbsim.analysis.kept import kept_of
from cwbsim.analysis.store import RunStore
from cwbsim.errors import CANNOT_WRITE, CannotWriteError
from cwbsim.scenario import Scenario
from experiments.faults import stub, trace

TOWN = Scenario(title="stub", months=12)
ORPHAN_SECONDS = 5.0


@dataclass
class Found:
    """What came of the faults of one sort."""

    faults: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lost: int = 0
    double: int = 0

    def line(self) -> str:
        """In a line."""
        kinds = ", ".join(f"{n} {what}" for what, n in sorted(self.faults.items()))
        came = f"{self.lost} lost, {self.double} double, {len(self.problems)} problems"
        return f"{sum(self.faults.values())} faults ({kinds}): {came}"


def jobs(n: int, simulate: Callable[..., stub.StubRun] = stub.simulate) -> list[Job]:
    """Runs with the seeds 1 to n."""
    return [Job.of(TOWN, seed, simulate) for seed in range(1, n + 1)]


def exported(path: Path) -> str:
    """SHA-256 of the canonical export of a store."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory() as folder, RunStore(path) as store:
        for file in export(store, folder):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def put(path: Path, job: Job) -> None:
    """Write one run; exit code 73 where that cannot be done."""
    try:
        with RunStore(path) as store:
            store.put(job.scenario, job.identity, kept_of(stub.simulate(TOWN, job.seed), 0.0))
    except CannotWriteError:
        raise SystemExit(CANNOT_WRITE) from None


def one_commit(folder: Path, say: Callable[[str], None] = lambda _: None) -> Found:
    """Every system call by which the commit of one run changes a file: each fails in each way, one at a time."""
    found = Found()
    before, whole = folder / "before.sqlite", folder / "whole.sqlite"
    first, second = jobs(2)
    put(before, first)
    shutil.copy(before, whole)
    put(whole, second)
    expected = exported(whole)
    shutil.copy(before, folder / "store.sqlite")
    calls = trace.calls_of(lambda: put(folder / "store.sqlite", second))
    kinds = ("kill before", "kill after", *(("ENOSPC", "EIO") if trace.is_x86() else ()))
    for number, name in enumerate(calls):
        for kind in kinds if name or not trace.is_x86() else ():
            path = folder / "store.sqlite"
            Path(f"{path}-journal").unlink(missing_ok=True)
            shutil.copy(before, path)
            code = trace.with_fault(lambda path=path: put(path, second), trace.Fault(number, kind))  # type: ignore[misc]
            found.faults[f"{kind} {name}".strip()] += 1
            what = f"{kind} at call {number} ({name}), exit {code}"
            say(what)
            if not (code == -signal.SIGKILL if kind.startswith("kill") else code in (0, CANNOT_WRITE)):
                found.problems.append(f"{what}: neither done nor refused in plain words")
            _check_commit(path, [first, second], code == 0, expected, what, found)
    return found


def limited_size(folder: Path, step: int = 512) -> Found:
    """The disk is full after so many bytes, for every so many: by a limit on the size of files."""
    found = Found()
    before, whole, path = (folder / f"{name}.sqlite" for name in ("before", "whole", "store"))
    first, second = jobs(2)
    put(before, first)
    shutil.copy(before, whole)
    put(whole, second)
    expected = exported(whole)
    for limit in range(0, whole.stat().st_size + step, step):
        Path(f"{path}-journal").unlink(missing_ok=True)
        shutil.copy(before, path)
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
                put(path, second)
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        found.faults["disk full"] += 1
        what = f"full after {limit} bytes, exit {code}"
        if code not in (0, CANNOT_WRITE):
            found.problems.append(f"{what}: neither done nor refused in plain words")
        _check_commit(path, [first, second], code == 0, expected, what, found)
    return found


def _check_commit(path: Path, both: list[Job], is_done: bool, expected: str, what: str, found: Found) -> None:
    """After a fault: the first run is there, the second if it was said to be, and the command can go on."""
    with RunStore(path) as store:
        keys = [record.key for record in store.records()]
        found.problems += [f"{what}: {problem}" for problem in store.damage()]
        found.lost += (both[0].identity.key not in keys) + (is_done and both[1].identity.key not in keys)
        found.double += len(keys) - len(set(keys))
        for _ in run_jobs([[job] for job in both], store, simulate=stub.simulate, workers=1):
            pass
    if exported(path) != expected:
        found.problems.append(f"{what}: the export is not that of an undisturbed store")


def kills(
    folder: Path, n: int, seed: int, n_runs: int = 40, say: Callable[[str], None] = lambda _: None
) -> Found:
    """Kill the command, or one of its two workers, at random moments until so many kills have struck."""
    found, luck = Found(), random.Random(seed)
    every = jobs(n_runs, stub.simulate_slowly)
    undisturbed = folder / "undisturbed.sqlite"
    took = _timed(lambda: _sweep(undisturbed, every))
    expected = exported(undisturbed)
    for path in _stores(folder):
        struck = 0
        seen: set[str] = set()
        while True:
            victim = luck.choice(("parent", "parent", "worker"))
            has_struck = _killed(path, every, victim, luck.uniform(0.0, took), found)
            took *= 1.05 if has_struck else 0.7  # sweeps are slower and faster with whatever else is running
            if has_struck:
                struck += 1
                found.faults[f"kill {victim}"] += 1
            with RunStore(path) as store:
                keys = {record.key for record in store.records(status="SUCCEEDED")}
            found.lost += len(seen - keys)
            seen = keys
            if len(seen) == n_runs or sum(found.faults.values()) >= n:
                break
        _sweep(path, every)
        with RunStore(path) as store:
            records = list(store.records())
            found.problems += store.damage()
        found.lost += n_runs - sum(record.status == "SUCCEEDED" for record in records)
        found.double += len(records) - len({record.seed for record in records})
        if exported(path) != expected:
            found.problems.append(f"{path.name}: the export is not that of an undisturbed sweep")
        say(f"{path.name}: {struck} kills, then whole; {sum(found.faults.values())} in all")
        path.unlink()
        if sum(found.faults.values()) >= n:
            return found
    return found


def _stores(folder: Path) -> Iterator[Path]:
    number = 0
    while True:
        number += 1
        yield folder / f"sweep-{number}.sqlite"


def _sweep(path: Path, every: list[Job]) -> None:
    """The command: two workers, forked, for they are to start at once."""
    workers.START_METHOD = "fork"
    with RunStore(path) as store:
        for _ in run_jobs([[job] for job in every], store, simulate=stub.simulate_slowly, workers=2):
            pass


def _timed(work: Callable[[], None]) -> float:
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)
    return time.monotonic() - started


def _killed(path: Path, every: list[Job], victim: str, after: float, found: Found) -> bool:
    """Start the command, kill it or a worker after some seconds, wait for its end; whether the kill struck."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        code = 70
        try:
            _sweep(path, every)
            code = 0
        finally:
            os._exit(code)
    time.sleep(after)
    target = pid if victim == "parent" else next(iter(_children(pid)), 0)
    has_struck = False
    if target and os.waitpid(pid, os.WNOHANG)[0] == 0:
        os.kill(target, signal.SIGKILL)
        has_struck = True
        os.waitpid(pid, 0)
    if has_struck and victim == "parent":
        deadline = time.monotonic() + ORPHAN_SECONDS
        while _is_group_alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if _is_group_alive(pid):
            found.problems.append("workers outlived their parent")
            os.killpg(pid, signal.SIGKILL)
    return has_struck


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _is_group_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
