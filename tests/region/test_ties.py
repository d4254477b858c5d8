"""How boroughs hang together at the start, from the census and from distance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cwbsim.errors import UserError
from cwbsim.parameters import load_parameters
from cwbsim.places.profile import Profile, load_profile
from cwbsim.region.ties import area_of, commuters, tie

WIGAN, BOLTON, SALFORD = "E08000010", "E08000001", "E08000006"


def moved(profile: Profile, kilometres: float) -> Profile:
    """The same borough so far to the east."""
    return replace(profile, wards=tuple(replace(w, x_km=w.x_km + kilometres) for w in profile.wards))


@pytest.fixture(scope="module")
def three() -> list[Profile]:
    return [load_profile(name) for name in ("wigan", "bolton", "salford")]


def test_shares_of_commuters_are_those_of_the_census(three: list[Profile]) -> None:
    ties = tie(three, [], load_parameters())

    counted = commuters()
    leave_wigan = sum(counted.get((WIGAN, code), 0) for code in area_of(WIGAN) if code != WIGAN)
    come_to_bolton = sum(counted.get((code, BOLTON), 0) for code in area_of(BOLTON) if code != BOLTON)
    assert ties.work_in[0, 1] == counted[WIGAN, BOLTON] / leave_wigan
    assert ties.come_from[0, 1] == counted[WIGAN, BOLTON] / come_to_bolton


def test_shares_of_an_area_simulated_whole_add_up_to_one(three: list[Profile]) -> None:
    # of three boroughs that have no others round them, each buys beyond itself in the other two only
    ties = tie(three, [], load_parameters())

    assert ties.shop_in.sum(axis=1) == pytest.approx(np.ones(3))
    assert ties.buy_in.sum(axis=1) == pytest.approx(np.ones((3, 20)))
    assert not np.diagonal(ties.shop_in).any()


def test_other_boroughs_of_the_area_take_their_part(three: list[Profile]) -> None:
    alone = tie(three[:2], [], load_parameters())
    with_salford = tie(three[:2], three[2:], load_parameters())

    assert alone.shop_in[0, 1] == 1.0
    assert 0.0 < with_salford.shop_in[0, 1] < 1.0
    assert (with_salford.buy_in[0, 1] < 1.0).all()


def test_who_lies_further_off_is_bought_from_less(three: list[Profile]) -> None:
    wigan, bolton, salford = three
    near, far = (tie([wigan, bolton, s], [], load_parameters()) for s in (salford, moved(salford, 30.0)))

    assert far.shop_in[0, 2] < near.shop_in[0, 2]
    assert (far.buy_in[0, 2] < near.buy_in[0, 2]).all()


def test_boroughs_of_two_areas_are_refused(three: list[Profile]) -> None:
    with pytest.raises(UserError, match="different areas"):
        tie([three[0], replace(three[1], code="E07000123")], [], load_parameters())


def test_a_borough_of_an_area_that_is_not_described_is_refused() -> None:
    with pytest.raises(UserError, match="not described"):
        area_of("E09000001")
