"""The pound followed: nothing lost on the way, the survey's LM3, and watching that changes nothing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cwbsim.analysis import watching
from cwbsim.analysis.flows import Flows
from cwbsim.analysis.trace import follow, follow_each
from cwbsim.analysis.watching import watch
from cwbsim.cli import main
from cwbsim.economy import payroll
from cwbsim.errors import UserError
from cwbsim.ledger import BooksError
from cwbsim.report.trace_page import page, tables, trace_text
from cwbsim.report.trace_picture import alt_text, headline, stages, subtitle
from cwbsim.world import BOROUGH
from tests.boroughs import borough, run
from tests.golden.village import village

PAGE = Path(__file__).parents[1].joinpath("golden", "followed_pound.md").read_text(encoding="utf-8")
STEP = re.compile(r"^\| (\d) \| ([\w -]+) \| ([\w -]+) \| ([\w' ,-]+) \| ([\d,]+\.\d\d) \|", re.MULTILINE)


@cache
def flows(months: int = 2) -> Flows:
    return watch(borough(), months)


def test_the_first_rounds_in_the_village_are_those_worked_by_hand():
    trace = follow(watch(village(), 1), "council", 9600)

    by_hand = {(int(n), a, b, what): round(float(x.replace(",", "")) * 100) for n, a, b, what, x in STEP.findall(PAGE)}
    found = {(r, a, b, what): pence for r, a, b, what, pence in trace.steps if r <= 2}

    assert len(by_hand) == 16
    assert set(found) == set(by_hand)
    assert all(abs(found[step] - by_hand[step]) <= 1 for step in by_hand)
    assert trace.lm3 == pytest.approx(2.0632, abs=1e-4)  # the last line of the page


@pytest.mark.parametrize("pounds", [1, 12_345.67, 1_000_000_000])
def test_what_ends_and_what_still_moves_is_what_was_put_in_after_every_round(pounds):
    for trace in follow_each(flows(), pounds).values():
        put_in = round(pounds * 100)
        for number in range(1, trace.rounds + 1):
            assert sum(trace.ends(number).values()) + sum(trace.moving(number).values()) == put_in
        assert all(sum(column.values()) == put_in for column in stages(trace)[0])


def test_a_round_hands_on_exactly_what_the_one_before_received():
    trace = follow(flows(), "all", 1_000_000)

    for number in range(1, trace.rounds):
        assert sum(x for r, *_, x in trace.steps if r == number + 1) == sum(trace.moving(number).values())


def surveyed(world) -> tuple[float, float, float]:
    """LM3 as a survey asks for it, in words: what was paid, to whom here, and what they say they spend here.

    Written from the world alone: a questionnaire to every supplier of the council here about its month, "of each
    pound you sold for, how much did you pay suppliers here, and your staff who live here?"
    """
    n, f, links = world.needs, world.firms, world.links
    net, _, _ = payroll.pay_each(world, world.market.wage_index)
    council = n.anchor == 0
    paid, here, again = 0.0, 0.0, 0.0
    for i in np.flatnonzero(council):
        budget, site = float(n.budget[i]), int(n.supplier[i])
        paid += budget
        if n.place[i] != BOROUGH:
            continue
        here += budget
        staff = net[world.residents.employer == site].sum()
        bought = 0.0
        for row in range(links.start[site], links.start[site + 1]):
            if links.supplier[row] >= 0:
                s = links.section[row]
                price = world.market.section_price[s] ** (1 - world.parameters.firms.input_substitution)
                bought += float(world.firms_used[site]) * links.coefficient[row] * price
        own = budget * (1 - world.parameters.procurement.wholesale_goods_share * (n.section[i] == 6))
        lot = own * world.parameters.procurement.subcontract_share * n.sv_delivered[i]
        sub = n.subcontractor[i]
        lot = lot if sub >= 0 and f.is_open[sub] and sub != site else 0.0
        asked = max(world.firms_sold[site], world.firms_spent[site])
        again += lot + (own - lot) * (staff + bought) / asked
    return paid, here, again


def test_lm3_is_that_of_a_survey_of_the_suppliers():
    world = borough(months=1)
    found = watch(world, 1)
    used = borough(months=1).firms.output_last  # what inputs of the month follow

    class Surveyed:
        firms_used = used
        firms_sold = found.receipts
        firms_spent = sum(np.asarray(m.sum(axis=1)).ravel() for m in (found.links, found.pay, found.profit.maximum(0)))
        firms_spent = firms_spent + np.maximum(found.outlays, 0).sum(axis=1)

        def __getattr__(self, name):
            return getattr(world, name)

    # Contracts, staff and links as they stood on the day: watch the world before the slow change of the month.
    paid, here, again = surveyed_on_the_day(Surveyed)
    trace = follow(found, "council", 1_000_000)

    assert trace.lm3 == pytest.approx(1 + (here + again) / paid, abs=2e-6)
    assert 1.2 < trace.lm3 < 2.2


def surveyed_on_the_day(make) -> tuple[float, float, float]:
    """Ask before firms open and close: the month is run again up to there, phase by phase."""
    from cwbsim.schedule import phase_name
    from tests.boroughs import phases_of_next_month

    world = borough(months=1)
    for phase in phases_of_next_month(world):
        if phase_name(phase) == "firms.set_prices_and_sell_beyond":
            break
        phase(world)
    asked = make()

    class Day:
        firms_used, firms_sold, firms_spent = asked.firms_used, asked.firms_sold, asked.firms_spent

        def __getattr__(self, name):
            return getattr(world, name)

    return surveyed(Day())


def test_without_a_supplier_here_lm3_is_one_and_only_staff_on_site_bring_anything_back():
    found = watch(borough(months=1), 1)
    found.contract_own[:] = found.contract_resold[:] = 0.0
    found.subcontracts = [tuple(x[:0] for x in part) for part in found.subcontracts]

    trace = follow(found, "council", 1000)

    assert trace.lm3 == 1.0
    assert trace.local_first_round == 0


def test_what_a_worker_cooperative_pays_its_staff_is_followed_to_where_they_live():
    world = borough()
    staffed = np.flatnonzero(world.employers.n_residents[: world.firms.key.size] >= 5)[:3]
    world.firms.ownership[staffed], world.firms.owner[staffed] = 2, -1

    found = watch(world, 1)  # held to the books on the way

    assert abs(found.profit[staffed]).sum() > 0


def test_watching_changes_nothing():
    watched, left_alone = borough(), run(borough(), 2)

    watch(watched, 2)

    assert watched.canonical_hash() == left_alone.canonical_hash()


def test_a_penny_read_wrongly_is_found_in_the_books_of_its_month(monkeypatch):
    world = borough()
    found = watching.payroll.pay_each

    def wrong(world, index):
        net, tax, pension = found(world, index)
        at_site = (world.residents.employer >= 0) & (world.residents.employer < world.firms.key.shape[0])
        net[np.flatnonzero(at_site)[0]] += 1
        return net, tax, pension

    monkeypatch.setattr(watching.payroll, "pay_each", wrong)
    with pytest.raises(BooksError, match=r"month 1, wages: firms paid households \d+ pence by the books, \d+ as watched"):
        watch(world, 1)


def test_an_anchor_nobody_knows_and_an_amount_out_of_range_are_refused():
    with pytest.raises(UserError, match="council"):
        follow(flows(), "councel", 1000)
    with pytest.raises(UserError, match="1,000,000,000"):
        follow(flows(), "council", 2e9)


def test_an_anchor_nobody_knows_is_refused_by_the_command_before_a_month_is_run(monkeypatch):
    monkeypatch.setattr(watching, "watched", lambda *_, **__: pytest.fail("months were run"))
    told = CliRunner().invoke(main, ["trace", "teaching/hamlet", "--anchor", "pub"])

    assert told.exit_code == 65
    assert "--anchor: unknown anchor 'pub'" in told.output


def test_pay_of_staff_here_of_suppliers_elsewhere_counts_in_round_two_as_in_all_rounds():
    # Whatever residents are paid on site by suppliers elsewhere they are paid in round 2: all of it is in both columns.
    trace = follow(flows(), "hospital_trust", 1_000_000)
    elsewhere = [x for r, a, b, _, x in trace.steps if r == 2 and b == "residents" and a != "firms"]
    here = [x for r, a, b, _, x in trace.steps if r == 2 and b == "residents" and a == "firms"]

    assert sum(elsewhere) > 0
    row = next(row for title, _, rows in tables(trace, {}) if title.startswith("What stays") for row in rows if "pay" in row[0])
    assert row[1] == f"{(sum(elsewhere) + sum(here)) / 100:,.0f}"


def test_value_added_is_less_than_turnover_and_residents_get_less_than_that():
    trace = follow(flows(), "council", 1_000_000)

    assert trace.income_of_residents < trace.pence
    assert 0 < trace.value_added[0] < trace.local_first_round
    assert sum(trace.value_added) < trace.turnover.sum()


def test_page_and_text_say_how_it_was_worked_out_and_the_picture_has_words():
    trace = follow(flows(), "council", 1_000_000)
    lm3 = {name: one.lm3 for name, one in follow_each(flows(), 1000).items()}

    for told in (page(trace, lm3), trace_text(trace, lm3)):
        assert "average-propensity attribution" in told.lower()
    assert alt_text(trace).count("%") > 12
    assert 'alt="Flow diagram.' in page(trace, lm3)


def test_the_command_leaves_a_page_a_picture_and_every_step_and_adds_up(tmp_path):
    out = tmp_path / "t"
    told = CliRunner().invoke(
        main, ["trace", "teaching/hamlet", "--months", "3", "--over", "2", "--out", str(out), "--json", "--quiet"]
    )

    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert {"trace.html", "trace.svg", "trace.png", "steps.csv", "manifest.json"} <= {p.name for p in out.iterdir()}
    assert sum(found["ends"].values()) + found["still_moving"] == pytest.approx(1_000_000, abs=1e-6)
    assert set(found["lm3_of_each_anchor"]) >= {found["anchors"][0]}


def test_text_page_picture_and_json_say_what_the_law_forbids_and_only_then():
    lawful = follow(flows(), "council", 1_000_000)
    unlawful = replace(lawful, what_if="what-if, unlawful at its date: bid_preference")
    for trace, is_said in ((lawful, False), (unlawful, True)):
        told = [trace_text(trace, {}), page(trace, {}), str(trace.to_json_dict())]
        told += [alt_text(trace), headline(trace), subtitle(trace)]
        assert [("unlawful at its date: bid_preference" in one) for one in told] == [is_said] * 6
