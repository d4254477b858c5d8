"""Boundaries for maps: neighbours keep a common edge, every ward of a profile is on the map, the map can be drawn."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cwbsim.cli import main
from cwbsim.errors import BAD_INPUT, UserError
from cwbsim.places.boundaries import load_boundaries
from cwbsim.places.profile import load_profile
from cwbsim.places.shipped import AREAS, places_of_area
from cwbsim.places.sources.outlines import simplified
from cwbsim.places.sources.wards import overlap
from cwbsim.report.ward_map import deprivation_of, draw_map

FOLDER = Path(__file__).parents[2] / "cwbsim" / "data" / "boundaries"


def edges(ring):
    """The edges of a ring whichever way round."""
    return {frozenset(pair) for pair in pairwise([*ring, ring[0]])}


def test_neighbours_keep_their_common_edge_when_points_are_taken_out():
    # two squares side by side; the common edge wiggles by 30 m, within the tolerance, at the middle
    left = [(0.0, 0.0), (0.1, 0.0), (0.1003, 0.05), (0.1, 0.1), (0.0, 0.1)]
    right = [(0.1, 0.0), (0.2, 0.0), (0.2, 0.1), (0.1, 0.1), (0.1003, 0.05)]

    one, other = simplified([left, right])

    assert (0.1003, 0.05) not in one
    assert frozenset([(0.1, 0.0), (0.1, 0.1)]) in edges(one) & edges(other)


def test_a_corner_stays():
    # 1 km out of line is far more than the tolerance
    ring = [(0.0, 0.0), (0.05, 0.01), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1)]

    assert set(simplified([ring])[0]) == set(ring)


def test_people_are_spread_over_new_wards_by_area():
    square = {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}
    quarter = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 4], [0, 4], [0, 0]]]}
    rest = {"type": "Polygon", "coordinates": [[[1, 0], [4, 0], [4, 4], [1, 4], [1, 0]]]}

    assert overlap(square, [quarter, rest]) == pytest.approx([0.25, 0.75])


@pytest.mark.parametrize("area", AREAS)
def test_every_borough_has_an_outline_and_the_file_is_small(area):
    bounds = load_boundaries(area)

    assert {b.code for b in bounds.boroughs} == {load_profile(name).code for name in places_of_area(area)}
    assert "Open Government Licence" in bounds.attribution
    assert (FOLDER / f"{area}.geojson").stat().st_size < 250_000
    for shape in (*bounds.boroughs, *bounds.wards):
        ring = max(shape.rings, key=len)
        assert ring.shape[1] == 2
        assert len(ring) > 3
        assert (ring[0] == ring[-1]).all()
        # the North West of England
        assert -3.2 < ring[:, 0].min() < ring[:, 0].max() < -1.8
        assert 53.3 < ring[:, 1].min() < ring[:, 1].max() < 54.3


@pytest.mark.parametrize("name", [*places_of_area("greater_manchester"), "preston"])
def test_wards_of_a_profile_are_the_wards_on_the_map(name):
    profile = load_profile(name)

    wards = load_boundaries(profile.code).wards_of(profile.code)

    assert {ward.code for ward in wards} == {ward.code for ward in profile.wards}


def test_a_map_shades_wards_and_leaves_the_unknown_grey():
    profile = load_profile("wigan")
    values = deprivation_of(profile)
    values.pop("E05014989")

    figure = draw_map(values, borough=profile.code, title="Deprivation", unit="score")

    shown = figure.axes[0].patches
    grey = [p for p in shown if np.allclose(p.get_facecolor()[:3], 0xED / 255)]
    assert (len(shown), len(grey)) == (25 + 1, 1)  # wards and the borough's outline
    assert any("Crown copyright" in text.get_text() for text in figure.texts)


def test_a_map_of_an_area_shades_its_boroughs():
    values = {load_profile(name).code: float(i) for i, name in enumerate(places_of_area("lancashire"))}

    assert len(draw_map(values, area="lancashire").axes[0].patches) == 14


def test_values_of_a_ward_that_is_not_there_are_refused():
    with pytest.raises(UserError, match="no boundary for E99"):
        draw_map({"E99": 1.0}, borough="E08000010")
    with pytest.raises(UserError, match="did you mean 'lancashire'"):
        load_boundaries("lancashir")
    with pytest.raises(UserError, match="no boundaries ship for E09000001"):
        load_boundaries("E09000001")


@pytest.mark.parametrize(
    ("name", "file", "code"), [("preston", "map.svg", 0), ("burnley", "map.png", 0), ("wigan", "map.doc", BAD_INPUT)]
)
def test_a_map_is_written_from_the_command_line(tmp_path, name, file, code):
    done = CliRunner().invoke(main, ["place", "map", name, "--out", str(tmp_path / file)])

    assert done.exit_code == code, done.stderr
    assert (tmp_path / file).exists() == (code == 0)
