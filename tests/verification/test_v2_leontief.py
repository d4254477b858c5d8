"""V2: with behaviour off, the spending phases converge to the inverse of the model's own matrix of firms."""

from __future__ import annotations

import numpy as np
import pytest

from cwbsim import regional_io
from cwbsim.world import SECTIONS, World
from tests.boroughs import borough
from tests.verification.leontief import (
    firm_matrix,
    inverse,
    ownership_matrix,
    rounding_bound,
    rounds_from_nothing,
    settle_with_households,
    spending_matrix,
    still,
)

SCALE = 0.03


@pytest.mark.parametrize(("scale", "seed"), [(0.01, 1), (SCALE, 2)])
def test_output_of_every_firm_is_the_leontief_inverse_of_its_final_demand(scale: float, seed: int) -> None:
    found = still(borough(scale=scale, seed=seed))

    matrix = firm_matrix(found.world)
    exact = inverse(matrix, found.final)
    # Every link floors to the penny, so the model sells less than the inverse, by at most the bound.
    short = exact - found.output
    assert (short <= rounding_bound(found.world, matrix)).all()
    assert (short >= -1.0).all()
    assert found.output.sum() > found.final.sum() > 0


def test_output_after_k_rounds_is_the_sum_of_the_first_k_powers() -> None:
    # From nothing produced, k rounds of the phases are f + Af + ... + A^k f, but for a penny a link and round.
    world = borough(scale=0.01)

    found = rounds_from_nothing(world, 4)

    matrix = firm_matrix(world)
    n_sold = np.bincount(world.links.supplier[world.links.supplier >= 0], minlength=matrix.shape[0])
    exact, term, bound = found[0].astype(float), found[0].astype(float), np.zeros(matrix.shape[0])
    for k in range(1, 5):
        term = matrix @ term
        exact = exact + term
        bound = matrix @ bound + n_sold + 1.0
        assert (np.abs(exact - found[k]) <= bound).all(), f"after {k} rounds"
        assert (found[k] >= found[k - 1]).all()


@pytest.mark.parametrize("section", ["C", "F", "G", "M", "Q"])
def test_a_shock_to_a_section_raises_output_by_its_type_i_multiplier(section: str) -> None:
    world = borough(scale=SCALE, seed=2)
    firms, s = world.firms, SECTIONS.index(section)
    of_section = firms.is_open & (firms.section == s)
    shock = np.where(of_section, firms.site_output // 10, 0)

    more = still(world.snapshot(), injection=shock).output - still(world.snapshot()).output

    multiplier = more.sum() / shock.sum()
    table = regional_io.type_1(world.fixed.input_local).sum(axis=0)[s]
    # Firms of a section share its recipe, so who supplies them does not matter. What differs is inputs below the
    # smallest link (0.0002 of a pound, at most twenty of them, shared out over the others) and links without a
    # supplier; and a penny a link, over the shock.
    lost = missing_share(world)[of_section].max()
    pennies = 2.0 * world.links.key.size / shock.sum()
    assert multiplier == pytest.approx(table, abs=20 * 0.0002 + lost * 2.0 + pennies)
    assert multiplier > 1.0


def missing_share(world: World) -> np.ndarray:
    """Share of a pound of output that each site would buy here but finds no supplier for, (F,)."""
    links = world.links
    buyer = np.repeat(np.arange(links.start.size - 1), np.diff(links.start))
    missing = links.coefficient * (links.supplier < 0)
    return np.asarray(np.bincount(buyer, weights=missing, minlength=links.start.size - 1))


def test_mean_type_i_over_jobs_is_that_of_the_regional_tables() -> None:
    world = borough(scale=0.05)
    fixed, firms = world.fixed, world.firms
    jobs = np.bincount(firms.section[firms.is_open], weights=firms.site_output[firms.is_open], minlength=20)
    jobs = jobs / fixed.output_per_job

    matrix = firm_matrix(world)
    ones = np.ones(firms.key.size)
    by_firm = inverse(matrix.T.tocsc(), ones)  # column sums of the inverse: the multiplier of each firm
    weight = firms.site_output * firms.is_open
    by_section = np.bincount(firms.section, weights=by_firm * weight, minlength=20)
    by_section /= np.maximum(np.bincount(firms.section, weights=weight, minlength=20), 1)
    mean = (by_section * jobs).sum() / jobs.sum()

    table = regional_io.type_1(fixed.input_local).sum(axis=0)
    # inputs too small for a link of their own are added to the others, so they are bought of other sections
    assert mean == pytest.approx((table * jobs).sum() / jobs.sum(), abs=0.004)
    assert 1.07 <= mean <= 1.21  # the range stated for Wigan by FLQ delta 0.35 to 0.15


@pytest.mark.parametrize(("scale", "section"), [(0.01, "F"), (0.03, "I"), (0.03, "C")])
def test_with_households_endogenous_output_is_the_inverse_of_the_bordered_matrix(
    scale: float, section: str
) -> None:
    # Type II with the model's own ties, taxes, tills and owners. Jobs stand still, so it is profit that comes
    # round again, not pay; whole months are run for sixteen years, until savings are at their target.
    # In this world no owner's income changes its sign with the shock: below nil spending is at its floor, and the
    # law would no longer be linear (seed 1 has one such owner).
    world = borough(scale=scale, seed=2)
    firms, s = world.firms, SECTIONS.index(section)
    shock = np.where(firms.is_open & (firms.section == s), firms.site_output // 10, 0)
    before = settle_with_households(world.snapshot(), np.zeros_like(shock), months=200)
    after = settle_with_households(world.snapshot(), shock, months=200)

    change = after.firms.output_last - before.firms.output_last

    inputs = firm_matrix(before)
    bordered = (inputs + spending_matrix(before) @ ownership_matrix(before)).tocsc()
    exact = inverse(bordered, shock)
    # Pence rounded at each till, link and tax, on both sides of the difference: a ten-thousandth of the shock.
    assert np.abs(change - exact).sum() <= 2e-4 * shock.sum()
    assert change.sum() > 1.005 * inverse(inputs, shock).sum()  # more than Type I, or nothing came round
