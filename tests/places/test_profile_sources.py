"""The arithmetic of compiling, on tables small enough for paper."""

import numpy as np
import pytest

from cwbsim.places.sources.codes import section_of
from cwbsim.places.sources.draft import as_csv, as_toml
from cwbsim.places.sources.rounding import apportion, rake, whole_table
from cwbsim.places.sources.wards import to_km


def test_shares_of_a_total_go_to_the_largest_remainders():
    # 7 in 1 : 1 : 2 is 1.75, 1.75, 3.5; floors take 5, the two largest remainders one each
    assert apportion([1, 1, 2], 7).tolist() == [2, 2, 3]


def test_raking_meets_both_totals_and_keeps_a_nought():
    table = rake(np.array([[1.0, 1.0], [0.0, 2.0]]), np.array([6.0, 4.0]), np.array([3.0, 7.0]))

    # the second row can only use the second column: 4 there, so 3 are left for the first row, beside its 3
    assert table == pytest.approx(np.array([[3.0, 3.0], [0.0, 4.0]]))


def test_whole_tables_keep_their_totals_and_move_no_cell_by_one():
    table = np.array([[1.5, 0.5, 2.0], [0.5, 2.5, 1.0]])

    whole = whole_table(table, np.array([4, 4]), np.array([2, 3, 3]))

    assert whole.sum(axis=1).tolist() == [4, 4]
    assert whole.sum(axis=0).tolist() == [2, 3, 3]
    assert (abs(whole - table) < 1).all()


@pytest.mark.parametrize(
    ("division", "section"), [(1, "A"), (9, "B"), (33, "C"), (47, "G"), (88, "Q"), (99, "T")]
)
def test_divisions_fall_in_their_sections(division, section):
    assert section_of(division) == section


def test_the_origin_of_the_projection_is_where_the_grid_has_it():
    # 53.5 N 2 W is on the grid's central meridian, 400 km east; a degree north is 111.2 km
    assert to_km(-2.0, 53.5) == (400.0, 401.0)
    assert to_km(-2.0, 54.5)[1] == pytest.approx(401 + 111.19, abs=0.01)


def test_written_numbers_are_whole_where_they_can_be():
    assert as_csv(["a", "b"], [["x", 2.0], ["y", 0.123456789]]) == "a,b\nx,2\ny,0.12345679\n"


def test_a_nested_table_is_written_under_its_dotted_name():
    text = as_toml({"a": {"b": {"unit": "£", "value": 1.0, "note": 'say "so"'}}})
    assert text == '[a.b]\nvalue = 1\nunit = "£"\nnote = "say \\"so\\""\n'
