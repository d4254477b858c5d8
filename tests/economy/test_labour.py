"""Work: who leaves, who is hired, what is paid. Hand-worked numbers are in the comments."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import S, make_world, next_month, set_fixed, set_terms

from cwbsim.economy import labour
from cwbsim.economy.matching import in_order, job_pay
from cwbsim.economy.payroll import tax_table, withheld
from cwbsim.economy.screening import draw_limit
from cwbsim.parameters import load_parameters
from cwbsim.world import EMPLOYED, INACTIVE, OUTSIDE, UNEMPLOYED, WIDER, World

# Fitted churn stands for closures and swings of output, which these worlds do not have.
QUIET = {"labour.churn_rate": 0.0}


def staff(world: World) -> np.ndarray:
    e = world.employers
    return e.n_residents + e.n_from_wider + e.n_from_outside


def month_of_work(world: World) -> None:
    labour.adjust_staff(world)
    labour.match_vacancies(world)


def only_these_work(world: World, **by_resident: int) -> None:
    """Put the first residents to work at given employers with nobody else in work anywhere."""
    r, e = world.residents, world.employers
    r.employer[:], r.status[:], r.pay[:] = -1, UNEMPLOYED, 0
    e.n_residents[:], e.n_from_wider[:], e.n_from_outside[:] = 0, 0, 0
    for i, row in enumerate(by_resident.values()):
        r.employer[i], r.status[i] = row, EMPLOYED
        e.n_residents[row] += 1


# --- staff wanted


def wanted(output: int, *, is_open: bool = True, size_class: int = 2, n: int = 1) -> np.ndarray:
    full = np.full
    return labour.staff_wanted(
        full(n, output, np.int64), full(n, 100, np.int64), full(n, is_open), full(n, size_class, np.int8),
        np.arange(n, dtype=np.uint64), seed=1,
    )  # fmt: skip


def test_a_site_wants_its_output_over_its_productivity():
    assert wanted(700) == 7


def test_sites_together_want_what_their_output_needs():
    # 230 / 100 = 2.3 each: 4,000 sites want 9,200; one standard deviation is sqrt(4000 x 0.3 x 0.7) = 29.
    assert abs(wanted(230, n=4000).sum() - 9200) < 4 * 29


def test_a_person_on_own_account_is_one_whatever_the_output():
    assert wanted(900, size_class=0) == 1


def test_an_open_site_keeps_one_when_it_sells_nothing():
    assert wanted(0) == 1


def test_vacant_premises_want_nobody():
    assert wanted(900, is_open=False) == 0


def test_a_contract_held_elsewhere_wants_staff_on_site():
    world = make_world()
    world.needs.budget[:] = 0
    world.needs.budget[0] = 100_000_000  # held by a supplier of the wider area, section 0
    assert (world.needs.place[0], world.needs.section[0]) == (WIDER, 0)
    world.employers.n_from_wider[:], world.employers.n_from_outside[:] = 0, 0
    # £1,000,000 x 50 % labour x 60 % on site / £3,000 a job = 100, all of them residents
    on_site = slice(world.on_site_row(WIDER), world.commuting_row(WIDER))
    rows = labour.wanted_staff(world)[on_site]
    assert rows[0] == 100
    assert rows[1:].sum() == 0


def test_jobs_elsewhere_take_more_residents_when_unemployment_here_doubles():
    world = make_world(overrides={"labour.commuting_elasticity": 0.5})
    set_fixed(world, commuting_wanted=np.array([1000, 400]))
    world.market.unemployment_smooth = 2 * world.fixed.unemployment_start
    # 1000 x 2 ** 0.5 = 1414.2, 400 x 2 ** 0.5 = 565.7
    assert labour.wanted_staff(world)[-2:] == pytest.approx([1414.2, 565.7], abs=1)


# --- leaving


def test_no_resident_is_lost_or_counted_twice():
    world = make_world()
    n = world.residents.key.shape[0]
    for month in range(24):
        world.firms.output_smooth[month::7] = world.firms.site_output[month::7] * (1 + month % 3) // 2
        month_of_work(world)
        r, e = world.residents, world.employers
        assert np.bincount(r.status, minlength=3).sum() == n
        recount = np.bincount(r.employer[r.employer >= 0], minlength=e.section.shape[0])
        np.testing.assert_array_equal(e.n_residents, recount)
        np.testing.assert_array_equal(r.status == EMPLOYED, r.employer >= 0)
        assert (r.pay[r.status != EMPLOYED] == 0).all()
        assert min(e.n_from_wider.min(), e.n_from_outside.min()) >= 0
        next_month(world)


def test_premises_that_fall_vacant_keep_nobody():
    world = make_world()
    world.firms.is_open[4] = False
    labour.adjust_staff(world)
    assert staff(world)[4] == 0


def test_a_part_of_the_excess_is_laid_off_each_month():
    world = make_world(n_households=20_000, n_sites=1500, overrides={"labour.layoff_share": 0.3})
    set_fixed(world, separation_rate=0.0)
    before = staff(world)[:1500].sum()
    world.firms.output_smooth //= 2
    labour.adjust_staff(world)
    excess = before - world.employers.wanted[:1500].sum()
    gone = before - staff(world)[:1500].sum()
    # own account and sites already below what they want keep theirs: the excess is a bit above this net one
    assert gone == pytest.approx(0.3 * excess, rel=0.06)


def test_leavers_divide_between_unemployment_and_inactivity():
    world = make_world(n_households=20_000, n_sites=1500)
    set_fixed(world, separation_rate=0.2)
    before = np.bincount(world.residents.status, minlength=3)
    labour.adjust_staff(world)
    after = np.bincount(world.residents.status, minlength=3)
    left = before[EMPLOYED] - after[EMPLOYED]
    assert left == pytest.approx(0.2 * before[EMPLOYED], rel=0.05)
    assert after[INACTIVE] - before[INACTIVE] == pytest.approx(0.4 * left, rel=0.1)


# --- wage curve


def test_the_wage_index_is_exactly_one_at_the_unemployment_of_the_start():
    world = make_world()
    labour.adjust_staff(world)
    assert world.market.wage_index == 1.0


def test_pay_falls_along_the_wage_curve_when_unemployment_is_high():
    world = make_world(overrides={"labour.smoothing_months": 12})
    r = world.residents
    only_these_work(world, a=0)
    start = world.fixed.unemployment_start
    labour.adjust_staff(world)
    rate = (r.key.shape[0] - 1) / r.key.shape[0]
    smooth = start + (rate - start) / 12  # one month of twelve
    assert world.market.wage_index == pytest.approx((smooth / start) ** -0.1)
    assert world.market.wage_index < 1


# --- matching


def test_without_vacancies_nobody_is_hired():
    world = make_world()
    world.employers.vacancies[:] = 0
    before = world.residents.employer.copy()
    labour.match_vacancies(world)
    np.testing.assert_array_equal(world.residents.employer, before)
    assert world.market.counts["hires"] == 0


def test_places_filled_are_places_posted():
    world = make_world()
    labour.adjust_staff(world)
    before, posted = staff(world), world.employers.vacancies.copy()
    labour.match_vacancies(world)
    assert (staff(world) - before <= posted).all()


def test_who_moves_leaves_a_vacancy_behind():
    world = make_world(n_households=6000, n_sites=450, overrides={"labour.commuting_elasticity": 0.0})
    set_fixed(world, separation_rate=0.0, on_site_share=np.zeros(S))
    world.employers.n_residents[world.on_site_row(WIDER) : world.commuting_row(WIDER)] = 0
    employer = world.residents.employer
    employer[employer >= world.on_site_row(WIDER)] = world.commuting_row(WIDER)
    world.employers.n_residents[:] = np.bincount(employer[employer >= 0], minlength=staff(world).shape[0])
    set_fixed(world, commuting_wanted=world.employers.n_residents[-2:] + 60)
    labour.adjust_staff(world)
    labour.match_vacancies(world)
    first = dict(world.market.counts)
    next_month(world)
    labour.adjust_staff(world)
    # nobody leaves work, so what is vacant now is what was left open and the places of those who moved
    left_open = first["vacancies"] - first["hires"] - first["incommuter_hires"]
    assert first["moves"] > 0
    assert world.market.counts["vacancies"] == left_open + first["moves"]


def test_firms_that_hire_locally_take_no_incommuters():
    world = make_world(n_households=6000, n_sites=450)
    world.firms.local_hiring[:] = 1.0
    labour.adjust_staff(world)
    n, e = world.firms.key.shape[0], world.employers
    before = (e.n_from_wider + e.n_from_outside).copy()
    labour.match_vacancies(world)
    after = e.n_from_wider + e.n_from_outside
    np.testing.assert_array_equal(after[:n], before[:n])
    assert after.sum() > before.sum()  # anchors go on hiring from elsewhere


def test_places_in_commuters_do_not_take_go_to_residents():
    here, local = make_world(n_households=6000, n_sites=450), make_world(n_households=6000, n_sites=450)
    local.firms.local_hiring[:] = 1.0
    for world in (here, local):
        month_of_work(world)
    fewer = here.market.counts["incommuter_hires"] - local.market.counts["incommuter_hires"]
    assert fewer > 0
    assert local.market.counts["hires"] - here.market.counts["hires"] == pytest.approx(fewer, abs=0.5 * fewer)


def test_a_new_job_pays_its_level_and_the_effect_of_the_person():
    world = make_world()
    set_terms(world, pay_floor=0)
    labour.adjust_staff(world)
    r, before = world.residents, world.residents.employer.copy()
    labour.match_vacancies(world)
    new = np.flatnonzero((r.employer != before) & (r.employer >= 0))
    level = world.employers.log_pay[r.employer[new], r.skill[new]] + r.pay_effect[new]
    assert new.size > 0
    expected = np.interp(level, world.fixed.pay_nodes_log, world.fixed.pay_nodes)
    np.testing.assert_allclose(r.pay[new], expected, atol=0.51)


def test_priorities_alike_in_their_first_bits_are_told_apart_by_the_last_and_then_by_key():
    skill, rank = np.array([1, 0, 0, 0], np.int8), np.array([0, 7, 6, 6], np.uint64)
    key = np.array([1, 2, 4, 3], np.uint64)
    # skill 0 first; 6 before 7 though both are 1 without the last two bits; of the two sixes key 3 before 4
    np.testing.assert_array_equal(in_order(skill, rank, lambda: (key,)), [3, 2, 1, 0])


@pytest.mark.parametrize("chance", [0.0, 0.009, 0.25, 1 / 3, 1.0])
def test_a_limit_of_bits_says_what_a_draw_below_the_chance_says(chance: float):
    limit = int(draw_limit(np.array([chance]))[0])
    near = [n for n in range(limit - 2, limit + 3) if 0 <= n < 2**53]
    assert [n < limit for n in near] == [n / 2**53 < chance for n in near]


@pytest.mark.parametrize(("level", "pence"), [(-9, 1000), (0, 1000), (0.25, 1250), (1, 2000), (9, 4000)])
def test_pay_is_linear_between_nodes_and_flat_beyond_them(level: float, pence: int):
    nodes = np.array([0.0, 1.0, 2.0]), np.array([1000.0, 2000.0, 4000.0])
    assert job_pay(level, *nodes, 0) == pence


def test_a_new_job_does_not_pay_below_the_floor():
    assert job_pay(0.0, np.array([0.0, 1.0]), np.array([1000.0, 2000.0]), 1500) == 1500


# --- pay day


def test_wages_paid_are_wages_received_to_the_penny():
    world = make_world()
    n = world.firms.key.shape[0]
    only_these_work(world, at_site=1, at_trust=world.anchor_row(1))
    r, h = world.residents, world.households
    r.pay[:2] = 250_000, 600_000
    firm, trust = int(world.firms.cash[1]), int(world.anchors.cash[1])
    labour.pay_wages(world)
    # £2,500: tax 20 % of 2,500 - 1,047.50 = 290.50; NI 8 % of 2,500 - 1,048 = 116.16; net 2,093.34.
    # Employer's NI 15 % of 2,500 - 417 = 312.45, pension 6 % = 150: cost 2,962.45.
    assert h.earnings[r.household[0]] == 209_334
    assert firm - world.firms.cash[1] == 296_245
    assert world.firms.profit[1] == -296_245
    # £6,000: taxable 4,952.50: 20 % of 3,141.67 = 628.33, 40 % of 1,810.83 = 724.33; NI 8 % of 3,141 =
    # 251.28, 2 % of 1,811 = 36.22; net 6,000 - 1,640.16 = 4,359.84. Employer's NI 15 % of 5,583 = 837.45,
    # pension 360.
    assert h.earnings[r.household[1]] == 435_984
    assert trust - world.anchors.cash[1] == 600_000 + 83_745 + 36_000
    ledger = world.ledger
    assert ledger.kind_total("wages", "firms", "treasury") == 29_050 + 11_616 + 31_245
    assert ledger.kind_total("wages", payee="households") == 209_334 + 435_984
    assert ledger.kind_total("wages", payee="outside") == 15_000 + 36_000
    assert world.firms.profit[: n].sum() == -296_245
    ledger.check("labour.pay_wages")


def test_income_beyond_the_taper_has_no_allowance_left():
    # £11,000 a month: allowance 1,047.50 - (11,000 - 8,333.33) / 2 < 0. 20 % of 3,141.67 = 628.33, 40 % of
    # 7,286.66 = 2,914.66, 45 % of 571.67 = 257.25; NI 251.28 + 2 % of 6,811 = 136.22: 4,187.74.
    assert withheld(1_100_000, tax_table(load_parameters())) == 418_774


def test_half_of_what_exceeds_the_taper_start_comes_off_the_allowance():
    # £9,000 a month: allowance 1,047.50 - 333.33 (half of 666.67, cut to a penny) = 714.17: taxable 8,285.83:
    # 628.33 + 40 % of 5,144.16 = 2,057.66; NI 251.28 + 2 % of 4,811 = 96.22: 3,033.49.
    assert withheld(900_000, tax_table(load_parameters())) == 303_349


def test_the_floor_binds_on_low_pay():
    world = make_world()
    only_these_work(world, at_site=1)
    world.residents.pay[0] = 100_000
    labour.pay_wages(world)
    # 160 hours at £12.21 = 1,953.60: tax 181.22, NI 72.45, net 1,699.93
    assert world.households.earnings[world.residents.household[0]] == 195_360 - 18_122 - 7_245


def test_own_account_pays_no_contributions_of_an_employer():
    world = make_world()
    assert world.firms.size_class[0] == 0
    only_these_work(world, on_own_account=0)
    world.residents.pay[0] = 250_000
    labour.pay_wages(world)
    assert world.firms.profit[0] == -250_000


def test_only_firms_pay_the_wage_index_of_the_borough():
    world = make_world()
    rows = {"site": 1, "trust": world.anchor_row(1), "elsewhere": world.commuting_row(OUTSIDE)}
    only_these_work(world, **rows)
    world.residents.pay[:3] = 300_000
    world.market.wage_index = 0.9
    labour.pay_wages(world)
    site, trust, elsewhere = world.households.earnings[world.residents.household[:3]]
    # net of £3,000: 2,453.34; of £2,700: 2,700 - 330.50 - 132.16 = 2,237.34 (a penny for the index in binary)
    assert trust == elsewhere == 300_000 - 39_050 - 15_616
    assert site == pytest.approx(223_734, abs=1)


def test_the_pay_of_incommuters_leaves_the_borough_but_for_its_tax():
    world = make_world()
    only_these_work(world)
    world.employers.n_from_wider[1], world.employers.n_from_outside[world.anchor_row(0)] = 2, 1
    labour.pay_wages(world)
    total = world.ledger.kind_total
    # £3,000 each; 28 % is tax
    assert total("wages", "firms", "wider_area") == 600_000 - 168_000
    assert total("wages", "anchors", "outside") == 300_000 - 84_000
    assert total("wages", payee="treasury") == 168_000 + 84_000
    assert world.firms.profit[1] == -600_000
    world.ledger.check("labour.pay_wages")


def test_earnings_are_of_this_month_and_income_adds_up():
    world = make_world()
    labour.pay_wages(world)
    first = world.households.earnings.copy()
    labour.pay_wages(world)
    np.testing.assert_array_equal(world.households.earnings, first)
    np.testing.assert_array_equal(world.households.income, 2 * first)


# --- the whole


def relabelled(world: World, rng: np.random.Generator) -> World:
    """Return a copy with the rows of sites, households and residents in another order, keys kept."""
    out = world.snapshot()
    n_sites, n_households = out.firms.key.shape[0], out.households.key.shape[0]
    sites, households = rng.permutation(n_sites), rng.permutation(n_households)
    residents = rng.permutation(out.residents.key.shape[0])
    rows = np.arange(out.employers.section.shape[0])
    rows[:n_sites] = sites
    blocks = (out.firms, out.households, out.residents, out.employers)
    for block, order in zip(blocks, (sites, households, residents, rows), strict=True):
        for name in block.__slots__:
            getattr(block, name)[:] = getattr(block, name)[order]
    in_work = out.residents.employer >= 0
    out.residents.employer[in_work] = np.argsort(rows)[out.residents.employer[in_work]]
    out.residents.household[:] = np.argsort(households)[out.residents.household]
    return out


def by_key(world: World) -> list[np.ndarray]:
    r, f, h, e = world.residents, world.firms, world.households, world.employers
    person, site, home = np.argsort(r.key), np.argsort(f.site_key), np.argsort(h.key)
    employer = np.where(r.employer >= 0, labour.employer_keys(world)[r.employer], 0)
    staff_columns = (e.n_residents, e.n_from_wider, e.n_from_outside, e.vacancies)
    counts = [column[site] for column in staff_columns]
    return [
        r.key[person], r.status[person], employer[person], r.pay[person], f.cash[site], f.profit[site],
        h.income[home], h.earnings[home], world.ledger.balances, np.array([world.market.wage_index]), *counts,
    ]  # fmt: skip


def test_the_order_of_rows_changes_nothing():
    world = make_world()
    other = relabelled(world, np.random.default_rng(5))
    assert (world.residents.key != other.residents.key).any()
    for _ in range(6):
        for w in (world, other):
            month_of_work(w)
            labour.pay_wages(w)
            w.ledger.check("labour.pay_wages")
            next_month(w)
    for a, b in zip(by_key(world), by_key(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_unemployment_does_not_trend_from_the_starting_flows():
    means, starts = [], []
    for seed in range(1, 7):
        world = make_world(n_households=20_000, n_sites=1600, n_anchors=6, seed=seed, overrides=QUIET)
        history = np.empty((200, 4))
        e = world.employers
        for month in range(200):
            counts = np.bincount(world.residents.status, minlength=3)
            here = e.n_residents[: world.on_site_row(WIDER)].sum()
            commuters = e.n_from_wider.sum() + e.n_from_outside.sum()
            history[month] = counts[UNEMPLOYED], counts[INACTIVE], commuters, here
            month_of_work(world)
            next_month(world)
        starts.append(history[0])
        means.append(history[100:].mean(axis=0))
    # Unemployed, inactive, in-commuters, residents in work here. About 1,100 are unemployed, and a deviation
    # lasts some five months: the mean of 100 months and six seeds has a standard error of about 5 (0.45 %).
    # The bound is four of them.
    change = np.mean(means, axis=0) / np.mean(starts, axis=0) - 1
    assert np.abs(change).max() < 0.018, change


def test_in_the_first_month_as_many_take_up_work_as_leave_it():
    start = make_world(n_households=20_000, n_sites=1600, n_anchors=6, overrides=QUIET)
    before, changes = staff(start).sum(), []
    for seed in range(1, 101):
        world = start.snapshot()
        world.seed = seed
        month_of_work(world)
        changes.append(int(staff(world).sum() - before))
    # Some 275 leave and 275 come: the difference has a standard deviation of 18, its mean over 100 seeds
    # one of 1.8, and the bound is four of them. A matching efficiency 5 % too low would lose 14.
    assert abs(np.mean(changes)) < 7.2, np.mean(changes)


def test_starting_flows_say_what_to_do_when_there_are_no_vacancies():
    world = make_world()
    world.employers.wanted[:] = 0
    with pytest.raises(ValueError, match="start with more vacancies"):
        labour.starting_flows(world)


def test_starting_flows_need_somebody_unemployed():
    world = make_world()
    world.residents.status[world.residents.status == UNEMPLOYED] = INACTIVE
    with pytest.raises(ValueError, match="draw some as unemployed"):
        labour.starting_flows(world)


def test_the_starting_number_of_inactive_is_in_balance():
    world = make_world(n_households=6000, n_sites=450, overrides=QUIET)
    assert labour.starting_flows(world).inactive_change == pytest.approx(0, abs=0.5)
