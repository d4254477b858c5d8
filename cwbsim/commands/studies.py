"""What commands that run scenarios on several seeds have in common: options, folder, store, and what is said in the end."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.commands import options

if TYPE_CHECKING:
    from cwbsim.analysis.store import RunStore
    from cwbsim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Study:
    """What the options of a study ask for."""

    seed: int | None
    seeds: int  # nil where nothing was said
    months: int | None
    scale: float | None
    workers: int | None
    out: Path | None
    force: bool
    as_json: bool
    quiet: bool
    no_progress: bool = False
    verbose: bool = False
    store: Path | None = None
    retry_failed: bool = False

    def scenarios(self, *names: str) -> tuple[list[Path], list[Scenario]]:
        """Files and scenarios by these names, changed as asked."""
        from cwbsim import scenario_files
        from cwbsim.scenario import load_scenario

        changes = {"seed": self.seed, "months": self.months, "scale": self.scale}
        files = [scenario_files.find(name) for name in names]
        return files, [options.adjusted(load_scenario(name), **changes) for name in names]

    def folder(self, study: str, scenarios: Sequence[Scenario]) -> Path:
        """Where the results go; refused before anything is run if it is taken."""
        from cwbsim.report.folder import check_free, run_folder

        first = scenarios[0].seed
        target = self.out or run_folder(study, scenarios, range(first, first + self.seeds))
        check_free(target, force=self.force)
        return target

    @property
    def says_more(self) -> bool:
        """Whether details are said."""
        return self.verbose and not self.quiet

    @property
    def how(self) -> dict[str, Any]:
        """How its runs are done."""
        return {"workers": self.workers, "progress": not (self.quiet or self.no_progress)}

    @contextmanager
    def kept(self, target: Path) -> Iterator[dict[str, Any]]:
        """The same, and a store beside the folder `target` until that is written, or the one that was named."""
        from cwbsim.report.folder import kept_meanwhile

        with kept_meanwhile(target, self.store) as store, options.resumable(store), timed(store, self.says_more):
            if len(store) and self.store is None:
                options.say(
                    f"{len(store)} runs were finished before and are not run again.", quiet=self.quiet
                )
            yield {**self.how, "store": store, "retry_failed": self.retry_failed}

    def written_by(self, files: Sequence[Path], scenarios: Sequence[Scenario]) -> dict[str, Any]:
        """What a folder says of the command that wrote it; asked before the runs, for files may change meanwhile."""
        from cwbsim.report.inputs import inputs_of

        inputs = inputs_of(files, scenarios)
        if self.says_more:
            options.say_read(inputs, scenarios)
        return {"command": ["cwbsim", *sys.argv[1:]], "inputs": inputs, "force": self.force}

    def show(self, content: Mapping[str, Any], text: str, target: Path) -> None:
        """Print what was found, as JSON or for a person."""
        if self.as_json:
            options.print_json({**content, "folder": str(target)})
        else:
            click.echo(text)

    def end(self, target: Path, failed: int, note: str = "", said: str = "Results: {}") -> None:
        """Say where the results are; code 1 if runs failed."""
        options.say("\n" + said.format(target), quiet=self.quiet)
        if failed:
            options.say(f"{failed} runs failed{note}", quiet=False)
            sys.exit(1)


def study(seeds: int | None, seeds_help: str, *, most: int = 1000) -> options.Decorator:
    """Options of a study, which the command gets as its argument `study`.

    Parameters
    ----------
    seeds, seeds_help, most
        How many seeds if left out (None: the command decides), what to say of them, and how many are allowed.
    """
    chosen: list[options.Decorator] = [
        options.seed,
        click.option(
            "--seeds",
            type=click.IntRange(1, most),
            default=seeds,
            show_default=seeds is not None,
            help=seeds_help,
        ),
        options.months,
        options.scale,
        options.workers,
        options.out,
        options.store,
        options.retry_failed,
        options.force,
        options.as_json,
        options.quiet,
        options.no_progress,
        options.verbose,
    ]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(**given: Any) -> Any:
            mine = {one.name: given.pop(one.name) for one in fields(Study) if one.name in given}
            return command(study=Study(**{**mine, "seeds": mine["seeds"] or 0}), **given)

        return _with_options(called, chosen)

    return decorate


@dataclass(frozen=True, slots=True)
class ExperimentRuns:
    """What the options of a command ask for that does the runs of an experiment file."""

    file: Path
    workers: int | None
    scheduler: str | None
    out: Path | None
    store: Path | None
    retry_failed: bool
    as_json: bool
    quiet: bool
    no_progress: bool
    verbose: bool

    def folder(self, ending: str = "") -> Path:
        """Where the results go, the same at each try."""
        return self.out or Path("runs") / f"{self.file.stem}{ending}"

    @contextmanager
    def kept(self, path: Path) -> Iterator[tuple[RunStore, dict[str, Any]]]:
        """The store with its runs, and how they are done."""
        from cwbsim.analysis.store import RunStore
        from cwbsim.report.inputs import experiment_inputs

        if self.verbose and not self.quiet:
            options.say_read(experiment_inputs(self.file, ()), ())
        with (
            RunStore(self.store or path) as store,
            options.resumable(store),
            options.executor(self.scheduler) as executor,
            timed(store, self.verbose and not self.quiet),
        ):
            if len(store):
                options.say(f"{len(store)} runs are in {store.path}.", quiet=self.quiet)
            yield store, {
                "workers": self.workers, "executor": executor, "retry_failed": self.retry_failed,
                "progress": not (self.quiet or self.no_progress),
            }  # fmt: skip

    def show(self, content: Mapping[str, Any], text: str, folder: Path) -> None:
        """Print what was found, as JSON or for a person, and where it is."""
        if self.as_json:
            options.print_json(content)
        else:
            click.echo(text)
        options.say(f"\nResults: {folder}", quiet=self.quiet)


@contextmanager
def months_counted(months: int, shown: bool, is_timed: bool) -> Iterator[Callable[[int], None]]:
    """What a single run is to tell its months to; says what becomes of the run where it is stopped."""
    from cwbsim.analysis.progress import Progress

    done = 0
    started = first = time.perf_counter()

    def count(month: int) -> None:
        nonlocal done, first
        done += 1
        if done == 1:
            first = time.perf_counter()
        bar.step()

    try:
        with Progress(months, "month", shown, "building the borough") as bar:
            yield count
    except KeyboardInterrupt:
        options.say(
            f"\n{done} of {months} months were done. A single run is not kept in part: the same command runs it from"
            " the start.", quiet=False,
        )  # fmt: skip
        raise
    if is_timed:
        later = time.perf_counter() - first
        options.say(f"Built, with the first month: {first - started:.1f} s; the months after: {later:.1f} s", quiet=False)


@contextmanager
def timed(store: RunStore, is_said: bool) -> Iterator[None]:
    """Say where runs are kept and, in the end, how long they and the writing took."""
    before, started = len(store), time.perf_counter()
    if is_said:
        options.say(f"Each finished run is kept in {store.path}; {before} are there.", quiet=False)
    yield
    if is_said:
        seconds = time.perf_counter() - started
        options.say(f"{len(store) - before} runs, and what is written of them: {seconds:.1f} s", quiet=False)


def experiment(command: Callable[..., Any]) -> Callable[..., Any]:
    """Argument FILE and the options that go with it, which the command gets as its argument `asked`."""
    chosen: list[options.Decorator] = [
        click.argument("file", type=click.Path(path_type=Path)),
        options.workers,
        options.scheduler,
        options.out,
        options.store,
        options.retry_failed,
        options.as_json,
        options.quiet,
        options.no_progress,
        options.verbose,
    ]

    @functools.wraps(command)
    def called(**given: Any) -> Any:
        mine = {one.name: given.pop(one.name) for one in fields(ExperimentRuns)}
        return command(asked=ExperimentRuns(**mine), **given)

    return _with_options(called, chosen)


def _with_options(command: Callable[..., Any], chosen: Sequence[options.Decorator]) -> Callable[..., Any]:
    """A command with options, listed in this order."""
    for option in reversed(chosen):
        command = option(command)
    return command
