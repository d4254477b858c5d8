import json
import pickle
import re
import tomllib
from dataclasses import replace
from typing import ClassVar

import jsonschema
import pytest
from pydantic import ValidationError

from cwbsim.errors import UserError
from cwbsim.levers import LEVERS, Rule
from cwbsim.levers.base import dial
from cwbsim.parameters import load_parameters
from cwbsim.scenario import Scenario, load_scenario
from cwbsim.scenario_files import library, library_names
from cwbsim.scenario_schema import scenario_schema


class HeavierScore(Rule):
    """Social value weighs more."""

    moves: ClassVar[str] = "social_value_promised"
    more: float = dial(0.0, 0.0, 0.5, "share of score", "an act", 2012)

    def terms(self, now, month):
        return replace(now, sv_weight=now.sv_weight + self.more)


@pytest.fixture(autouse=True)
def heavier_score(monkeypatch):
    monkeypatch.setitem(LEVERS, "heavier_score", HeavierScore)


@pytest.fixture
def written(tmp_path):
    def write(text, name="mine.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def refusal(path):
    with pytest.raises(UserError) as caught:
        load_scenario(path)
    return str(caught.value)


def test_a_title_is_enough(written):
    scenario = load_scenario(written('title = "as it is"'))

    assert scenario == Scenario(title="as it is")
    assert (scenario.place, scenario.months, scenario.scale, scenario.levers) == ("wigan", 120, 1.0, ())


def test_a_lever_is_a_table(written):
    scenario = load_scenario(
        written('title = "t"\n[levers.heavier_score]\nmore = 0.2\nanchors = ["council"]')
    )

    assert scenario.levers == (HeavierScore(more=0.2, anchors=("council",)),)


def test_a_list_in_a_list_reaches_a_lever_as_tuples(written, monkeypatch):
    class Paired(Rule):
        moves: ClassVar[str] = "bids"
        pairs: tuple[tuple[str, float], ...] = ()

        def terms(self, now, month):
            return now

    monkeypatch.setitem(LEVERS, "paired", Paired)
    scenario = load_scenario(written('title = "t"\n[levers.paired]\npairs = [["F", 0.3], ["Q", 0.1]]'))

    assert scenario.levers[0].pairs == (("F", 0.3), ("Q", 0.1))
    assert load_scenario(written(scenario.to_toml())) == scenario


def test_the_same_lever_can_be_there_twice(written):
    text = 'title = "t"\n[[levers.heavier_score]]\nmore = 0.2\n[[levers.heavier_score]]\nmore = 0.1'
    scenario = load_scenario(written(text))

    assert [lever.more for lever in scenario.levers] == [0.1, 0.2]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mnths = 12", "unknown key 'mnths'.*did you mean 'months'"),
        ("months = 601", "months is 601, outside its range.*1 to 600 months"),
        ("months = '12'", "months is '12', which is text.*a whole number"),
        ("months = 12.5", "months is 12.5, which has a decimal point.*a whole number"),
        ("months = true", "months is True, which is true or false.*a whole number"),
        ("scale = 0", "scale is 0, outside its range.*0.001 to 1 "),
        ("scale = nan", "scale is nan, not a finite number"),
        ("flq_delta = inf", "flq_delta is inf"),
        ("flq_delta = 0.4", "flq_delta is 0.4, outside its range.*0.15 to 0.35 exponent .source: "),
        ("closure = 'fixed'", "closure is 'fixed'.*'fixed_budget' or 'overrun'"),
        ("io_year = 2020", "io_year is 2020.*2022 or 2018"),
        ("schema_version = 2", "schema_version is 2"),
        ("place = 3", "place is 3, which is a number.*text in quotation marks"),
        ("references = 'one'", "references is 'one', which is text.*a list"),
        ("levers = 3", "levers is 3.*tables such as"),
        ("parameters = 3", "parameters is 3"),
        ("anchors = 3", "line 2: anchors is 3.*\\[anchors.council\\]"),
        ("[anchors]\ncouncil = 3", "line 3: anchors.council is 3.*a table: \\[anchors.council\\]"),
        (
            "[anchors.council]\nlocal_share = 5.0",
            "line 3: anchors.council.local_share is 5.0, outside.*0 to 1 share of its contract spend"
            " .source: definition.*write local_share = 0.05",
        ),
        (
            "[anchors.council]\ncontract_budget = -5",
            "line 3: .*contract_budget is -5.*10,000 to 10,000,000,000 £ a year .source: .*in pounds",
        ),
        ("anchors.council = { local_share = true }", "line 2: .*local_share is True, not a number.*0 to 1 share"),
        ("[anchors.council]\nlocal_shar = 0.5", "line 3: unknown figure in .*did you mean 'local_share'"),
        ("[anchors.counsil]\nlocal_share = 0.5", "line 2: unknown anchor 'counsil'.*did you mean 'council'"),
        (
            "[anchors.council]\nlocal_share = 0.7\nwider_share = 0.6",
            "line 2: local_share and wider_share add up to 1.3.*to mend: lower one.*local_share 0.4",
        ),
        ("place = 'atlantis'", "line 2: unknown place 'atlantis'"),
        ("neighbours = ['wigan']", "line 2: Wigan is named twice"),
        ("neighbours = ['bolton', 'bolton']", "line 2: Bolton is named twice"),
        ("neighbours = ['blackpool']", "line 2: Blackpool and Wigan are in different areas"),
        ("neighbours = ['boltn']", "line 2: unknown place 'boltn'.*did you mean 'bolton'"),
        ("neighbours = ['bolton']\nadopters = ['bury']", "line 3: unknown adopter 'bury'"),
        ("[levers.heavyer_score]", "unknown lever 'heavyer_score'.*did you mean 'heavier_score'"),
        ("[levers.heavier_score]\nmoar = 1", "unknown key .*'moar'.*did you mean 'more'"),
        (
            "[levers.heavier_score]\nmore = 30",
            "more is 30, outside.*0 to 0.5 share of score .source: an act, 2012",
        ),
        ("[levers.heavier_score]\nmore = '0.1'", "more is '0.1', which is text.*a number"),
        ("[levers.heavier_score]\nstart_month = 9\nend_month = 3", "end_month is 3, before start_month 9"),
        ("[levers]\nheavier_score = 3", "levers.heavier_score is 3.*a table"),
        ("months = 3 4\nseed = 1", "not valid TOML.*at line 2.*line 2 is: months = 3 4"),
        ("months = ", "not valid TOML.*line 2 is: months ="),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(written, line, said):
    message = refusal(written(f'title = "t"\n{line}'))

    assert re.search(said, message, re.DOTALL), message
    assert "mine.toml" in message


def test_figures_of_anchors_within_their_ranges_are_taken(written):
    text = 'title = "t"\n[anchors.council]\ncontract_budget = 5_000_000\nlocal_share = 0.1'

    assert load_scenario(written(text)).anchors == {"council": {"contract_budget": 5e6, "local_share": 0.1}}


def test_what_is_wrong_with_anchors_and_with_the_rest_is_said_at_once(written):
    message = refusal(
        written('title = "t"\nmonths = 0\n[anchors.council]\nlocal_share = 5\n[levers.heavier_score]\nmore = 9')
    )

    for line, thing in ((2, "months is 0"), (4, "local_share is 5"), (6, "more is 9")):
        assert f"line {line}: " in message
        assert thing in message


def test_a_title_is_asked_for(written):
    assert "title is missing" in refusal(written("months = 12"))


def test_everything_wrong_is_said_at_once_each_with_its_line(written):
    message = refusal(
        written('title = "t"\nmnths = 1\nscale = 7\n[levers.heavier_score]\nmore = 9\n[parameters]\nx.y = 1')
    )

    for line, thing in ((2, "mnths"), (3, "scale"), (5, "more"), (7, "x.y")):
        assert any(f"line {line}" in said and thing in said for said in message.splitlines()), message


def test_parameters_can_be_written_dotted_or_nested(written):
    name = load_parameters().names()[0]
    group, key = name.split(".")
    high = load_parameters().figure(name).high

    nested = load_scenario(written(f'title = "t"\n[parameters.{group}]\n{key} = {high}'))
    dotted = load_scenario(written(f'title = "t"\n[parameters]\n"{name}" = {high}'))

    assert nested == dotted
    assert nested.parameters == {name: high}


def test_a_parameter_outside_its_range_is_refused_with_its_source(written):
    name = load_parameters().names()[0]
    figure = load_parameters().figure(name)

    message = refusal(written(f'title = "t"\n[parameters]\n"{name}" = {figure.high * 2 + 1}'))

    assert figure.source in message
    assert f"to {figure.high:g}" in message


def test_a_file_extends_another_key_by_key(written):
    written(
        'title = "base"\nquestion = "q"\nmonths = 24\n[levers.heavier_score]\nmore = 0.2\nstart_month = 3',
        "base.toml",
    )
    child = load_scenario(written('extends = "base.toml"\ntitle = "t"\n[levers.heavier_score]\nmore = 0.3'))

    assert (child.title, child.question, child.months) == ("t", "", 24)
    assert child.levers == (HeavierScore(more=0.3, start_month=3),)


def test_a_file_can_leave_out_a_lever_of_the_file_it_extends(written):
    written('title = "base"\n[levers.heavier_score]\nmore = 0.2', "base.toml")

    assert (
        load_scenario(written('extends = "base.toml"\ntitle = "t"\n[levers]\nheavier_score = false')).levers
        == ()
    )


def test_a_file_anywhere_extends_a_scenario_of_the_library(written):
    child = load_scenario(written('extends = "wigan/baseline"\ntitle = "t"\nmonths = 7'))

    assert (child.place, child.months, child.question) == ("wigan", 7, "")


def test_a_file_beside_comes_before_one_of_the_library_of_that_name(written):
    written('title = "base"\nmonths = 9', "wigan/baseline")

    assert load_scenario(written('extends = "wigan/baseline"\ntitle = "t"')).months == 9


def test_a_fault_in_the_extended_file_is_placed_there(written):
    written('title = "base"\nmonths = 0', "base.toml")

    assert "base.toml (extended by" in refusal(written('extends = "base.toml"\ntitle = "t"'))


def test_extends_in_a_circle_is_refused(written):
    written('extends = "mine.toml"\ntitle = "base"', "base.toml")

    assert "mine.toml -> base.toml -> mine.toml" in refusal(written('extends = "base.toml"\ntitle = "t"'))


def test_extends_too_deep_is_refused(written):
    written('title = "0"', "0.toml")
    for n in range(1, 6):
        written(f'extends = "{n - 1}.toml"\ntitle = "{n}"', f"{n}.toml")

    assert load_scenario(written('extends = "3.toml"\ntitle = "t"')).title == "t"  # five files in all
    assert "deeper than 5" in refusal(written('extends = "4.toml"\ntitle = "t"'))


def test_extends_of_nothing_names_the_nearest_file(written):
    written('title = "base"', "baseline.toml")

    assert "did you mean 'baseline.toml'" in refusal(written('extends = "basline.toml"\ntitle = "t"'))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00t", b'title = "\xe9"'])
def test_a_file_that_is_not_text_is_refused(tmp_path, content):
    (tmp_path / "mine.toml").write_bytes(content)

    assert "UTF-8" in refusal(tmp_path / "mine.toml")


def test_a_folder_is_not_a_scenario(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_the_library_is_found_by_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert load_scenario("wigan/baseline").title == "Wigan as it is"
    assert load_scenario("wigan/baseline") == load_scenario(library() / "wigan" / "baseline.toml")
    assert "did you mean 'wigan/baseline'" in refusal("wigan/basline")


@pytest.mark.parametrize("name", library_names())
def test_every_scenario_of_the_library_is_valid_and_fits_the_schema(name):
    scenario = load_scenario(name)

    jsonschema.validate(json.loads(json.dumps(_as_file(scenario))), scenario_schema())


def _as_file(scenario):
    return tomllib.loads(scenario.to_toml())


FULL = Scenario(
    title='A "quoted" title, £ and \\',
    assumptions=("one", "two"),
    months=7,
    levers=(HeavierScore(more=0.2, end_month=5), HeavierScore(more=0.1)),
    parameters={load_parameters().names()[0]: load_parameters().figure(load_parameters().names()[0]).low},
)


@pytest.mark.parametrize(
    "scenario", [Scenario(title="t"), FULL, FULL.model_copy(update={"levers": FULL.levers[:1]})]
)
def test_what_is_written_out_reads_back_equal(written, scenario):
    assert load_scenario(written(scenario.to_toml())) == scenario


def test_a_scenario_survives_the_way_to_another_process():
    assert pickle.loads(pickle.dumps(FULL)) == FULL
    assert hash(pickle.loads(pickle.dumps(FULL))) == hash(FULL)


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"title": "another"}, True),
        ({"question": "why?"}, True),
        ({"seed": 9}, True),
        ({"levers": FULL.levers[::-1]}, True),
        ({"months": 8}, False),
        ({"scale": 0.5}, False),
        ({"flq_delta": 0.3}, False),
        ({"closure": "overrun"}, False),
        ({"levers": ()}, False),
        ({"parameters": {}}, False),
    ],
)
def test_the_hash_knows_what_shapes_a_run_and_nothing_else(change, is_same):
    assert (FULL.model_copy(update=change).scenario_hash() == FULL.scenario_hash()) is is_same


@pytest.mark.parametrize(
    "change", [{"scale": 7}, {"scael": 0.5}, {"levers": ("a",)}, {"parameters": {"no.such": 1}}]
)
def test_a_copy_is_checked_like_the_first(change):
    with pytest.raises(UserError):
        FULL.model_copy(update=change)


def test_a_scenario_cannot_be_changed_in_place():
    with pytest.raises(ValidationError, match="frozen"):
        FULL.months = 3


def test_the_schema_tells_bounds_units_and_sources():
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    more = schema["properties"]["levers"]["properties"]["heavier_score"]["anyOf"][0]["properties"]["more"]
    name = load_parameters().names()[0]

    assert (more["maximum"], more["unit"], more["source"]) == (0.5, "share of score", "an act")
    assert schema["properties"]["parameters"]["properties"][name]["source"]
    budget = schema["properties"]["anchors"]["additionalProperties"]["properties"]["contract_budget"]
    assert (budget["minimum"], budget["maximum"], budget["unit"]) == (10_000.0, 1e10, "£ a year")


@pytest.mark.parametrize(
    "document",
    [
        {"title": "t", "mnths": 1},
        {"title": "t", "months": 0},
        {"title": "t", "levers": {"no_such": {}}},
        {"title": "t", "levers": {"heavier_score": {"more": 0.6}}},
        {"title": "t", "parameters": {"no.such": 1}},
        {"title": "t", "anchors": {"council": {"local_shar": 0.5}}},
        {"title": "t", "anchors": {"council": {"local_share": 5.0}}},
        {"title": "t", "anchors": {"council": {"contract_budget": -5}}},
        {"title": "t", "anchors": {"council": 3}},
        {},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(document):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, scenario_schema())


def test_what_is_refused_is_shown_as_it_was_written_and_with_an_instance_of_what_would_do(written):
    lever = 'title = "t"\nplace = "wigan"\n[levers.social_value_weight]\nby_section = '

    assert """is [['ZZ', 0.2]]: section 'ZZ'""" in refusal(written(lever + '[["ZZ", 0.2]]'))
    assert 'allowed: for instance [["F", 0.2], ["Q", 0.1]]' in refusal(written(lever + "{ F = 0.2 }"))
    assert 'allowed: for instance "2026-04"' in refusal(written('title = "t"\nstarts = "next year"'))
