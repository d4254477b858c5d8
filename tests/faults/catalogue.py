"""The kept list of planted faults: what is broken, which check must catch it, and the name it must give.

A fault is a small change of a running model, made by replacing one thing and undone afterwards. To add one,
write a function that plants it and a line in FAULTS.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from cwbsim import chance, schedule
from cwbsim.levers.base import Lever
from cwbsim.levers.social_value_weight import SocialValueWeight
from cwbsim.outcomes.reading import Reading
from cwbsim.record import Recorder
from cwbsim.schedule import phase_name
from cwbsim.world import EMPLOYED, UNEMPLOYED, Terms, World
from tests.faults import checks
from tests.verification import stillness

type Change = Callable[[World], None]
type Plant = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """One thing that is broken, and who must notice."""

    name: str
    plant: Plant
    caught_by: Callable[[], None]
    says: str  # a regular expression in the message


def after(phase: str, change: Change) -> Plant:
    """Let a change follow a phase, under the phase's own name and docstring."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        def both(original: schedule.Phase) -> schedule.Phase:
            @functools.wraps(original)
            def spoilt(world: World) -> None:
                original(world)
                change(world)

            return spoilt

        assert phase in {phase_name(one) for one in schedule.MONTH}
        month = tuple(both(one) if phase_name(one) == phase else one for one in schedule.MONTH)
        patch.setattr(schedule, "MONTH", month)

    return plant


# --- money


def lose_a_penny(world: World) -> None:
    world.households.savings[0] -= 1


def mint_a_penny(world: World) -> None:
    world.ledger.balances[3] += 1


def pay_the_first_contract_again(world: World) -> None:
    needs = world.needs
    i = int(np.argmax(needs.budget))
    paid = np.zeros(world.anchors.key.size, np.int64)
    paid[needs.anchor[i]] = needs.budget[i]
    world.ledger.pay("contracts", "anchors", paid, ("outside", int(needs.budget[i])))


def give_vat_back_to_shops(world: World) -> None:
    firms = world.firms
    kept = firms.sales_households // 20
    world.ledger.pay("at_the_till", "treasury", int(kept.sum()), ("firms", kept))


def fund_births_from_nowhere(world: World) -> None:
    world.firms.cash[world.firms.is_new] += 100_000


def round_sales_down_to_the_pound(world: World) -> None:
    firms = world.firms
    odd = firms.sales_firms % 100
    world.ledger.pay("rounding", "firms", odd, ("outside", int(odd.sum())))
    firms.sales_firms -= odd


# --- people, keys and luck


def employ_a_ghost(world: World) -> None:
    residents = world.residents
    residents.employer[np.flatnonzero(residents.status == UNEMPLOYED)[0]] = 0


def count_a_ghost_as_staff(world: World) -> None:
    world.employers.n_residents[np.flatnonzero(world.firms.is_open)[0]] += 1


def lose_a_worker(world: World) -> None:
    residents = world.residents
    row = np.flatnonzero(residents.status == EMPLOYED)[0]
    residents.status[row], residents.employer[row] = UNEMPLOYED, -1


def carry_a_load_nobody_ordered(world: World) -> None:
    world.firms.contract_load[np.flatnonzero(world.firms.is_open)[0]] += 1


def give_all_births_one_key(world: World) -> None:
    world.firms.key[world.firms.is_new] = 12345


def let_entry_draw_from_the_stream_of_exit(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(chance.PROCESS, "entry", chance.PROCESS["exit"])


def draw_from_a_stream_that_runs_on(patch: pytest.MonkeyPatch) -> None:
    luck = np.random.default_rng(1)
    after("firms.set_prices_and_sell_beyond", lambda world: _nudge(world, luck))(patch)


def _nudge(world: World, luck: np.random.Generator) -> None:
    world.firms.price *= 1.0 + 1e-9 * luck.random()


def keep_state_outside_the_world(patch: pytest.MonkeyPatch) -> None:
    calls = [0]

    def count(world: World) -> None:
        calls[0] += 1
        world.market.wage_index += 1e-12 * calls[0]

    after("labour.adjust_staff", count)(patch)


def write_while_watching(patch: pytest.MonkeyPatch) -> None:
    keep = Recorder.keep

    def spoilt(self: Recorder, now: Reading) -> None:
        keep(self, now)
        now.world.firms.quality[0] += 1e-9

    patch.setattr(Recorder, "keep", spoilt)


# --- what is declared, and the order of rows


def write_a_column_unsaid(world: World) -> None:
    world.firms.quality[0] += 1e-9


def read_a_column_unsaid(world: World) -> None:
    pence = int(world.households.size.sum())
    world.ledger.pay("fees", "outside", pence, ("treasury", pence))


def favour_the_first_row(world: World) -> None:
    world.firms.price[np.flatnonzero(world.firms.is_open)[0]] *= 1.0001


def add_up_in_the_order_of_rows(world: World) -> None:
    sums = np.cumsum(world.households.permanent_income.astype(np.float32))
    world.market.unemployment_smooth += float(sums[-1]) * 1e-15


# --- levers


def let_levers_outlive_their_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lever, "strength", lambda self, month: float(month >= self.start_month))


def let_levers_start_early(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Lever, "strength", lambda self, month: 1.0)


def let_a_neutral_lever_weigh(patch: pytest.MonkeyPatch) -> None:
    terms = SocialValueWeight.terms

    def spoilt(self: SocialValueWeight, now: Terms, month: int) -> Terms:
        then = terms(self, now, month)
        then.sv_weight[:] += 0.02
        return then

    patch.setattr(SocialValueWeight, "terms", spoilt)


# --- a place that does not stand still


def rescale_demand(world: World) -> None:
    world.firms.sales_beyond -= world.firms.sales_beyond // 100
    world.firms.output_last -= world.firms.output_last // 100


def lose_ties(world: World) -> None:
    ties = world.households.supplier
    gone = (np.arange(ties.size).reshape(ties.shape) + world.month) % 100 == 0
    ties[gone & (ties >= 0)] = -2


def solve_reach_wrongly(patch: pytest.MonkeyPatch) -> None:
    build = stillness.build_world

    def spoilt(*args: object) -> World:
        world = build(*args)  # type: ignore[arg-type]
        world.anchors.reach_local -= 0.12
        return world

    patch.setattr(stillness, "build_world", spoilt)


FAULTS: tuple[Fault, ...] = (
    Fault("a lost penny", after("labour.pay_wages", lose_a_penny), checks.books_close,
          r"after labour\.pay_wages, the books of the households .*out by -1"),
    Fault("a penny lost in a run", after("supply_chain.buy_inputs", lose_a_penny), checks.runs_close_their_books,
          r"wigan, month 1: after supply_chain\.buy_inputs, the books of the households .*out by -1"),
    Fault("a ghost worker in a run", after("labour.match_vacancies", employ_a_ghost), checks.runs_close_their_books,
          r"wigan, month 1: after labour\.match_vacancies, resident \d+ has status 1 and employer 0"),
    Fault("a minted penny", after("treasury.fund_anchors", mint_a_penny), checks.books_close,
          r"after treasury\.fund_anchors, the books of the treasury .*out by 1"),
    Fault("a birth without money moving", after("firms.open_and_close", fund_births_from_nowhere),
          checks.births_are_in_the_books, r"after firms\.open_and_close, the books of the firms"),
    Fault("a contract paid twice", after("procurement.pay_suppliers", pay_the_first_contract_again),
          checks.contracts_agree, r"contracts: \d+ pence paid, budgets come to \d+"),
    Fault("VAT kept by the shop", after("households.consume", give_vat_back_to_shops),
          checks.tax_at_the_till_is_all_paid_over, r"VAT and duty: \d+ pence reach the treasury"),
    Fault("a biased rounding", after("supply_chain.buy_inputs", round_sales_down_to_the_pound),
          checks.spending_is_leontief, r"Leontief: \d+ firms are off the inverse"),
    Fault("a ghost worker", after("labour.match_vacancies", employ_a_ghost), checks.heads_agree,
          r"after labour\.match_vacancies, resident \d+ has status 1 and employer 0"),
    Fault("a ghost on the payroll", after("labour.adjust_staff", count_a_ghost_as_staff), checks.heads_agree,
          r"after labour\.adjust_staff, the firm on site \d+ .* counts"),
    Fault("a worker lost on the way home", after("labour.pay_wages", lose_a_worker), checks.heads_agree,
          r"after labour\.pay_wages, .* counts"),
    Fault("a load nobody ordered", after("procurement.award_contracts", carry_a_load_nobody_ordered),
          checks.contracts_agree, r"carries a contract load of"),
    Fault("a reused key", after("firms.open_and_close", give_all_births_one_key), checks.keys_are_unique,
          r"firms\.key: \d+ rows share"),
    Fault("a reused stream", let_entry_draw_from_the_stream_of_exit, checks.streams_are_unique,
          r"(entry|exit) and (entry|exit) draw from one stream"),
    Fault("a draw that depends on how many were made before", draw_from_a_stream_that_runs_on,
          checks.same_seed_same_bits, r"a second run differs in firms\.price"),
    Fault("state outside the world", keep_state_outside_the_world, checks.same_seed_same_bits,
          r"differs in .*market\.wage_index"),
    Fault("an observer that writes", write_while_watching, checks.watching_changes_nothing,
          r"watching changes firms\.quality"),
    Fault("an undeclared column, written", after("treasury.fund_anchors", write_a_column_unsaid),
          checks.phases_do_what_they_say, r"treasury\.fund_anchors writes firms\.quality"),
    Fault("an undeclared column, read", after("treasury.collect_other_taxes", read_a_column_unsaid),
          checks.phases_do_what_they_say, r"treasury\.collect_other_taxes reads households\.size"),
    Fault("a favour to the first row", after("firms.set_prices_and_sell_beyond", favour_the_first_row),
          checks.order_of_rows_decides_nothing, r"firms\.set_prices_and_sell_beyond depends on row order: firms\.price"),
    Fault("an order-dependent sum", after("labour.adjust_staff", add_up_in_the_order_of_rows),
          checks.order_of_rows_decides_nothing, r"labour\.adjust_staff depends on row order: market\.unemployment"),
    Fault("a lever that leaks past its end", let_levers_outlive_their_end, checks.levers_end,
          r"sv_weight is still in force after end_month"),
    Fault("a lever that starts early", let_levers_start_early, checks.levers_wait_for_their_start,
          r"before start_month a lever changes"),
    Fault("a neutral lever that is not neutral", let_a_neutral_lever_weigh, checks.levers_at_rest_do_nothing,
          r"social_value_weight at rest changes"),
    Fault("a demand rescaled", after("firms.set_prices_and_sell_beyond", rescale_demand),
          checks.first_month_repeats, r"the first month: output moves by [\d,]+ pounds"),
    Fault("a slow loss of ties", after("households.choose_suppliers", lose_ties), checks.nothing_drifts,
          r"household ties in the borough drifts by -"),
    Fault("a reach solved wrongly", solve_reach_wrongly, checks.the_book_keeps_its_local_share,
          r"reach: the local share of a book let anew moves by \+"),
)  # fmt: skip
