"""The folder a study leaves behind: whole or not at all, and enough in it to run the study again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.analysis.identity import code_version, data_of, run_id
from cwbsim.analysis.kept import RunLike, kept_of
from cwbsim.analysis.seeds import pairing_frame, seeds_frame
from cwbsim.analysis.store import RunStore
from cwbsim.errors import CannotWriteError
from cwbsim.parameters import load_parameters
from cwbsim.report.inputs import Input
from cwbsim.report.picture import save_picture
from cwbsim.report.table import comparison_text
from cwbsim.report.what_if import marked
from cwbsim.scenario import Scenario

MANIFEST = "manifest.json"
RESULTS = "results.sqlite"
PACKAGES = ("cwbsim", "mesa", "numpy", "numba", "scipy", "pandas", "pydantic", "matplotlib")


def run_folder(study: str, scenarios: Sequence[Scenario], seeds: Sequence[int]) -> Path:
    """``runs/<study>/<UTC time>-<short hash>`` for what is about to be run."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256()
    for scenario in scenarios:
        digest.update(scenario.scenario_hash().encode())
    digest.update(repr(tuple(seeds)).encode())
    return Path("runs") / file_name(study) / f"{now}-{digest.hexdigest()[:8]}"


def file_name(title: str) -> str:
    """A title as a file name: lower case, digits, underscores."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "study"


def check_free(target: Path, *, force: bool) -> None:
    """Refuse a folder that holds something, before hours are spent on what is to go there.

    Raises
    ------
    CannotWriteError
        It is taken (``--force`` replaces results of cwbsim, never anything else), or cannot be made.
    """
    if os.path.lexists(target):  # unlike Path.exists no fault where the name is too long: trying says so
        is_ours = (target / MANIFEST).is_file()
        is_empty = target.is_dir() and not any(target.iterdir())
        if not (is_empty or (force and is_ours)):
            mend = (
                "--force replaces it"
                if is_ours
                else "it holds no results of cwbsim, so --force will not help"
            )
            raise CannotWriteError("there is something there already", str(target), mend=mend)
    above = next(folder for folder in target.absolute().parents if os.path.lexists(folder))
    try:  # what may be written is only known by trying: not every system goes by the mode of a folder
        trial = above / _partial(target).name
        trial.mkdir()
        trial.rmdir()
    except OSError as fault:
        raise CannotWriteError(
            f"nothing can be written there: {fault.strerror}", str(target),
            mend=f"choose another folder, or make {above} one that can be written to",
        ) from None  # fmt: skip


def _partial(target: Path) -> Path:
    """Where results are written until they are whole."""
    return target.parent / f".{target.name}.partial-{os.getpid()}"


@contextmanager
def written_whole(target: Path, *, force: bool) -> Iterator[Path]:
    """A folder to write into: becomes `target` when all is written, disappears when anything fails."""
    check_free(target, force=force)
    partial = _partial(target)
    try:
        partial.mkdir(parents=True)
        yield partial
        _list_files(partial)
        if target.exists():
            _carry_over(target, partial)
            old = target.parent / f".{target.name}.old-{os.getpid()}"
            target.rename(old)
            partial.rename(target)
            shutil.rmtree(old)
        else:
            partial.rename(target)
    except OSError as fault:
        raise CannotWriteError(f"cannot be written: {fault.strerror or fault}", str(target)) from fault
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _list_files(folder: Path) -> None:
    """Say in the manifest what was written, so that a later ``--force`` knows what it may take away."""
    file = folder / MANIFEST
    if file.is_file():
        listed = sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())
        write_json(file, {**json.loads(file.read_text(encoding="utf-8")), "files": listed})


def _carry_over(old: Path, new: Path) -> None:
    """Copy what others put beside results that are replaced: what the old manifest does not list as written.

    A folder inside with a manifest of its own, such as a report, told of the old results and goes with them.
    """
    written = json.loads((old / MANIFEST).read_text(encoding="utf-8")).get("files", [MANIFEST]) if any(old.iterdir()) else []
    told_of_them = {manifest.parent for manifest in old.rglob(MANIFEST)} - {old}
    for one in old.rglob("*"):
        name = one.relative_to(old)
        is_theirs = one.is_file() and name.as_posix() not in written and told_of_them.isdisjoint(one.parents)
        if is_theirs and not (new / name).exists():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(one, new / name)


@contextmanager
def kept_meanwhile(target: Path, store: Path | None = None) -> Iterator[RunStore]:
    """The store that keeps what is finished until the folder `target` is written whole.

    It lies beside the folder and goes when that is there; if the study is stopped it stays, and the same
    command goes on from it. A store that the user names is used instead, and stays.
    """
    if store is not None:
        with RunStore(store) as named:
            yield named
        return
    beside = target.parent / f".{_without_time(target.name)}.unfinished"
    above = [folder for folder in (beside, *beside.parents) if not folder.exists()]
    is_needed = True
    try:
        with RunStore(beside / RESULTS) as own:
            try:
                yield own
                is_needed = False
            finally:
                is_needed = is_needed and len(own) > 0
    finally:
        if not is_needed:
            shutil.rmtree(beside, ignore_errors=True)
            for folder in above[1:]:
                with suppress(OSError):  # the results went there, or others put something there
                    folder.rmdir()


def _without_time(name: str) -> str:
    """The name of a study's folder, the same at each try: ``20250101T120000Z-1a2b3c4d`` without its time."""
    return re.sub(r"^\d{8}T\d{6}Z-", "", name)


def write_comparison(
    comparison: Comparison,
    target: Path,
    *,
    command: Sequence[str],
    inputs: Sequence[Input],
    force: bool,
    store: RunStore | None = None,
) -> None:
    """Scenarios, table, paths, breakdowns, picture, report, runs and manifest of a comparison."""
    with written_whole(target, force=force) as folder:
        scenarios = {"baseline": comparison.baseline}
        for number, policy in enumerate(comparison.policies, start=1):
            scenarios[f"policy_{number}_{file_name(policy.title)}"[:60]] = policy
        _write_scenarios(scenarios, folder)
        windows = [comparison.to_frame("last_year", headline_only=False).assign(window="last year")]
        windows += [comparison.to_frame("all_months", headline_only=False).assign(window="all months")]
        pd.concat(windows, ignore_index=True).to_csv(folder / "summary.csv", index=False)
        comparison.paths(headline_only=False).to_csv(folder / "outcomes.csv", index=False)
        comparison.divided().to_csv(folder / "breakdowns.csv", index=False)
        seeds_frame(comparison).to_csv(folder / "seeds.csv", index=False)
        pairing_frame(comparison).to_csv(folder / "pairing.csv", index=False)
        _write_definitions(comparison, folder)
        (folder / "report.txt").write_text(comparison_text(comparison) + "\n", encoding="utf-8")
        save_picture(comparison, folder)
        if store is not None:
            with RunStore(folder / RESULTS) as own:
                own.merge(store, comparison.keys)
        runs = [
            {"scenario": number, "seed": seed, "state_hash": run.state_hash, "seconds": round(run.seconds, 2)}
            for (number, seed), run in comparison.runs.items()
        ]
        failures = [
            {
                "scenario": one.scenario,
                "seed": one.seed,
                "stage": one.failure.stage,
                "exception": one.failure.exception,
                "message": one.failure.message,
                "traceback": one.failure.traceback,
            }
            for one in comparison.failures
        ]
        about = manifest(scenarios, comparison.seeds, command, inputs)
        about |= {"duration_seconds": round(comparison.seconds, 2), "runs": runs, "failures": failures}
        _write_log(about, folder)
        write_json(folder / MANIFEST, about)


def write_run(
    scenario: Scenario,
    seed: int,
    finished: RunLike,
    summary: pd.DataFrame,
    report: str,
    target: Path,
    *,
    command: Sequence[str],
    inputs: Sequence[Input],
    seconds: float,
    force: bool,
) -> None:
    """Scenario, outcomes month by month and in two years, report, store and manifest of one run."""
    with written_whole(target, force=force) as folder:
        _write_scenarios({"scenario": scenario}, folder)
        marked(finished.to_frame(), scenario).to_csv(folder / "outcomes.csv", index=False)
        marked(summary, scenario).to_csv(folder / "summary.csv", index=False)
        (folder / "report.txt").write_text(report + "\n", encoding="utf-8")
        kept = kept_of(finished, seconds)
        with RunStore(folder / RESULTS) as store:
            store.put(scenario, run_id(scenario, seed), kept)
        about = manifest({"scenario": scenario}, [seed], command, inputs)
        runs = [{"scenario": 0, "seed": seed, "state_hash": kept.state_hash, "seconds": round(seconds, 2)}]
        about |= {"duration_seconds": round(seconds, 2), "runs": runs, "failures": []}
        _write_log(about, folder)
        write_json(folder / MANIFEST, about)


def manifest(
    scenarios: Mapping[str, Scenario], seeds: Sequence[int], command: Sequence[str], inputs: Sequence[Input]
) -> dict[str, Any]:
    """Versions, platform, inputs, identities and seeds: what it takes to run it again."""
    return {
        "made_by": "cwbsim",
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": list(command),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": {name: package_version(name) for name in PACKAGES},
        "git_commit": _git_commit(),
        "code": code_version(),
        "inputs": [asdict(one) for one in inputs],
        "scenarios": {
            name: {"title": one.title, "hash": one.scenario_hash(), "data": data_of(one), "file": f"{name}.toml"}
            for name, one in scenarios.items()
        },
        "seeds": list(seeds),
        "chance": "keyed counter hash, no stream (cwbsim.chance)",
    }


def _write_scenarios(scenarios: Mapping[str, Scenario], folder: Path) -> None:
    for name, scenario in scenarios.items():
        (folder / f"{name}.toml").write_text(scenario.to_toml(), encoding="utf-8")
        rows = load_parameters(scenario.parameters).rows()
        pd.DataFrame(rows).to_csv(folder / f"{name}_parameters.csv", index=False)


def _write_definitions(comparison: Comparison, folder: Path) -> None:
    rows = [
        {"outcome": one.name, "unit": one.unit, "kind": one.kind, "definition": one.definition}
        for one in comparison.measures.values()
    ]
    pd.DataFrame(rows).to_csv(folder / "definitions.csv", index=False)


def _write_log(about: Mapping[str, Any], folder: Path) -> None:
    """What was done, run by run, in lines for a person: ``run.log``."""
    lines = [
        f"{about['finished']} cwbsim {about['versions']['cwbsim']}, Python {about['python']}, {about['platform']}",
        "command: " + " ".join(about["command"]),
        *(
            f"scenario {i}: {one['title']} ({name})"
            for i, (name, one) in enumerate(about["scenarios"].items())
        ),
        *(
            f"scenario {run['scenario']}, seed {run['seed']}: {run['seconds']} s, state {run['state_hash']}"
            for run in about["runs"]
        ),
        *(
            f"scenario {one['scenario']}, seed {one['seed']}: failed, {one['exception']}: {one['message']}"
            for one in about["failures"]
        ),
        f"in all {about['duration_seconds']} s",
    ]
    (folder / "run.log").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_json(file: Path, content: Any) -> None:
    """Write JSON for people too: indented, with every letter as it is."""
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def package_version(package: str) -> str | None:
    """The installed version of a package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git_commit() -> str | None:
    """The commit of the checkout the package runs from, if it is one."""
    package = Path(sys.modules["cwbsim"].__file__ or "").parent
    if not (package.parent / ".git").exists():
        return None
    try:
        asked = subprocess.run(
            ["git", "-C", str(package.parent), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None if asked.returncode == 0 else None
