"""One month of the teaching village, against the arithmetic of worked_month.md."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cwbsim.ledger import SECTORS
from cwbsim.simulation import run_month
from tests.golden.village import village

PAGE = Path(__file__).with_name("worked_month.md").read_text(encoding="utf-8")
FLOW = re.compile(r"^\| `(\w+)` \| (\w+) \| (\w+) \| ([\d,]+\.\d\d) \|", re.MULTILINE)
PURSE = re.compile(r"^\| (\w+) `([\w.]+)\[(\d)\]` \| ([\d,.]+) \| ([\d,.]+) \|", re.MULTILINE)


def pence(text: str) -> int:
    return round(float(text.replace(",", "")) * 100)


@pytest.fixture(scope="module")
def after():
    world = village()
    run_month(world)
    return world


def test_every_transfer_of_the_month_is_the_one_worked_by_hand(after):
    booked = {
        (kind, SECTORS[payer], SECTORS[payee]): int(matrix[payer, payee])
        for kind, matrix in after.ledger.by_kind.items()
        for payer, payee in zip(*np.nonzero(matrix), strict=True)
    }

    by_hand = {(kind, payer, payee): pence(amount) for kind, payer, payee, amount in FLOW.findall(PAGE)}

    assert booked == by_hand


def test_every_purse_holds_what_the_page_says_before_and_after(after):
    before = village()
    rows = PURSE.findall(PAGE)

    assert len(rows) == 4 + 3 + 1 + 4  # savings and purse of each household, firms, council
    for name, column, row, start, end in rows:
        part, field = column.split(".")
        at_start, at_end = getattr(getattr(before, part), field), getattr(getattr(after, part), field)
        assert (name, int(at_start[int(row)]), int(at_end[int(row)])) == (name, pence(start), pence(end))


def test_nothing_happens_by_chance(after):
    counts = after.market.counts

    assert {counts[name] for name in ("separations", "layoffs", "hires", "births", "deaths", "tenders")} == {
        0
    }
    assert after.market.wage_index == 1.0
    assert (after.market.section_price == 1.0).all()


def test_the_month_is_the_same_whatever_the_luck():
    worlds = [village(), village()]
    worlds[1].seed = 2
    for world in worlds:
        run_month(world)

    assert (worlds[0].ledger.flows == worlds[1].ledger.flows).all()
