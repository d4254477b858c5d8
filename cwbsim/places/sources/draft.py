"""A profile in the making: figures, tables and anchors gathered from the sources, then written as text."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError
from cwbsim.places.sources.areas import Place

Entry = dict[str, Any]
FIELDS = ("value", "low", "high", "unit", "source", "year", "note")


def figure(
    value: float,
    unit: str,
    source: str,
    year: int | str,
    *,
    low: float | None = None,
    high: float | None = None,
    note: str = "",
) -> Entry:
    """One number with its range and who says so; a counted figure has no range."""
    entry: Entry = {"value": value, "unit": unit, "source": source, "year": year}
    if low is not None and high is not None:
        entry |= {"low": low, "high": high}
    return entry | ({"note": note} if note else {})


@dataclass
class Draft:
    """What has been gathered so far about one place."""

    place: Place
    data: Path
    judgements: Mapping[str, Any]
    overrides: Mapping[str, Entry] = field(default_factory=dict)
    figures: dict[str, dict[str, Entry]] = field(default_factory=dict)
    tables: dict[str, tuple[Entry, list[str], list[list[Any]]]] = field(default_factory=dict)
    anchors: list[Entry] = field(default_factory=list)

    @property
    def code(self) -> str:
        """Code of the authority."""
        return self.place.code

    @property
    def name(self) -> str:
        """Name of the authority."""
        return self.place.name

    def add(self, group: str, name: str, entry: Entry) -> None:
        """Put a figure in a group; a user's own figure of that name goes over it."""
        own = self.overrides.get(f"{group}.{name}")
        if own is not None:
            entry = {"unit": entry["unit"], **own}
        self.figures.setdefault(group, {})[name] = entry

    def put(
        self,
        group: str,
        name: str,
        value: float,
        unit: str,
        source: str,
        year: int | str,
        *,
        low: float | None = None,
        high: float | None = None,
        note: str = "",
    ) -> None:
        """Put a number in a group, with its range and source."""
        self.add(group, name, figure(value, unit, source, year, low=low, high=high, note=note))

    def value(self, dotted: str) -> float:
        """The value of a figure already gathered."""
        group, name = dotted.split(".")
        return float(self.figures[group][name]["value"])

    def judgement(self, group: str, name: str) -> Entry:
        """A value a person wrote down because no table holds it."""
        try:
            entry = dict(self.judgements[group][name])
        except KeyError:
            raise UserError(
                f"no judgement [{group}.{name}]", "cwbsim/data/building/national.toml", mend="add the table"
            ) from None
        if missing := [key for key in ("value", "unit", "source", "year") if key not in entry]:
            raise UserError(f"[{group}.{name}] lacks {', '.join(missing)}", "judgements.toml")
        return entry

    def judged(self, group: str, name: str) -> float:
        """Copy a judgement into the figures and return its value."""
        self.add(group, name, self.judgement(group, name))
        return self.value(f"{group}.{name}")

    def table(
        self,
        name: str,
        header: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        title: str,
        unit: str,
        source: str,
        year: int | str,
        note: str = "",
    ) -> None:
        """Put a table among the files to write."""
        about = {"title": title, "unit": unit, "source": source, "year": year} | (
            {"note": note} if note else {}
        )
        self.tables[name] = about, list(header), [list(row) for row in rows]

    def files(self) -> dict[str, str]:
        """Every file of the profile by name; the same gathering gives the same text, byte for byte."""
        about = {"place": {"name": self.name, "code": self.code}}
        written = {
            "figures.toml": as_toml(about | {g: self.figures[g] for g in sorted(self.figures)}),
            "tables.toml": as_toml({name: self.tables[name][0] for name in sorted(self.tables)}),
            "anchors.toml": "\n".join(_anchor_text(anchor) for anchor in self.anchors),
        }
        for name, (_, header, rows) in self.tables.items():
            written[f"{name}.csv"] = as_csv(header, rows)
        return written


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file, or an error that says which and why."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            "no such file", str(path), mend="copy another place's judgements.toml and edit it"
        ) from None
    except tomllib.TOMLDecodeError as fault:
        raise UserError(f"not valid TOML: {fault}", str(path)) from None


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as comma-separated text with plain line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[_number(cell) for cell in row] for row in rows])
    return out.getvalue()


def as_toml(groups: Mapping[str, Mapping[str, Any]], prefix: str = "") -> str:
    """Tables of tables as TOML; an entry that holds no table is a leaf and keeps its order of fields."""
    parts: list[str] = []
    for name, inside in groups.items():
        leaves = {k: v for k, v in inside.items() if not isinstance(v, Mapping)}
        if leaves:
            body = "".join(f"{key} = {_literal(value)}\n" for key, value in _ordered(leaves))
            parts.append(f"[{prefix}{name}]\n{body}")
        if nested := {k: inside[k] for k in sorted(inside) if isinstance(inside[k], Mapping)}:
            parts.append(as_toml(nested, f"{prefix}{name}."))
    return "\n".join(parts)


def _anchor_text(anchor: Entry) -> str:
    plain = {k: v for k, v in anchor.items() if not isinstance(v, Mapping)}
    head = "".join(f"{key} = {_literal(value)}\n" for key, value in plain.items())
    nested = {k: v for k, v in anchor.items() if isinstance(v, Mapping)}
    return f"[[anchor]]\n{head}\n{as_toml(nested, 'anchor.')}"


def _ordered(leaves: Mapping[str, Any]) -> list[tuple[str, Any]]:
    rank = {name: place for place, name in enumerate(FIELDS)}
    return sorted(leaves.items(), key=lambda item: rank.get(item[0], len(rank)))


def _number(value: Any) -> Any:
    """Whole numbers without a point, others to eight significant figures."""
    if isinstance(value, str | bool):
        return value
    number = float(value)
    if number == int(number) and abs(number) < 1e15:
        return int(number)
    return float(f"{number:.8g}")


def _literal(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(_number(value))
