"""Boroughs side by side: alone as ever, exact books on both sides, and what crosses the border."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cwbsim import load_scenario, simulate
from cwbsim.errors import UserError
from cwbsim.region import Region, build_region, run_region_month
from cwbsim.region.exchange import exchange
from cwbsim.region.run import TOGETHER, adds_up
from cwbsim.region.simulate import seed_of
from cwbsim.scenario import Scenario
from cwbsim.world import WIDER

BOLTON, WIGAN = 0, 1  # boroughs stand in the order of their codes


def scenario(**changes: object) -> Scenario:
    return load_scenario("wigan/baseline").model_copy(
        update={"scale": 0.01, "months": 3, "neighbours": ("bolton",), **changes}
    )


@cache
def _built() -> Region:
    return build_region(scenario(), 1)


def region() -> Region:
    """Wigan and Bolton at the start, one in a hundred."""
    return _built().snapshot()


def later(months: int) -> Region:
    out = region()
    for _ in range(months):
        run_region_month(out)
    return out


def again(where: Region) -> None:
    exchange(where.worlds, where.starts, where.ties, where.shares, where.partners)


def market(where: Region, borough: int) -> dict[str, object]:
    m = where.worlds[borough].market
    return {
        "beyond": m.beyond_pull.copy(), "rivals": m.rival_pull.copy(), "held": m.commuting_held,
        "come": m.incommuter_pull,
    }  # fmt: skip


def test_nothing_crosses_the_border_before_anything_changes() -> None:
    where = region()

    for world in where.worlds:
        assert world.market.rival_pull == pytest.approx(1.0)
        assert world.market.incommuter_pull == 1.0
        assert world.market.commuting_held == pytest.approx(world.market.commuting_linked)


def test_what_firms_sell_to_the_other_borough_s_anchors_they_sell_less_elsewhere_at_the_start() -> None:
    where = region()

    for world, start in zip(where.worlds, where.starts, strict=True):
        less = np.minimum(start.contracts, start.sold)
        assert (1.0 - world.market.beyond_pull) * start.sold == pytest.approx(less, abs=2.0)


def test_no_section_holds_more_contracts_across_the_border_than_it_sells_beyond_its_borough() -> None:
    for start in region().starts:
        assert (start.contracts <= start.sold + 1.0).all()


def test_contracts_that_cross_the_border_are_held_by_firms_there() -> None:
    where = later(2)
    bolton, wigan = where.worlds
    rows = np.flatnonzero((wigan.needs.supplier < 0) & (wigan.needs.place == WIDER))
    behind = where.partners[WIGAN]
    pool = -1 - wigan.needs.supplier[rows]
    theirs = (behind.borough[pool] == BOLTON) & (wigan.needs.supplier_key[rows] == behind.key[pool])

    assert theirs.any()
    assert bolton.firms.is_open[behind.site[pool[theirs]]].all()
    assert (bolton.firms.contracts_beyond > 0).sum() == np.unique(behind.site[pool[theirs]]).size


def test_a_contract_ends_when_the_firm_across_the_border_closes() -> None:
    where = later(1)
    bolton, wigan = where.worlds
    behind = where.partners[WIGAN]
    held = np.flatnonzero((wigan.needs.supplier < 0) & (behind.borough[-1 - np.minimum(wigan.needs.supplier, -1)] == BOLTON))
    need = held[np.argmax(wigan.needs.months_left[held])]
    pool = -1 - int(wigan.needs.supplier[need])
    bolton.firms.key[behind.site[pool]] ^= np.uint64(2)  # another firm in its premises

    again(where)

    assert wigan.needs.months_left[need] == 1
    assert behind.key[pool] == wigan.pool.key[pool]
    assert wigan.needs.supplier_key[need] != wigan.pool.key[pool]


def test_a_firm_across_the_border_bids_for_no_more_than_it_has_room_for() -> None:
    where = region()
    bolton, wigan = where.worlds
    behind = where.partners[WIGAN]
    pool = int(np.flatnonzero(behind.borough == BOLTON)[0])
    site = behind.site[pool]
    bolton.firms.contract_load[site] = bolton.firms.site_output[site] * 1000

    again(where)

    assert wigan.pool.room[pool] == 0


def test_spending_across_the_border_is_sold_there() -> None:
    where = region()
    before = market(where, BOLTON)["beyond"]
    where.worlds[WIGAN].market.wider_demand[8] += 10_000_000  # £100,000 more on food and lodging in the wider area

    again(where)

    gained = (where.worlds[BOLTON].market.beyond_pull - before) * where.starts[BOLTON].sold
    assert 0.0 < gained[8] < 10_000_000.0
    assert np.delete(gained, 8) == pytest.approx(0.0, abs=1e-3)


def test_more_shops_across_the_border_draw_choices_away() -> None:
    where = region()
    bolton = where.worlds[BOLTON]
    bolton.firms.growth[bolton.firms.trade == 0] = 2.0

    again(where)

    pull = where.worlds[WIGAN].market.rival_pull.ravel()
    assert pull[0] > 1.0
    assert pull[1:] == pytest.approx(1.0)


def test_residents_hold_the_jobs_across_the_border_that_incommuters_hold_there() -> None:
    where = region()
    bolton, wigan = where.worlds[BOLTON], where.worlds[WIGAN]
    here = bolton.on_site_row(WIDER)
    bolton.employers.n_from_wider[:here] *= 2

    again(where)

    assert wigan.market.commuting_held == pytest.approx(2.0 * wigan.market.commuting_linked)


def test_more_people_out_of_work_here_come_to_work_there() -> None:
    where = region()
    where.worlds[WIGAN].market.unemployment_smooth *= 2.0

    again(where)

    assert where.worlds[BOLTON].market.incommuter_pull > 1.0
    assert where.worlds[WIGAN].market.incommuter_pull == 1.0


def test_the_focus_borough_builds_as_it_does_alone() -> None:
    alone = load_scenario("wigan/baseline").model_copy(update={"scale": 0.01, "months": 3})
    from cwbsim.simulation import build_world

    one, beside = build_world(alone, 1), region().worlds[WIGAN]
    for column in ("key", "ward", "size", "supplier", "tenure"):
        assert (getattr(one.households, column) == getattr(beside.households, column)).all()
    assert (one.firms.site_key == beside.firms.site_key).all()


def test_neighbours_have_luck_of_their_own() -> None:
    bolton, wigan = region().worlds

    assert wigan.seed != bolton.seed
    assert not np.isin(wigan.households.key, bolton.households.key).any()


def test_a_region_continued_from_a_snapshot_is_the_same_to_the_bit() -> None:
    whole = simulate(scenario(months=4), 1)
    half = simulate(scenario(months=2), 1)

    rest = simulate(scenario(months=4), 1, start=half.region)

    hashes = [[w.canonical_hash() for w in run.region.worlds] for run in (whole, rest)]
    assert hashes[0] == hashes[1]


def test_the_order_of_neighbours_decides_nothing_for_the_borough() -> None:
    def ended(*neighbours: str) -> dict[str, str]:
        run = simulate(scenario(neighbours=neighbours, months=2), 1)
        return {name: one.canonical_hash() for name, one in run.boroughs.items()}

    assert ended("bolton", "salford") == ended("salford", "bolton")


def test_levers_hold_in_the_borough_and_in_those_that_adopt() -> None:
    policy = load_scenario("wigan/social_value_20").levers
    alone = build_region(scenario(levers=policy), 1)
    both = build_region(scenario(levers=policy, adopters=("all",)), 1)

    assert [len(world.levers) for world in alone.worlds] == [0, 1]
    assert [len(world.levers) for world in both.worlds] == [1, 1]


def test_a_lever_bound_to_an_anchor_binds_the_adopter_s_of_the_same_kind() -> None:
    (lever,) = load_scenario("wigan/social_value_20").levers
    council = next(a.key for a in _profile_anchors("wigan") if a.kind == "council")
    bound = lever.model_copy(update={"anchors": (council,)})

    both = build_region(scenario(levers=(bound,), adopters=("bolton",)), 1)

    assert both.worlds[BOLTON].levers[0].anchors == ("council",)


def _profile_anchors(name: str) -> tuple[object, ...]:
    from cwbsim.places.profile import load_profile

    return load_profile(name).anchors


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"neighbours": ("boltn",)}, "bolton"),
        ({"neighbours": ("wigan",)}, "named twice"),
        ({"neighbours": ("preston",)}, "different areas"),
    ],
)
def test_neighbours_that_cannot_be_are_refused_with_the_reason(changes: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        build_region(scenario(**changes), 1)


def test_only_neighbours_adopt() -> None:
    with pytest.raises(UserError, match="adopter"):
        scenario(adopters=("salford",))


def test_together_is_the_sum_of_the_boroughs_where_it_adds_up() -> None:
    run = simulate(scenario(), 1)
    frame = run.to_frame()
    last = frame[(frame["month"] == 3) & (frame["outcome"] == "jobs")].set_index("borough")["value"]

    assert last[TOGETHER] == last["wigan"] + last["bolton"]
    assert last[""] == last["wigan"]
    assert not adds_up(run.outcomes["unemployment_rate"])
    assert "unemployment_rate" not in set(frame[frame["borough"] == TOGETHER]["outcome"])


def test_jobs_of_the_rest_are_fewer_than_the_boroughs_count_elsewhere() -> None:
    # what one borough counts as the wider area is in part the other
    run = simulate(scenario(), 1)
    elsewhere = sum(one.series("wider_area_jobs") for one in run.boroughs.values())

    frame = run.to_frame()
    rest = frame[(frame["outcome"] == "wider_area_jobs") & (frame["borough"] == TOGETHER)]["value"].to_numpy()
    assert (rest < elsewhere).all()
    assert (rest > 0.0).all()


def test_the_books_of_every_borough_close() -> None:
    run = simulate(scenario(), 1)

    for one in run.boroughs.values():
        for month in run.months:
            flows = one.flows(month)
            due = one.balances(month - 1) + flows.sum(axis=0) - flows.sum(axis=1)
            assert one.balances(month).tolist() == due.tolist()


def test_the_luck_of_a_neighbour_is_the_one_it_has_always_been() -> None:
    # a change of the rule would silently change every region; another borough and another seed have other luck
    assert seed_of(1, "E08000001") == 2_753_084_555_105_173_639
    assert len({seed_of(seed, code) for seed in (1, 2) for code in ("E08000001", "E08000002")}) == 4


def test_a_mesa_borough_says_that_it_is_one_borough() -> None:
    from cwbsim import Borough

    with pytest.raises(UserError, match="one borough"):
        Borough(scenario(), rng=1)


def test_a_comparison_says_who_gains_and_loses_borough_by_borough() -> None:
    from cwbsim import compare
    from cwbsim.report.table import comparison_text

    policy = scenario(title="weight", levers=load_scenario("wigan/social_value_20").levers)
    found = compare(scenario(), [policy], seeds=2, workers=1, progress=False)

    divided = found.divided()
    jobs = divided[(divided["outcome"] == "jobs") & (divided["borough"] != "")].set_index("borough")
    assert set(jobs.index) == {"wigan", "bolton", TOGETHER}
    assert jobs.loc[TOGETHER, "baseline"] == pytest.approx(jobs.loc["wigan", "baseline"] + jobs.loc["bolton", "baseline"])
    text = comparison_text(found)
    assert "Bolton" in text
    assert "Together" in text
