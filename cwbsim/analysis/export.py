"""Stored runs as tables: CSV, Parquet and xarray, the same bytes whatever order the runs came in."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from cwbsim.analysis.kept import KeptRun, Layout
from cwbsim.analysis.run_summary import YEAR, last_year
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.store_schema import Record
from cwbsim.errors import MissingExtraError, UserError, unknown

if TYPE_CHECKING:
    import xarray as xr

Format = Literal["csv", "parquet"]
Window = Literal["every_month", "last_year"]
RUN_COLUMNS = ("run", "scenario", "seed", "status", "state_hash", "stage", "exception", "message")
SHORT = 12  # letters of a key or hash that tell runs apart to a reader


def export(
    store: RunStore,
    folder: str | Path,
    *,
    form: Format = "csv",
    outcomes: Sequence[str] = (),
    window: Window = "every_month",
) -> list[Path]:
    """Write ``scenarios``, ``runs``, ``outcomes`` and ``definitions`` as tables into a folder.

    Parameters
    ----------
    store
        Whose runs.
    folder
        Where; made if it is not there, files of these names are replaced.
    form
        "csv", or "parquet" (needs pyarrow).
    outcomes
        Names; all if none is given.
    window
        A row a month, or one for the total (flows) or mean (stocks, shares) of the last twelve.

    Returns
    -------
    list of Path
        The files, in this order.

    Raises
    ------
    UserError
        An outcome that no run has.
    MissingExtraError
        Parquet without pyarrow.
    """
    target = Path(folder)
    layouts = _layouts(store)
    known = sorted({one.name for layout in layouts for one in layout.measures})
    for name in outcomes:
        if known and name not in known:
            raise unknown("outcome", name, known)
    write = _write_parquet if form == "parquet" else _write_csv
    if form == "parquet":
        _pyarrow()
    target.mkdir(parents=True, exist_ok=True)
    return [
        write(target / "scenarios", [scenario_frame(store)]),
        write(target / "runs", [runs_frame(store)]),
        write(target / "outcomes", _outcome_frames(store, layouts, outcomes, window)),
        write(target / "definitions", [_definitions(layouts, outcomes)]),
    ]


def runs_frame(store: RunStore) -> pd.DataFrame:
    """A row a run: its key, scenario, seed, status, the hash of its state, and why it failed if it did."""
    rows = [
        (
            r.key,
            r.scenario,
            r.seed,
            r.status,
            r.state_hash or "",
            r.stage or "",
            r.exception or "",
            r.message or "",
        )
        for r in store.records()
    ]
    return pd.DataFrame(rows, columns=list(RUN_COLUMNS))


def scenario_frame(store: RunStore) -> pd.DataFrame:
    """A row a scenario: hash, title, and every setting in which the scenarios of this store differ."""
    hashes = sorted({record.scenario for record in store.records()})
    settings = {digest: settings_of(store.scenario_toml(digest)) for digest in hashes}
    names = sorted({name for one in settings.values() for name in one})
    differing = [n for n in names if len({repr(one.get(n)) for one in settings.values()}) > 1]
    rows = [[digest, store.title(digest), *(settings[digest].get(n) for n in differing)] for digest in hashes]
    return pd.DataFrame(rows, columns=["scenario", "title", *differing])


def settings_of(toml: str) -> dict[str, Any]:
    """A scenario's settings by dotted name, ``levers.social_value_weight.weight``."""
    flat = dict(_flat(tomllib.loads(toml)))
    for name in ("schema_version", "title", "question", "assumptions", "references", "seed"):
        flat.pop(name, None)
    return flat


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, start=1):
                yield from _flat(one, f"{name}.{number}.")
        else:
            yield name, ", ".join(map(str, value)) if isinstance(value, list) else value


def outcome_frame(
    record: Record, kept: KeptRun, outcomes: Sequence[str] = (), window: Window = "every_month"
) -> pd.DataFrame:
    """A run in long form: run, seed, month (unless of the last year), outcome, the breakdowns, value."""
    layout = kept.layout
    columns = [i for i, one in enumerate(layout.series) if not outcomes or one[0] in outcomes]
    names = np.array([layout.series[i] for i in columns], dtype=object).reshape(len(columns), -1)
    if window == "last_year":
        values, repeats, months = last_year(kept.values, layout)[columns], 1, None
    else:
        values, repeats = kept.values[:, columns].ravel(), len(layout.months)
        months = np.repeat(layout.months, len(columns))
    frame = pd.DataFrame(
        {"run": record.key[:SHORT], "scenario": record.scenario[:SHORT], "seed": record.seed},
        index=range(len(values)),
    )
    if months is not None:
        frame["month"] = months
    for place, by in enumerate(("outcome", *layout.breakdowns)):
        frame[by] = np.tile(names[:, place], repeats)
    frame["value"] = values
    return frame


def to_xarray(store: RunStore, outcomes: Sequence[str] = ()) -> xr.Dataset:
    """Every finished run as labelled arrays: run x month, and run x month x section, anchor, place, ...

    Parameters
    ----------
    store
        Whose runs.
    outcomes
        Names; all if none is given.

    Returns
    -------
    xarray.Dataset
        A variable an outcome (where it is divided under the same name too, ``<outcome>_by_<breakdown>``), over
        ``run``, ``month`` and its breakdown. Coordinates of ``run``: its key, ``scenario``, ``title``, ``seed``.
        Runs of different places or lengths stand side by side, nan where one has no value.

    Raises
    ------
    MissingExtraError
        If xarray is not installed.
    UserError
        If no run is finished.
    """
    try:
        import xarray as xr
    except ImportError:
        raise MissingExtraError(
            "the export to xarray needs the package xarray, which is not installed",
            mend='pip install "cwbsim[xarray]"',
        ) from None
    by_layout: dict[str, list[Record]] = {}
    for record in store.records(status="SUCCEEDED"):
        by_layout.setdefault(record.layout or "", []).append(record)
    if not by_layout:
        raise UserError("no run is finished", str(store.path), mend="run something into it first")
    parts = [
        _dataset(store, store.layout(digest), by_layout[digest], outcomes) for digest in sorted(by_layout)
    ]
    if len(parts) == 1:
        return parts[0]
    return xr.concat(parts, dim="run", join="outer", data_vars="all").sortby(["scenario", "seed"])


def _dataset(
    store: RunStore, layout: Layout, records: Sequence[Record], outcomes: Sequence[str]
) -> xr.Dataset:
    """Runs of one layout."""
    import xarray as xr

    values = np.stack([store.get(record.key).values for record in records])  # (runs, months, series)
    groups: dict[tuple[str, str], list[int]] = {}
    for column, (name, *labels) in enumerate(layout.series):
        by = next((by for by, label in zip(layout.breakdowns, labels, strict=True) if label), "")
        if not outcomes or name in outcomes:
            groups.setdefault((name, by), []).append(column)
    variables: dict[str, xr.DataArray] = {}
    for (name, by), columns in groups.items():
        measure = layout.by_name[name]
        about = {"units": measure.unit, "long_name": measure.definition, "kind": measure.kind}
        plain = values[:, :, columns] if by else values[:, :, columns[0]]
        labels = [layout.series[c][1 + layout.breakdowns.index(by)] for c in columns] if by else []
        coordinates = {"month": list(layout.months), **({by: labels} if by else {})}
        dims = ("run", "month", by) if by else ("run", "month")
        key = f"{name}_by_{by}" if by and (name, "") in groups else name
        variables[key] = xr.DataArray(plain, dims=dims, coords=coordinates, attrs=about)
    runs = {
        "run": [record.key[:SHORT] for record in records],
        "scenario": ("run", [record.scenario[:SHORT] for record in records]),
        "title": ("run", [store.title(record.scenario) for record in records]),
        "seed": ("run", [record.seed for record in records]),
    }
    return xr.Dataset(variables).assign_coords(runs)


def _layouts(store: RunStore) -> list[Layout]:
    digests = {record.layout for record in store.records(status="SUCCEEDED") if record.layout}
    return [store.layout(digest) for digest in sorted(digests)]


def _outcome_frames(
    store: RunStore, layouts: Sequence[Layout], outcomes: Sequence[str], window: Window
) -> Iterator[pd.DataFrame]:
    """Run by run, so that any number of them passes through a small memory."""
    by = list(dict.fromkeys(one for layout in layouts for one in layout.breakdowns))
    month = ["month"] if window == "every_month" else []
    columns = ["run", "scenario", "seed", *month, "outcome", *by, "value"]
    yield pd.DataFrame({name: [] for name in columns})
    for record in list(store.records(status="SUCCEEDED")):
        frame = outcome_frame(record, store.get(record.key), outcomes, window)
        yield frame.reindex(columns=columns, fill_value="")


def _definitions(layouts: Iterable[Layout], outcomes: Sequence[str]) -> pd.DataFrame:
    found = {one.name: one for layout in layouts for one in layout.measures}
    chosen = [found[name] for name in sorted(found) if not outcomes or name in outcomes]
    rows = [(one.name, one.unit, one.kind, one.definition) for one in chosen]
    return pd.DataFrame(rows, columns=["outcome", "unit", "kind", "definition"])


def _write_csv(stem: Path, frames: Iterable[pd.DataFrame]) -> Path:
    """Numbers with all their digits, so that reading the file back gives the same bits."""
    path = stem.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as out:
        for number, frame in enumerate(frames):
            frame.to_csv(out, index=False, header=number == 0, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return path


def _write_parquet(stem: Path, frames: Iterable[pd.DataFrame]) -> Path:
    arrow, parquet = _pyarrow()
    path, writer = stem.with_suffix(".parquet"), None
    for frame in frames:
        texts = [name for name in frame.columns if name not in ("seed", "month", "value")]
        kinds = {"seed": "int64", "month": "int64", "value": "float64"}
        typed = frame.astype({name: kinds[name] for name in frame.columns if name in kinds})
        typed = typed.assign(
            **{name: typed[name].map(lambda x: "" if x is None else str(x)) for name in texts}
        )
        schema = arrow.schema(
            [
                (name, arrow.from_numpy_dtype(kinds[name]) if name in kinds else arrow.string())
                for name in frame.columns
            ]
        )
        table = arrow.Table.from_pandas(typed, schema=schema, preserve_index=False)
        writer = writer or parquet.ParquetWriter(path, schema.remove_metadata(), compression="zstd")
        writer.write_table(table.replace_schema_metadata(None))
    assert writer is not None
    writer.close()
    return path


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise MissingExtraError(
            "the export to Parquet needs the package pyarrow, which is not installed",
            mend='pip install "cwbsim[sweep]"',
        ) from None
    return pyarrow, parquet


__all__ = ["YEAR", "export", "outcome_frame", "runs_frame", "scenario_frame", "settings_of", "to_xarray"]
