"""``cwbsim levers``, ``cwbsim outcomes`` and ``cwbsim parameters``: what there is."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import click

from cwbsim.commands import options


@click.command()
@options.as_json
def levers(as_json: bool) -> None:
    """Every lever: what it does, what it moves, its fields with range, unit and source."""
    from cwbsim.levers import LEVERS, Lever

    rows: list[dict[str, Any]] = []
    for key, lever in LEVERS.items():
        about = (lever.__doc__ or "").strip().splitlines()[0] if lever.__doc__ else ""
        fields: list[dict[str, Any]] = []
        for name, field in lever.model_fields.items():
            extra = field.json_schema_extra
            about_field: dict[str, Any] = dict(extra) if isinstance(extra, Mapping) else {}
            default = field.get_default(call_default_factory=True)
            fields.append({"field": name, "default": default, **about_field})
        kind = lever.__bases__[0].__name__.lower()
        rows.append({"lever": key, "kind": kind, "about": about, "moves": lever.moves, "fields": fields})
    if as_json:
        options.print_json(rows)
        return
    for row in rows:
        click.echo(options.entry(f"{row['lever']} ({row['kind']}; moves {row['moves']})", row["about"]))
        own = [one for one in row["fields"] if one["field"] not in Lever.model_fields]
        click.echo("\n".join(_field_entry(one) for one in own) + "\n")
    if rows:
        click.echo("Every lever also has:")
        click.echo(
            "\n".join(_field_entry(one) for one in rows[0]["fields"] if one["field"] in Lever.model_fields)
        )


@click.command()
@options.as_json
def outcomes(as_json: bool) -> None:
    """Every outcome that a run measures: unit, kind and definition."""
    from cwbsim.outcomes import OUTCOMES

    rows = [
        {
            "outcome": name,
            "unit": one.unit,
            "kind": one.kind,
            "by": one.breakdown,
            "headline": bool(one.headline),
            "definition": one.definition,
        }
        for name, one in OUTCOMES.items()
    ]
    if as_json:
        options.print_json(rows)
        return
    for row in rows:
        by = f", by {row['by']}" if row["by"] else ""
        head = f"{row['outcome']} ({row['unit']}, {row['kind']}{by}{'; headline' if row['headline'] else ''})"
        click.echo(options.entry(head, str(row["definition"])))


@click.command()
@options.as_json
@click.option("--assumed", is_flag=True, help="Only those that nobody has measured.")
def parameters(as_json: bool, assumed: bool) -> None:
    """Every parameter: value, range, unit, source and year."""
    from cwbsim.parameters import load_parameters

    every = load_parameters()
    rows = [row for row in every.rows() if not assumed or every.figure(str(row["name"])).is_assumed]
    if as_json:
        options.print_json(rows)
        return
    for row in rows:
        click.echo(options.figure_entry(row))
    n_assumed = sum(every.figure(name).is_assumed for name in every.names())
    click.echo(f"\n{len(every.names())} parameters, {n_assumed} of them assumed (--assumed lists those).")


def _field_entry(field: Mapping[str, Any]) -> str:
    """A field of a lever: default, range, unit, what it means, source."""
    bounds = ""
    if "low" in field:
        bounds = f" (from {options.number(field['low'])} to {options.number(field['high'])})"
    head = f"{field['field']} = {_worded(field['default'])} {field.get('unit', '')}{bounds}"
    source = f"{field['source']} ({field['year']})" if "source" in field else ""
    return textwrap.indent(options.entry(head, str(field.get("note", "")), source), "    ")


def _worded(value: object) -> str:
    """A default as a scenario file would hold it."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case tuple():
            return "[" + ", ".join(f'"{one}"' for one in value) + "]"
        case int() | float():
            return options.number(value)
        case _:
            return str(value)
