"""The checks of the suite in a form that a planted fault can be held against.

Each raises AssertionError, and says what is wrong. The tests of ``tests/verification`` and ``tests/contracts``
stand on the same functions.
"""

from __future__ import annotations

import numpy as np

from cwbsim import schedule
from cwbsim.chance import PROCESS
from cwbsim.closing import check_contracts, check_heads
from cwbsim.levers import LEVERS, Lever
from cwbsim.schedule import phase_name
from cwbsim.simulation import build_world, simulate
from cwbsim.world import Terms, World
from tests.boroughs import borough, differences, phases_of_next_month, run, same, scenario
from tests.contracts.declared import read_unsaid, written_unsaid
from tests.verification.leontief import firm_matrix, inverse, rounding_bound, still
from tests.verification.relabelling import drawn_orders, relabelled, turned_round
from tests.verification.stillness import REHEARSED, change_when_relet, frozen_month, mean_slopes

SMALL = {"scale": 0.01}
LATER = 3  # months; late enough for closures, births and tenders


def books_close() -> None:
    """V1: after each phase of each month every sector's money is opening plus receipts less payments."""
    world = borough(**SMALL)
    for _ in range(LATER):
        for phase in phases_of_next_month(world):
            phase(world)
            world.ledger.check(phase_name(phase))


def runs_close_their_books() -> None:
    """A run stops at a missing penny, and names month, phase, sector and amount without having looked for them."""
    simulate(scenario(months=LATER, **SMALL), 1)


def heads_agree() -> None:
    """Residents and employers agree on who works where."""
    world = borough(**SMALL)
    for _ in range(LATER):
        for phase in phases_of_next_month(world):
            if phase_name(phase) != "record.close_month":
                phase(world)
                check_heads(world, phase_name(phase))


def contracts_agree() -> None:
    """Contract loads are what contracts stand for, and every contract is invoiced once a month, and paid once."""
    world = borough(**SMALL)
    for _ in range(LATER):
        owed = int(world.needs.owed.sum())
        for phase in phases_of_next_month(world):
            if phase_name(phase) != "record.close_month":
                phase(world)
        check_contracts(world, "the month")
        # paid: what was owed when the month began and this month's invoices, but for what is owed when it ends
        paid = sum(world.ledger.kind_total(kind) for kind in ("contracts", "accounts_settled"))
        due = owed + int(world.needs.budget.sum()) - int(world.needs.owed.sum())
        assert paid == due, f"contracts: {paid} pence paid, budgets come to {due} (out by {paid - due})"


def keys_are_unique() -> None:
    """No two rows of a population share a key, so that no two share their luck."""
    world = run(borough(scale=0.03), 12)
    for part in ("firms", "pool", "needs", "households", "residents", "links", "anchors"):
        keys = getattr(world, part).key
        keys = keys[world.firms.is_open] if part == "firms" else keys
        shared = keys.size - np.unique(keys).size
        assert shared == 0, f"{part}.key: {shared} rows share a key with another"


def streams_are_unique() -> None:
    """No two processes share a number, so that no two share their draws."""
    numbers: dict[int, str] = {}
    for name, number in PROCESS.items():
        assert number not in numbers, f"{name} and {numbers[number]} draw from one stream"
        numbers[number] = name


def phases_do_what_they_say() -> None:
    """No phase writes or reads a column that its docstring does not name."""
    world = borough(scale=0.01, months=LATER)
    for phase in phases_of_next_month(world):
        name = phase_name(phase)
        if name in {"treasury.fund_anchors", "treasury.collect_other_taxes"}:
            unsaid = written_unsaid(phase, world)
            assert not unsaid, f"{name} writes {', '.join(unsaid)} and does not say so"
            read = read_unsaid(phase, world)
            assert not read, f"{name} reads {', '.join(read)} and does not say so"
        phase(world)


def levers_at_rest_do_nothing() -> None:
    """V5: each lever at its neutral value leaves 13 months bit for bit as they were."""
    plain = run(borough(**SMALL), 13)
    for key, lever in LEVERS.items():
        found = differences(plain, run(borough(levers=(lever(),), **SMALL), 13))
        assert not found, f"{key} at rest changes {', '.join(found[:20])}"


def _pulled(**when: int) -> Lever:
    return LEVERS["social_value_weight"](weight=0.5, **when)


def levers_end() -> None:
    """V5: after the last month of a lever the terms are the defaults."""
    world = run(borough(levers=(_pulled(end_month=2),), **SMALL), 3)
    default = Terms.default(world.anchors.key.shape[0], world.parameters)
    assert same(world.terms.sv_weight, default.sv_weight), "sv_weight is still in force after end_month"


def levers_wait_for_their_start() -> None:
    """V5: before the first month of a lever nothing changes."""
    plain = run(borough(**SMALL), 3)
    found = differences(plain, run(borough(levers=(_pulled(start_month=4),), **SMALL), 3))
    assert not found, f"before start_month a lever changes {', '.join(found[:20])}"


def order_of_rows_decides_nothing() -> None:
    """V6: shuffled rows, put back, are the same world after every phase."""
    world = borough(**SMALL)
    orders = drawn_orders(world, 3)
    other = relabelled(world, orders)
    for _ in range(LATER):
        for phase, _again in zip(phases_of_next_month(world), phases_of_next_month(other), strict=True):
            phase(world)
            phase(other)
            found = differences(world, relabelled(other, turned_round(orders)))
            assert not found, f"{phase_name(phase)} depends on row order: {', '.join(found[:20])}"


def same_seed_same_bits() -> None:
    """V4: two runs of one world, and one cut in two, are the same bits."""
    one, two = run(borough(**SMALL), LATER), run(borough(**SMALL), LATER)
    found = differences(one, two)
    assert not found, f"a second run differs in {', '.join(found[:20])}"
    carried = run(run(borough(**SMALL), 1).snapshot(), LATER - 1)
    found = differences(one, carried)
    assert not found, f"a resumed run differs in {', '.join(found[:20])}"


def watching_changes_nothing() -> None:
    """V4: with a recorder and without, the same bits."""
    watched = simulate(scenario(months=LATER, **SMALL), 1).world
    found = differences(watched, run(borough(**SMALL), LATER))
    assert not found, f"watching changes {', '.join(found[:20])}"


def spending_is_leontief() -> None:
    """V2: with behaviour off each firm's output is the inverse of its final demand, to a penny a link."""
    found = still(borough(**SMALL))
    matrix = firm_matrix(found.world)
    short = inverse(matrix, found.final) - found.output
    wrong = np.flatnonzero((short > rounding_bound(found.world, matrix)) | (short < -1.0))
    assert wrong.size == 0, (
        f"Leontief: {wrong.size} firms are off the inverse, by up to {np.abs(short).max():.0f} pence"
    )


def first_month_repeats() -> None:
    """V3: with luck frozen the first month repeats the sales the world was built with."""
    before = build_world(scenario(**SMALL), 1)
    after = frozen_month(before.snapshot())
    change = np.abs(after.firms.output_last - before.firms.output_last)
    limit = REHEARSED * before.firms.output_last.sum()
    assert change.sum() < limit, (
        f"the first month: output moves by {change.sum() / 100:,.0f} pounds with luck frozen"
    )


def nothing_drifts() -> None:
    """V3: no series is shown to drift by more than a hundredth a year."""
    for name, (low, mean, high) in mean_slopes(range(1, 7), months=37, scale=0.05).items():
        assert low <= 0.01, f"{name} drifts by {mean:+.1%} a year"
        assert high >= -0.01, f"{name} drifts by {mean:+.1%} a year"


def the_book_keeps_its_local_share() -> None:
    """V3: contracts let anew are placed in the borough as often as those that ended."""
    low, mean, high = change_when_relet(range(1, 49), scale=0.05)
    assert low <= 0.0 <= high, f"reach: the local share of a book let anew moves by {mean:+.3f}"


def tax_at_the_till_is_all_paid_over() -> None:
    """VAT and duty on what households spend reach the treasury, whoever's till they are taken at."""
    world = borough(**SMALL)
    world.firms.capacity[:] = 1 << 36  # nothing is passed on, so all is taxed by the table
    for phase in phases_of_next_month(world):
        if phase_name(phase) == "firms.invest_in_capacity_and_readiness":
            break
        phase(world)
    got = world.ledger.kind_total("at_the_till", payee="treasury") - world.ledger.kind_total(
        "at_the_till", payer="treasury"
    )
    due = _till_tax(world)
    n_cells = world.firms.key.size + 24  # rounded down once a shop, and once a category and place elsewhere
    assert 0 <= due - got <= n_cells, f"VAT and duty: {got} pence reach the treasury, {due:.0f} are due"


def _till_tax(world: World) -> float:
    fixed, h = world.fixed, world.households
    cumulative = (h.consumption[:, None] * fixed.spend_cumulative[h.income_decile]) >> 24
    by_category = np.diff(cumulative, axis=1).sum(axis=0)
    return float((by_category * (fixed.till_tax / (1 << 24))).sum())


def births_are_in_the_books() -> None:
    """Money of a firm that opens comes from its owner, through the ledger."""
    world = borough(**SMALL)
    for _ in range(12):
        for phase in phases_of_next_month(world):
            phase(world)
            if phase_name(phase) == "firms.open_and_close":
                world.ledger.check(phase_name(phase))


CHECKS = [
    books_close, runs_close_their_books, heads_agree, contracts_agree, keys_are_unique, streams_are_unique,
    phases_do_what_they_say, levers_at_rest_do_nothing, levers_end, levers_wait_for_their_start, order_of_rows_decides_nothing,
    same_seed_same_bits, watching_changes_nothing, spending_is_leontief, first_month_repeats, nothing_drifts,
    the_book_keeps_its_local_share, tax_at_the_till_is_all_paid_over, births_are_in_the_books,
]  # fmt: skip
assert schedule.MONTH
