"""Procurement notices to rows: OCDS releases, and lists of records in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError
from cwbsim.spend.files import Kind, text_lines
from cwbsim.spend.sheet import Sheet

Record = Mapping[str, Any]

OCDS_HEADINGS = (
    "ocid", "award id", "award date", "buyer", "supplier name", "supplier id", "supplier postcode", "company number",
    "sme", "vcse", "title", "description", "cpv code", "cpv description", "main procurement category", "procedure",
    "start date", "end date", "award value", "total contract value", "currency",
)  # fmt: skip


def read_json(path: Path, kind: Kind) -> Sheet:
    """The one sheet of a JSON or JSON-lines file.

    An OCDS release becomes a row for each award and supplier, an award's value split among its suppliers to the
    penny; a release without an award becomes one row without an amount. Other JSON must hold a list of records.
    """
    records = _records(path, kind)
    sheet = Sheet(path.name)
    if any("ocid" in record for record in records):
        rows = [row for record in records for row in _release_rows(record)]
        sheet.notes.append(f"{len(records):,} OCDS releases; a row for each award and supplier")
        sheet.append([list(OCDS_HEADINGS)], [0])
        if rows:
            sheet.append(rows, range(1, len(rows) + 1))
        return sheet.close()
    names = list(dict.fromkeys(name for record in records for name in record))
    sheet.append([names], [0])
    table = [[_cell(record.get(name)) for name in names] for record in records]
    if table:
        sheet.append(table, range(1, len(table) + 1))
    return sheet.close()


def _records(path: Path, kind: Kind) -> list[Record]:
    lines, _ = text_lines(path, kind)
    text = "".join(lines)
    where = str(path)
    try:
        content = json.loads(text, parse_float=Decimal)
    except RecursionError:
        raise UserError("the JSON is nested too deeply", where) from None
    except json.JSONDecodeError as fault:
        content = _json_lines(text, where, fault)
    found = _list_in(content)
    if not found:
        raise UserError(
            "no list of records in this JSON", where, allowed="OCDS releases, or a list of objects"
        )
    return found


def _json_lines(text: str, where: str, fault: json.JSONDecodeError) -> list[Any]:
    """One object a line; the error of the whole if the first line is none."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(json.loads(line, parse_float=Decimal))
        except json.JSONDecodeError as bad:
            if number == 1:
                raise UserError(f"not JSON: {fault.msg}", f"{where}, line {fault.lineno}") from None
            raise UserError(f"not JSON: {bad.msg}", f"{where}, line {number}") from None
    return found


def _list_in(content: Any) -> list[Record]:
    """The releases, records or longest list of objects in a document."""
    if isinstance(content, list):
        whole = [one for one in content if isinstance(one, dict)]
        return [inner for one in whole for inner in _packaged(one)]
    if not isinstance(content, dict):
        return []
    packaged = _packaged(content)
    if packaged != [content] or "ocid" in content:
        return packaged
    lists = [_list_in(value) for value in content.values() if isinstance(value, list)]
    return max(lists, key=len, default=[])


def _packaged(one: Record) -> list[Record]:
    """The releases of a release or record package; the thing itself if it is none."""
    if isinstance(one.get("releases"), list):
        return [release for release in one["releases"] if isinstance(release, dict)]
    if isinstance(one.get("records"), list):
        return [r.get("compiledRelease") or r for r in one["records"] if isinstance(r, dict)]
    if isinstance(one.get("compiledRelease"), dict):
        return [one["compiledRelease"]]
    return [one]


def _cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, default=str) if value else ""
    return "" if value is None else (str(value) if isinstance(value, bool) else value)


def _release_rows(release: Record) -> Iterator[list[Any]]:
    tender = _dict(release.get("tender"))
    awards = [award for award in _list(release.get("awards")) if isinstance(award, dict)]
    if not awards:
        yield _row(release, tender, {}, {}, "")
    parties = {party.get("id"): party for party in _list(release.get("parties")) if isinstance(party, dict)}
    for award in awards:
        suppliers = [one for one in _list(award.get("suppliers")) if isinstance(one, dict)] or [{}]
        amount = _dict(award.get("value")).get("amount")
        for supplier, part in zip(suppliers, _shared(amount, len(suppliers)), strict=True):
            party = {**_dict(parties.get(supplier.get("id"))), **supplier}
            yield _row(release, tender, award, party, part)


def _shared(amount: Any, n: int) -> list[Any]:
    """An amount in n parts that add up to it, to the penny."""
    if n == 1 or amount is None:
        return ["" if amount is None else amount] * n
    pence = int((Decimal(str(amount)) * 100).to_integral_value())
    return [Decimal(pence * (i + 1) // n - pence * i // n) / 100 for i in range(n)]


def _row(release: Record, tender: Record, award: Record, party: Record, amount: Any) -> list[Any]:
    buyer = _dict(release.get("buyer"))
    about = _dict(party.get("details"))
    items = _list(award.get("items")) or _list(tender.get("items"))
    code = _dict(tender.get("classification")) or next(
        (
            _dict(item.get("classification"))
            for item in items
            if isinstance(item, dict) and item.get("classification")
        ),
        {},
    )
    period = _dict(award.get("contractPeriod")) or _dict(tender.get("contractPeriod"))
    numbers = [
        _dict(one) for one in (party.get("identifier"), *islice(_list(party.get("additionalIdentifiers")), 5))
    ]
    company = next((one.get("id") for one in numbers if one.get("scheme") == "GB-COH"), "")
    scale = str(about.get("scale", ""))
    sme = {"sme": "yes", "micro": "yes", "small": "yes", "medium": "yes", "large": "no"}.get(scale, "")
    value = _dict(award.get("value")) or _dict(tender.get("value"))
    day = str(award.get("date") or release.get("date") or "")
    cells = (
        release.get("ocid"), award.get("id"), day[:10], buyer.get("name"), party.get("name"), party.get("id"),
        _dict(party.get("address")).get("postalCode"), company, sme, about.get("vcse"), award.get("title") or tender.get("title"),
        award.get("description") or tender.get("description"), code.get("id"), code.get("description"),
        tender.get("mainProcurementCategory"), tender.get("procurementMethodDetails") or tender.get("procurementMethod"),
        str(period.get("startDate") or "")[:10], str(period.get("endDate") or "")[:10], amount,
        _dict(tender.get("value")).get("amount"), value.get("currency"),
    )  # fmt: skip
    return [_cell(cell) for cell in cells]


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
