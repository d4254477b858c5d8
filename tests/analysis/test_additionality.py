"""Additionality: terms that are runs, a chain that ends in the net effect, money by hand."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from cwbsim import schedule
from cwbsim.analysis import additionality as chain
from cwbsim.analysis.additionality import STAGES, TERMS, additionality
from cwbsim.analysis.freezing import BESIDE, FREEZES, JOBS, NO_LIMIT, frozen_month, observed
from cwbsim.analysis.frozen_runs import FrozenJob, kept_frozen
from cwbsim.analysis.store import RunStore
from cwbsim.cli import main
from cwbsim.errors import UserError
from cwbsim.report.additionality_page import additionality_text
from cwbsim.schedule import phase_name
from cwbsim.simulation import run_month, simulate
from tests.boroughs import borough, run, scenario


def policy(**changes):
    return scenario("wigan/social_value_20", **changes)


def test_with_nothing_frozen_the_month_is_that_of_the_schedule():
    world = borough()
    parameters = world.parameters

    assert frozen_month(world, ()) == schedule.MONTH
    assert world.parameters is parameters
    for _ in range(2):
        run_month(world, frozen_month(world, ()))
    assert world.canonical_hash() == run(borough(), 2).canonical_hash()


def test_a_mechanism_nobody_knows_is_refused():
    with pytest.raises(UserError, match="rivals"):
        frozen_month(borough(), ("rival",))


def inputs_bought(frozen) -> np.ndarray:
    """What firms sell to firms in a month in which one has made ten times as much the month before."""
    world = borough(months=1)
    phases = frozen_month(world, frozen)
    busy = int(np.argmax(world.firms.output_last))
    world.firms.output_last[busy] *= 10
    run_month(world, phases)
    return world.firms.sales_firms


def test_with_rounds_frozen_a_firm_that_makes_more_buys_no_more():
    world = borough(months=1)
    phases = frozen_month(world, ("rounds",))
    run_month(world, phases)

    assert (inputs_bought(("rounds",)) == world.firms.sales_firms).all()
    assert inputs_bought(()).sum() > world.firms.sales_firms.sum()


def test_with_rounds_frozen_households_spend_what_they_did_whatever_comes_in():
    spent = []
    for windfall in (0, 10_000):  # pence, to everyone
        world = borough()
        phases = frozen_month(world, ("rounds",))
        world.ledger.pay("windfall", "treasury", windfall * world.households.key.size,
                         ("households", np.full(world.households.key.size, windfall)))  # fmt: skip
        world.ledger.open_month()
        run_month(world, phases)
        rich = world.households.savings > 10 * windfall  # others spend up to what is in the purse
        spent.append((world.households.consumption, rich))

    both = spent[0][1] & spent[1][1]
    assert both.any()
    assert (spent[0][0][both] == spent[1][0][both]).all()


def test_with_rivals_frozen_nobody_is_turned_away_and_prices_stand():
    world = borough()
    phases = frozen_month(world, ("rivals",))
    for _ in range(3):
        run_month(world, phases)

    assert world.firms.unmet.sum() <= 3 * world.firms.key.size  # three pence of floors each
    assert (world.market.section_price == borough().market.section_price).all()
    assert (world.firms.capacity[world.firms.is_open] == NO_LIMIT).all()


def test_with_the_hiring_pool_frozen_pay_does_not_move():
    world = borough()
    phases = frozen_month(world, ("hiring pool",))
    world.market.unemployment_smooth *= 2
    run_month(world, phases)

    assert world.market.wage_index == 1.0


@cache
def small():
    return additionality(scenario(months=12), policy(months=12), 2, workers=1, progress=False)


def test_the_chain_ends_exactly_in_the_net_effect_of_the_plain_pair():
    found, table = small(), small().chain()

    plain = [
        simulate(one, seed).series("residents_in_work").mean()
        for seed in (1, 2)
        for one in (found.baseline, found.policy)
    ]
    net = np.mean([plain[1] - plain[0], plain[3] - plain[2]])
    assert table["jobs"].iloc[:-1].sum() == pytest.approx(net, abs=1e-6)
    assert table["jobs"].iloc[-1] == pytest.approx(net, abs=1e-9)


def test_in_the_first_round_gains_and_losses_sum_to_nil_under_fixed_budgets():
    assert small().first_round() == 0.0


COLUMNS = JOBS + BESIDE
#: on contracts, wanted, filled, in-commuters, elsewhere, residents of the policy by stage, the baseline being 100 each.
CHANGES = {0: 7.0, 1: 10.0, 2: 8.0, 3: 0.0}


def made_up(one, seed, frozen):
    """Twelve months of made-up figures in which every term can be worked out by hand."""
    rows = np.zeros((12, len(COLUMNS)))
    rows[:, : len(JOBS)] = 100.0
    if one.levers:
        stage = STAGES.index(frozen)
        rows[:, COLUMNS.index("on contracts")] += 12.0
        rows[:, COLUMNS.index("wanted")] += CHANGES[stage]
        for name, change in (("filled", 6.0), ("incommuters", 1.0), ("elsewhere", -0.5), ("residents", 4.5)):
            rows[:, COLUMNS.index(name)] += change + (seed - 1.5)  # luck moves all alike, so their sums stay
        rows[:, COLUMNS.index("residents")] -= seed - 1.5
        rows[:, COLUMNS.index("gross_value_added")] += 100.0
        rows[:, COLUMNS.index("service_volume")] -= 30.0
    return rows


calls: list[tuple[int, tuple[str, ...]]] = []


def noted(one, seed, frozen):
    calls.append((seed, frozen))
    return made_up(one, seed, frozen)


def test_runs_that_were_finished_are_not_run_again_and_stages_are_not_taken_for_each_other(tmp_path):
    pair, how = (scenario(months=12), policy(months=12)), {"workers": 1, "progress": False, "run": noted}
    whole = additionality(*pair, (1, 2), **how)
    calls.clear()
    with RunStore(tmp_path / "runs.sqlite") as store:
        additionality(*pair, (1,), store=store, **how)
        assert len(calls) == len(store) == 8  # four stages, two sides: each a run of its own
        again = additionality(*pair, (1, 2), store=store, **how)

        assert [seed for seed, _ in calls[8:]] == [2] * 8
        assert (again.before == whole.before).all()
        assert (again.after == whole.after).all()
        assert store.damage() == []


def test_runs_of_one_seed_begin_with_one_world_and_give_the_bits_of_runs_by_themselves():
    short = [FrozenJob.of(one(months=2), 1, STAGES[stage]) for stage in (0, 3) for one in (scenario, policy)]

    together = kept_frozen(short)

    for job, kept in zip(short, together, strict=True):
        assert (kept.values == observed(job.scenario, 1, job.frozen)).all()


def test_every_term_is_the_difference_of_runs_that_defines_it():
    found = additionality(scenario(months=12), policy(months=12), (1, 2), workers=1, progress=False, run=made_up)

    jobs = dict(zip(found.chain()["term"], found.chain()["jobs"], strict=True))
    # gross 112, deadweight -100; direct demand 7 of 12: -5; with rounds 10: +3; with rivals 8: -2; filled 6: -2;
    # in-commuters 1: -1; fewer elsewhere: -0.5; in all 4.5
    assert list(jobs.values()) == pytest.approx([112, -100, -5, 3, -2, -2, -1, -0.5, 4.5])
    assert list(jobs) == [term.name for term in TERMS]


def test_present_values_are_discounted_by_the_month_at_three_and_a_half_per_cent():
    found = additionality(scenario(months=12), policy(months=12), (1, 2), workers=1, progress=False, run=made_up)

    value = found.present_values().set_index("figure")["pounds"]
    worth = sum(1.035 ** -(k / 12) for k in range(12))
    assert value["value added here"] == pytest.approx(100 * worth)
    assert value["net present value, borough"] == pytest.approx((100 - 30) * worth)
    assert found.cost_per_net_job()[0] == pytest.approx(30 * 12 / 4.5)


def test_a_run_shorter_than_a_year_is_refused():
    with pytest.raises(UserError, match="12 or more"):
        additionality(scenario(months=6), policy(months=6), 1, progress=False)


def test_the_text_says_what_defines_each_term():
    told = additionality_text(small())

    assert all(term.run in told for term in TERMS)
    assert all(freeze.meaning in told for freeze in FREEZES.values())
    # a share is one of gross less deadweight: of these two themselves it would say nothing
    ends = {line.split("  ")[0]: line[-1] for line in told.splitlines()[4:13]}
    assert [ends[term.name] in "%d" for term in TERMS] == [False, False] + [True] * 7


def test_the_command_leaves_tables_and_a_picture(tmp_path):
    out = tmp_path / "a"
    told = CliRunner().invoke(
        main,
        ["additionality", "teaching/hamlet", "teaching/hamlet", "--seeds", "1", "--months", "12", "--out", str(out)],
    )
    assert told.exit_code == 65  # the same scenario twice is no policy

    (tmp_path / "p.toml").write_text('title = "p"\nscale = 0.002\nmonths = 12\n[levers.social_value_weight]\nweight = 0.3\n')
    (tmp_path / "b.toml").write_text('title = "b"\nscale = 0.002\nmonths = 12\n')
    asked = ["additionality", str(tmp_path / "b.toml"), str(tmp_path / "p.toml"), "--seeds", "1", "--workers", "1"]
    told = CliRunner().invoke(main, [*asked, "--out", str(out), "--json", "--quiet"])

    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert [row["term"] for row in found["chain"]] == [term.name for term in TERMS]
    assert {"chain.csv", "chain.png", "chain.svg", "report.txt", "manifest.json"} <= {p.name for p in out.iterdir()}
    assert not list(tmp_path.glob(".*unfinished"))  # what was kept in case of a stop goes when all is written


def test_what_is_frozen_are_phases_of_the_month():
    names = {phase_name(phase) for phase in schedule.MONTH}

    assert all(set(freeze.phases) <= names for freeze in FREEZES.values())
    assert observed(scenario(months=1), 1, ()).shape == (1, len(COLUMNS))
    assert chain.DISCOUNT_RATE == 0.035
