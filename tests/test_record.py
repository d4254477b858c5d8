"""The last phase: the books close or the run stops; what was said is kept; watching changes nothing."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from outcomes.towns import C, N, town, whole

from cwbsim.errors import MissingExtraError, UserError
from cwbsim.ledger import SECTORS, BooksError
from cwbsim.outcomes import OUTCOMES
from cwbsim.record import GhostWorkerError, Recorder, Run, close_month, settle_rounds
from cwbsim.world import World

SCENARIO: Any = SimpleNamespace(title="a town", place="town")


def month_of(world: World, paid: int = 0) -> None:
    """A month in which the first household pays the wholesaler something."""
    world.month += 1
    world.ledger.open_month()
    world.ledger.pay("consumption", "households", whole(paid, 0, 0, 0, 0), ("firms", whole(0, 0, paid, 0)))
    close_month(world)


def start(recorded_months: int = 0, **changes: Any) -> World:
    """The town before its first month, watched for some months or not at all."""
    world = town(**changes)
    world.month = 0
    if recorded_months:
        world.recorder = Recorder(world, recorded_months)
    return world


def run_of(*paid: int) -> Run:
    world = start(len(paid))
    for amount in paid:
        month_of(world, amount)
    return Run(SCENARIO, 1, world)


# --- the books


@pytest.mark.parametrize("purse", ["savings", "income"])
def test_a_lost_penny_stops_the_run_and_is_named(purse: str) -> None:
    world = town()
    getattr(world.households, purse)[2] -= 1

    with pytest.raises(BooksError, match=r"record\.close_month.*households.*out by -1\)"):
        close_month(world)


@pytest.mark.parametrize(
    ("part", "column"), [("firms", "cash"), ("households", "income"), ("households", "savings")]
)
def test_a_purse_that_payments_no_longer_reach_stops_the_run(part: str, column: str) -> None:
    world = town()
    block = getattr(world, part)
    setattr(block, column, getattr(block, column).copy())  # the same money, but not the column of the books

    with pytest.raises(BooksError, match=rf"record\.close_month, .* of the {part}"):
        close_month(world)


def test_a_penny_between_two_sectors_that_no_payment_moved_stops_the_run() -> None:
    world = town()
    world.firms.cash[0] += 1
    world.anchors.cash[0] -= 1  # all money together is as it was

    with pytest.raises(BooksError, match=r"anchors do not close.*out by -1\)"):
        close_month(world)


def test_a_balance_that_no_payment_moved_stops_the_run() -> None:
    world = town()
    world.ledger.balances[SECTORS.index("treasury")] += 1

    with pytest.raises(BooksError, match=r"treasury do not close.*out by 1\)"):
        close_month(world)


def test_two_ghosts_who_make_up_for_each_other_in_number_stop_the_run() -> None:
    world = town()
    world.employers.n_residents[[0, 2]] += (1, -1)  # as many staff in all as there are residents in work

    with pytest.raises(GhostWorkerError, match=r"site 0 .* counts 2 .* 1 say .*\(2 employers"):
        close_month(world)


def test_a_worker_whom_no_employer_counts_stops_the_run_and_is_named() -> None:
    world = town()
    world.employers.n_residents[0] -= 1

    with pytest.raises(GhostWorkerError, match=r"record\.close_month.*site 0 \(section F\) counts 0 .*1 say"):
        close_month(world)


def test_staff_an_anchor_counts_and_nobody_is_stop_the_run() -> None:
    world = town()
    world.employers.n_residents[4] += 2

    with pytest.raises(GhostWorkerError, match=r"the anchor council counts 3 .* but 1 say"):
        close_month(world)


@pytest.mark.parametrize(
    ("resident", "status", "employer"),
    [
        (0, 1, 0),  # looks for work and has an employer
        (4, 0, -1),  # in work for nobody
        (4, 3, -1),  # a status that does not exist
        (0, 0, 999),  # an employer that does not exist
    ],
)
def test_a_resident_who_contradicts_himself_stops_the_run(resident: int, status: int, employer: int) -> None:
    world = town()
    world.residents.status[resident] = status
    world.residents.employer[resident] = employer

    with pytest.raises(GhostWorkerError, match=f"resident {resident} has status {status}"):
        close_month(world)


def test_a_contract_load_that_is_not_the_sum_of_contracts_stops_the_run() -> None:
    world = town()
    world.firms.contract_load[2] += 7

    # the contract of £2,000 stands for £500 of output: three quarters are goods resold
    with pytest.raises(BooksError, match=r"firms: site 2 .*50007 pence.*50000 \(out by 7"):
        close_month(world)


def test_the_contract_of_a_firm_that_closed_is_not_the_load_of_the_next_one_in_its_premises() -> None:
    world = town()
    world.firms.key[0] = 99
    world.firms.contract_load[0] = 0

    close_month(world)

    world.firms.contract_load[0] = 100_000
    with pytest.raises(BooksError, match="site 0"):
        close_month(world)


# --- elsewhere


def test_output_elsewhere_is_direct_demand_and_a_round_later_what_it_used_up() -> None:
    world = town()
    world.market.wider_demand[N] = 1_000

    close_month(world)
    first = world.market.wider_output.copy(), world.market.outside_output.copy()
    close_month(world)

    assert (first[0][N], first[0][C], first[1][C]) == (1_000, 0, 0)
    assert world.market.wider_output[C] == 200  # 20p in the pound there
    assert world.market.outside_output[C] == 300  # 50p in the whole UK, less those 20p
    assert world.market.wider_output[N] == 1_000


def test_a_pound_moved_from_outside_to_the_wider_area_loses_the_uk_nothing() -> None:
    totals = []
    for demand in ("wider_demand", "outside_demand"):
        world = town()
        getattr(world.market, demand)[N] = 1_000
        settle_rounds(world)
        totals.append(float(world.market.wider_output.sum() + world.market.outside_output.sum()))

    assert totals == [1_500, 1_500]  # 1,000 of cleaning and 500 of goods, wherever they are made


def test_rounds_that_never_come_to_rest_are_refused() -> None:
    world = town()
    world.market.wider_demand[N] = 1_000
    world.fixed.wider_rounds[N, N] = 1.0

    with pytest.raises(ValueError, match="do not rest"):
        settle_rounds(world, most=50)


# --- what is kept


def test_a_world_ends_the_same_whether_it_is_watched_or_not() -> None:
    watched, alone = start(2), start()

    for world in (watched, alone):
        month_of(world, 100)
        month_of(world, 250)

    assert watched.recorder.n_months == 2
    assert watched.canonical_hash() == alone.canonical_hash()


def test_flows_and_balances_of_each_month_are_kept() -> None:
    run = run_of(100, 250)
    households, firms = SECTORS.index("households"), SECTORS.index("firms")

    assert [int(run.flows(m)[households, firms]) for m in (1, 2)] == [100, 250]
    assert [int(run.balances(m)[firms]) for m in (0, 1, 2)] == [95_000, 95_100, 95_350]
    assert run.flows(1).sum() == 100


def test_disposable_income_is_that_of_its_own_month() -> None:
    run = run_of(100, 250)

    # the poorest tenth spent 200 and paid 50 of rent by its columns, and is 1 or 2.50 poorer for it
    assert run.series("disposable_income", decile="1").tolist() == [249.0, 247.5]


def test_a_run_continued_from_a_snapshot_records_what_the_whole_run_records() -> None:
    whole_run = run_of(100, 250, 60)
    first = start(1)
    month_of(first, 100)
    rest = first.snapshot()
    rest.recorder = Recorder(rest, 2)
    month_of(rest, 250)
    month_of(rest, 60)
    continued = Run(SCENARIO, 1, rest)

    assert list(continued.months) == [2, 3]
    for name in OUTCOMES:
        np.testing.assert_array_equal(continued.series(name), whole_run.series(name)[1:])
    assert continued.balances(1).tolist() == whole_run.balances(1).tolist()
    assert continued.world.canonical_hash() == whole_run.world.canonical_hash()


def test_a_month_out_of_turn_is_not_recorded() -> None:
    world = start(2)
    world.month = 4

    with pytest.raises(ValueError, match="month 5 cannot be recorded: the next one is 1, the last 2"):
        month_of(world)


def test_more_months_than_there_is_room_for_are_refused() -> None:
    world = start(1)
    month_of(world)

    with pytest.raises(ValueError, match="the last 1"):
        month_of(world)


# --- what a run offers


def test_the_long_table_has_a_row_for_each_month_outcome_and_label() -> None:
    frame = run_of(100, 250).to_frame()

    columns = "month outcome value unit section anchor place decile size skill ward"
    assert list(frame.columns) == columns.split()
    by_anchor = frame[frame.outcome == "local_spend_by_anchor"]
    assert by_anchor[["month", "anchor", "value"]].to_numpy().tolist() == [
        [1, "council", 1_000.0], [1, "hospital", 2_000.0], [2, "council", 1_000.0], [2, "hospital", 2_000.0],
    ]  # fmt: skip
    assert (by_anchor[["section", "place", "decile", "size", "skill", "ward"]] == "").all(axis=None)
    total = frame[frame.outcome == "local_spend"]
    assert (total[columns.split()[4:]] == "").all(axis=None)
    assert set(frame.outcome) == set(OUTCOMES)
    assert not frame.duplicated(["month", "outcome", *columns.split()[4:]]).any()


def test_a_series_is_found_by_outcome_and_label() -> None:
    run = run_of(100, 250)

    assert run.series("local_spend").tolist() == [3_000.0, 3_000.0]
    assert run.series("local_spend", anchor="hospital").tolist() == [2_000.0, 2_000.0]
    assert run.series("lm3", anchor="council").shape == (2,)
    assert run.series("lm3").shape == (2, 2)


@pytest.mark.parametrize(
    ("outcome", "label", "message"),
    [
        ("local_spent", {}, "unknown outcome 'local_spent'"),
        ("local_spend", {"anchor": "hospitals"}, "unknown anchor 'hospitals'"),
        ("jobs", {"anchor": "hospital"}, "unknown breakdown 'anchor'"),
        ("jobs", {"anchor": "hospital", "section": "F"}, "one label at a time"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    outcome: str, label: dict[str, str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        run_of(100).series(outcome, **label)


def test_a_month_that_was_not_simulated_has_no_flows() -> None:
    for month in (3, 1.5, 11):
        with pytest.raises(UserError, match=f"unknown month '{month}'\n  allowed: 1 to 2$"):  # no month is a slip of another
            run_of(100, 250).flows(month)  # type: ignore[arg-type]


def test_the_hash_of_a_run_sees_its_record_and_not_only_its_end() -> None:
    one, same, other = run_of(100, 250), run_of(100, 250), run_of(250, 100)

    assert one.canonical_hash() == same.canonical_hash()
    assert one.world.canonical_hash() == other.world.canonical_hash()
    assert one.canonical_hash() != other.canonical_hash()


@pytest.mark.parametrize("part", ["flows", "balances", "values"])
def test_the_hash_of_a_run_changes_with_each_part_of_its_record(part: str) -> None:
    run = run_of(100)
    before = run.canonical_hash()

    kept = getattr(run.recorder, part)
    (kept["local_spend"] if part == "values" else kept)[0] += 1

    assert run.canonical_hash() != before


def test_a_run_can_be_written_as_json_without_nan() -> None:
    run = run_of(100)

    text = json.dumps(run.to_json_dict(), allow_nan=False)

    shares = json.loads(text)["outcomes"]["local_spend_share_by_section"]
    assert shares["labels"][5] == "F"
    assert (shares["values"][0][5], shares["values"][0][0]) == (1.0, None)


def test_a_run_becomes_a_labelled_data_set() -> None:
    pytest.importorskip("xarray")

    data = run_of(100, 250).to_xarray()

    assert float(data["local_spend_by_anchor"].sel(month=2, anchor="hospital")) == 2_000.0
    assert data["local_spend"].attrs["units"] == "£"


def test_without_xarray_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)

    with pytest.raises(MissingExtraError, match=r'pip install "cwbsim\[xarray\]"'):
        run_of(100).to_xarray()


def test_a_world_nobody_watched_makes_no_run() -> None:
    with pytest.raises(ValueError, match="recorder"):
        Run(SCENARIO, 1, start())
