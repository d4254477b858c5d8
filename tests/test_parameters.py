import copy
import pickle

import pytest
from pydantic import BaseModel, ValidationError

from cwbsim.errors import UserError
from cwbsim.parameters import Parameter, dial, load_parameters

WHOLE = 'value = 0.02\nlow = 0.01\nhigh = 0.04\nunit = "share a month"\nsource = "a survey"\nyear = 2024\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "labour.toml").write_text(f"[quit_rate]\n{WHOLE}\n[floor]\n{WHOLE.replace('0.02', '0.03')}")
    (tmp_path / "firms.toml").write_text(f'[markup]\n{WHOLE}note = "of price"\n')
    return tmp_path


def test_a_group_gives_plain_floats(folder):
    value = load_parameters(folder=folder).labour.quit_rate

    assert type(value) is float
    assert value == 0.02


def test_a_figure_keeps_its_range_and_source(folder):
    found = load_parameters(folder=folder).figure("firms.markup")

    assert found == Parameter(0.02, 0.01, 0.04, "share a month", "a survey", 2024, "of price")


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("labour.quit_rat", "labour.quit_rate"),
        ("labor.floor", "labour.floor"),
        ("firms.mark_up", "firms.markup"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(folder, wrong, nearest):
    with pytest.raises(UserError, match=f"did you mean '{nearest}'"):
        load_parameters({wrong: 0.02}, folder=folder)


def test_an_unknown_attribute_names_the_nearest(folder):
    parameters = load_parameters(folder=folder)

    with pytest.raises(AttributeError, match=r"did you mean 'labour\.quit_rate'"):
        _ = parameters.labour.quitrate
    with pytest.raises(AttributeError, match="did you mean 'labour'"):
        _ = parameters.labor


@pytest.mark.parametrize("value", [0.01, 0.04, 0.03])
def test_an_override_within_its_range_is_taken(folder, value):
    parameters = load_parameters({"labour.quit_rate": value}, folder=folder)

    assert (parameters.labour.quit_rate, parameters.labour.floor) == (value, 0.03)


def test_true_is_not_a_number(tmp_path):
    (tmp_path / "labour.toml").write_text(f"[share]\n{WHOLE.replace('0.04', '1')}")

    with pytest.raises(UserError, match="share is True, which is not a number"):
        load_parameters({"labour.share": True}, folder=tmp_path)


@pytest.mark.parametrize("value", [0.0099, 0.0401, float("nan"), float("inf"), "0.02"])
def test_an_override_outside_its_range_is_refused_with_range_and_source(folder, value):
    with pytest.raises(UserError, match=r"0\.01 to 0\.04 share a month \(source: a survey, 2024\)"):
        load_parameters({"labour.quit_rate": value}, folder=folder)


def test_every_wrong_override_is_named_at_once(folder):
    with pytest.raises(UserError) as caught:
        load_parameters({"labour.quit_rate": 9, "labour.floor": 9}, folder=folder)

    assert "labour.quit_rate is 9" in str(caught.value)
    assert "labour.floor is 9" in str(caught.value)


@pytest.mark.parametrize("field", ["value", "low", "high", "unit", "source", "year"])
def test_an_entry_that_lacks_a_field_names_file_entry_and_field(tmp_path, field):
    kept = [line for line in WHOLE.splitlines() if not line.startswith(field)]
    (tmp_path / "labour.toml").write_text("[quit_rate]\n" + "\n".join(kept))

    with pytest.raises(UserError, match=rf"labour\.toml \[quit_rate\]: lacks {field}"):
        load_parameters(folder=tmp_path)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("value = 0.02", "value = 0.05", "outside its own range"),
        ("value = 0.02", "value = nan", "not a finite number"),
        ("high = 0.04", "high = inf", "not a finite number"),
        ("value = 0.02", 'value = "0.02"', "not a finite number"),
        ('source = "a survey"', 'source = " "', "source is empty"),
        ("year = 2024", "year = 2024\nyaer = 1", "did you mean 'year'"),
        ("year = 2024", "year = ", "not valid TOML"),
    ],
)
def test_an_entry_that_cannot_be_right_is_refused(tmp_path, was, becomes, said):
    (tmp_path / "labour.toml").write_text(f"[quit_rate]\n{WHOLE.replace(was, becomes)}")

    with pytest.raises(UserError, match=said) as caught:
        load_parameters(folder=tmp_path)

    assert "labour.toml" in str(caught.value)


def test_parameters_cannot_be_changed_in_place(folder):
    parameters = load_parameters(folder=folder)

    with pytest.raises(AttributeError, match="frozen"):
        parameters.labour.quit_rate = 0.03
    with pytest.raises(AttributeError, match="frozen"):
        parameters.labour = None


@pytest.mark.parametrize("remade", [lambda p: pickle.loads(pickle.dumps(p)), copy.deepcopy])
def test_a_copy_is_equal(folder, remade):
    parameters = load_parameters({"labour.floor": 0.04}, folder=folder)

    assert remade(parameters) == parameters
    assert remade(parameters).labour.floor == 0.04


def test_the_digest_knows_values_and_not_prose(folder):
    before = load_parameters(folder=folder).digest()
    other_value = load_parameters({"labour.floor": 0.04}, folder=folder).digest()
    text = (folder / "labour.toml").read_text()
    (folder / "labour.toml").write_text(text.replace("a survey", "another survey"))

    assert load_parameters(folder=folder).digest() == before != other_value


def test_rows_are_sorted_and_whole(folder):
    rows = load_parameters(folder=folder).rows()

    assert [row["name"] for row in rows] == ["firms.markup", "labour.floor", "labour.quit_rate"]
    assert set(rows[0]) == {"name", "value", "low", "high", "unit", "source", "year", "note"}


def test_the_packages_own_parameters_all_load():
    parameters = load_parameters()

    assert parameters.names()
    assert all(
        figure.low <= figure.value <= figure.high for figure in map(parameters.figure, parameters.names())
    )


class Dialled(BaseModel):
    weight: float = dial(0.1, 0.0, 0.5, "share of score", "an act", 2012, "a note")


def test_a_dial_carries_bounds_unit_and_source_into_the_schema():
    field = Dialled.model_json_schema()["properties"]["weight"]

    assert (field["default"], field["minimum"], field["maximum"]) == (0.1, 0.0, 0.5)
    assert (field["unit"], field["source"], field["year"], field["note"]) == (
        "share of score",
        "an act",
        2012,
        "a note",
    )


@pytest.mark.parametrize("weight", [-0.01, 0.51, float("nan"), float("inf")])
def test_a_dial_refuses_what_is_outside_it(weight):
    with pytest.raises(ValidationError):
        Dialled(weight=weight)
