"""Borough steps the world of simulate, and is a Mesa model."""

from __future__ import annotations

import copy
import math
import multiprocessing
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from cwbsim import agent_members
from cwbsim.agent_members import ManyAgentsWarning
from cwbsim.errors import UserError
from cwbsim.model import Anchor, Borough, Firm, Household, Resident
from cwbsim.outcomes import OUTCOMES
from cwbsim.scenario import Scenario
from cwbsim.scenario_changes import changed
from cwbsim.simulation import simulate

SMALL = Scenario(title="t", place="wigan", scale=0.005, months=3)


@pytest.fixture(scope="module")
def _stepped() -> Borough:
    borough = Borough(SMALL, rng=1)
    borough.run_for(2)
    return borough


@pytest.fixture
def borough(_stepped: Borough) -> Borough:
    """Two months into a run; a copy of its own for each test."""
    return copy.deepcopy(_stepped)


def turnover_of(firm: Firm) -> int:
    return int(firm.turnover)


def number_of_firms(model: Borough) -> int:
    return len(model.agents_by_type[Firm])


# -- the same world


@pytest.mark.parametrize("seed", [1, 7])
def test_after_three_steps_the_world_is_that_of_simulate(seed: int) -> None:
    borough = Borough(SMALL, rng=seed)
    for _ in range(3):
        borough.step()
    assert borough.world.canonical_hash() == simulate(SMALL, seed).world.canonical_hash()


def test_run_for_records_what_simulate_records_even_beyond_the_months_of_the_scenario() -> None:
    borough = Borough(SMALL, rng=1)
    borough.run_for(8)  # room for 3, then 6, then 12
    run = simulate(SMALL.model_copy(update={"months": 8}), 1)
    assert borough.run.canonical_hash() == run.canonical_hash()
    assert list(borough.run.months) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_borough_without_a_seed_has_that_of_its_scenario() -> None:
    assert Borough(SMALL.model_copy(update={"seed": 5})).world.seed == 5


def test_shuffling_agents_or_drawing_from_mesa_changes_nothing_in_the_economy(borough: Borough) -> None:
    other = copy.deepcopy(borough)
    other.agents_by_type[Firm].shuffle()
    other.random.random()
    other.rng.random()
    borough.step()
    other.step()
    assert other.world.canonical_hash() == borough.world.canonical_hash()


def test_a_month_draws_nothing_from_mesas_generators(borough: Borough) -> None:
    before = borough.random.getstate(), borough.rng.bit_generator.state
    borough.step()
    assert (borough.random.getstate(), borough.rng.bit_generator.state) == before


# -- time


def test_time_counts_months_and_running_ends_with_the_scenario(borough: Borough) -> None:
    assert (borough.time, borough.world.month, borough.running) == (2, 2, True)
    borough.step()
    assert (borough.time, borough.world.month, borough.running) == (3, 3, False)
    borough.run_model()
    assert borough.time == 3


def test_a_scheduled_event_sees_the_month_it_is_due_in_finished(borough: Borough) -> None:
    seen: list[int] = []

    def look() -> None:
        seen.append(borough.world.month)

    borough.schedule_event(look, at=4)
    borough.run_until(6)
    assert seen == [4]


# -- outcomes


def test_an_outcome_is_the_last_of_its_series(borough: Borough) -> None:
    changed = 0
    for name in OUTCOMES:
        series = borough.run.series(name)
        np.testing.assert_array_equal(borough.outcomes(name), series[-1])
        np.testing.assert_array_equal(getattr(borough, name), series[-1])
        changed += not np.array_equal(series[0], series[-1])
    assert changed > 0  # so that the first month would not have done


def test_outcomes_are_not_numbers_before_the_first_month() -> None:
    assert math.isnan(Borough(SMALL).outcomes("local_spend_share"))


def test_an_unknown_outcome_names_the_nearest(borough: Borough) -> None:
    with pytest.raises(UserError, match="did you mean 'local_spend_share'"):
        borough.outcomes("local_spend_shar")
    with pytest.raises(AttributeError, match="no attribute and no outcome 'local_spend_shar'"):
        _ = borough.local_spend_shar


def test_no_outcome_is_hidden_by_an_attribute_of_a_borough(borough: Borough) -> None:
    assert [name for name in OUTCOMES if name in dir(Borough) or name in vars(borough)] == []


# -- data collection


def test_headline_outcomes_are_collected_every_month_unasked(borough: Borough) -> None:
    frame = borough.datacollector.get_model_vars_dataframe()
    expected = borough.run.series("local_spend_share")
    np.testing.assert_array_equal(frame["local_spend_share"].to_numpy(), expected)


def test_a_datacollector_takes_model_agent_and_agent_type_reporters(borough: Borough) -> None:
    borough.datacollector = mesa.DataCollector(
        model_reporters={"firms": number_of_firms, "share": "local_spend_share", "time": "time"},
        agent_reporters={"key": "unique_id"},
        agenttype_reporters={Firm: {"turnover": turnover_of}, Household: {"income": "income"}},
    )
    borough.step()
    borough.datacollector.collect(borough)
    months = borough.datacollector.get_model_vars_dataframe()
    firms = borough.agents_by_type[Firm]
    assert months.to_dict("records") == [
        {"firms": len(firms), "share": borough.outcomes("local_spend_share"), "time": 3.0}
    ]
    assert len(borough.datacollector.get_agent_vars_dataframe()) == len(borough.agents)
    turnover = borough.datacollector.get_agenttype_vars_dataframe(Firm)["turnover"]
    assert turnover.tolist() == firms.get("turnover").tolist()
    income = borough.datacollector.get_agenttype_vars_dataframe(Household)["income"]
    assert income.tolist() == borough.world.households.income.tolist()


def test_collecting_from_very_many_agents_warns(borough: Borough, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_members, "MANY", len(borough.agents_by_type[Firm]))
    collector = mesa.DataCollector(agenttype_reporters={Household: {"income": "income"}})
    n_homes = len(borough.agents_by_type[Household])
    with pytest.warns(ManyAgentsWarning, match=f"each of {n_homes:,} agents"):
        collector.collect(borough)
    mesa.DataCollector(agenttype_reporters={Firm: {"cash": "cash"}}).collect(borough)


class Counting(Borough):
    """As a user of Mesa would write it."""

    def __init__(self, scenario: Any, rng: int | None = None) -> None:
        super().__init__(scenario, rng)
        self.datacollector = mesa.DataCollector(model_reporters={"firms": number_of_firms})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


class Watching(Borough):
    """A model with a hook of its own, that collects from agents and before the first month too."""

    def __init__(self, scenario: Any, rng: int | None = None, **changes: Any) -> None:
        super().__init__(scenario, rng, **changes)
        self.better = 0
        self.datacollector = mesa.DataCollector(
            model_reporters={"better": "better", "spend": "local_spend"},
            agenttype_reporters={Anchor: {"cash": "cash"}},
        )
        self.datacollector.collect(self)

    def step(self) -> None:
        self.train()
        super().step()
        self.datacollector.collect(self)

    def train(self) -> None:
        """Let the firms that write bids worst learn a little."""
        firms = self.agents_by_type[Firm]
        worst = firms.select(firms.get("bid_skill") < 0.3)
        worst.set("bid_skill", worst.get("bid_skill") + 0.05)
        self.better += len(worst)


def test_a_subclass_with_a_step_of_its_own_changes_the_run_and_pickles() -> None:
    model = Watching(SMALL, rng=1)
    model.run_for(2)
    again = pickle.loads(pickle.dumps(model))
    model.run_for(1)
    again.run_for(1)
    assert str(again.datacollector.model_vars) == str(model.datacollector.model_vars)  # nan is not itself
    assert model.better > 0
    assert len(model.datacollector.model_vars["better"]) == 4
    assert model.world.canonical_hash() == again.world.canonical_hash()
    assert model.world.canonical_hash() != simulate(SMALL, 1).world.canonical_hash()


def test_a_subclass_collects_once_a_month_what_it_wants() -> None:
    model = Counting(SMALL, rng=1)
    model.run_for(3)
    assert model.datacollector.model_vars["firms"][-1] == number_of_firms(model)
    assert len(model.datacollector.model_vars["firms"]) == 3


# -- batches


@pytest.fixture
def _start_method() -> Iterator[None]:
    before = multiprocessing.get_start_method(allow_none=True)
    yield  # batch_run sets another for the whole process
    multiprocessing.set_start_method(before, force=True)


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "small.toml"
    file.write_text(SMALL.to_toml())
    return str(file)


class Promises(Borough):
    """Collects what suppliers promise, which a weight moves in the first tender."""

    def __init__(self, scenario: Any, rng: int | None = None, **changes: Any) -> None:
        super().__init__(scenario, rng, **changes)
        self.datacollector = mesa.DataCollector(model_reporters={"promised": "social_value_promised"})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


@pytest.mark.usefixtures("_start_method")
def test_batch_run_with_two_processes_gives_what_simulate_gives() -> None:
    weight = "levers.social_value_weight.weight"
    parameters = {"scenario": SMALL, weight: np.array([0.1, 0.4])}
    rows = mesa.batch_run(
        Promises, parameters, number_processes=2, rng=[1, 2], max_steps=2, display_progress=False
    )
    paid = {(row["rng"], row[weight]): row["promised"] for row in rows}
    two = {at: changed(SMALL, {"months": 2, weight: at}) for at in (0.1, 0.4)}
    expected = {
        (seed, at): simulate(one, seed).series("social_value_promised")[-1]
        for at, one in two.items()
        for seed in (1, 2)
    }
    assert paid == expected
    assert len(set(paid.values())) == 4  # so that neither seed nor lever was left out


@pytest.mark.usefixtures("_start_method")
@pytest.mark.parametrize("scenario", ["wigan/baseline", SMALL, [SMALL], "path"])
def test_batch_run_takes_a_scenario_in_every_way_it_can_be_named(scenario: Any, path: str) -> None:
    given = path if scenario == "path" else scenario
    rows = mesa.batch_run(
        Borough, {"scenario": given, "scale": 0.003}, rng=[3], max_steps=1, display_progress=False
    )
    assert [(row["rng"], row["Step"]) for row in rows] == [(3, 1)]


@pytest.mark.usefixtures("_start_method")
def test_batch_run_gives_a_row_an_agent_where_a_model_collects_from_agents() -> None:
    rows = mesa.batch_run(
        Watching, {"scenario": SMALL}, rng=[1], max_steps=2, data_collection_period=1, display_progress=False
    )
    model = Watching(SMALL, rng=1)
    model.run_for(2)
    last = [row for row in rows if row["Step"] == 2]
    assert [row["AgentID"] for row in last] == model.agents_by_type[Anchor].get("unique_id").tolist()
    assert [row["cash"] for row in last] == model.agents_by_type[Anchor].get("cash").tolist()
    assert {row["Step"] for row in rows} == {0, 1, 2}


@pytest.mark.usefixtures("_start_method")
def test_batch_run_varies_a_field_of_the_scenario_and_stops_when_it_ends(path: str) -> None:
    parameters = {"scenario": path, "months": 1, "flq_delta": [0.2, 0.3]}
    rows = mesa.batch_run(Borough, parameters, rng=[1], display_progress=False)
    assert [(row["flq_delta"], row["Step"]) for row in rows] == [(0.2, 1), (0.3, 1)]


# -- copies


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))])
def test_a_copy_goes_on_as_the_original_would_and_leaves_it_alone(borough: Borough, copied: Any) -> None:
    before = borough.world.canonical_hash()
    other = copied(borough)
    other.run_for(2)
    assert borough.world.canonical_hash() == before
    assert borough.time == 2
    borough.run_for(2)
    assert other.run.canonical_hash() == borough.run.canonical_hash()
    np.testing.assert_equal(other.datacollector.model_vars, borough.datacollector.model_vars)  # nan where no tender


def test_a_copied_borough_has_its_own_agents(borough: Borough) -> None:
    borough.favourite = borough.agents_by_type[Firm].to_list()[0]
    other = copy.deepcopy(borough)
    assert other.favourite.model is other
    assert other.favourite != borough.favourite
    assert other.favourite in other.agents
    assert other.favourite not in borough.agents


def test_copies_share_the_tables_that_never_change(borough: Borough) -> None:
    other = copy.deepcopy(borough)
    assert other.world.fixed is borough.world.fixed
    assert other.world.firms.cash is not borough.world.firms.cash
    assert other.world.ledger.cash["firms"] is other.world.firms.cash


# -- what is refused


@pytest.mark.parametrize("rng", [-1, 1.5, True, "1", np.random.default_rng(1)])
def test_a_seed_that_is_no_whole_number_in_range_is_refused(rng: Any) -> None:
    with pytest.raises(UserError, match="a whole number from 0 to 4294967295"):
        Borough(SMALL, rng=rng)


def test_what_batch_run_makes_of_a_table_is_refused_with_the_way_out() -> None:
    with pytest.raises(UserError, match="walks through a tuple or dict: put it in a list"):
        Borough(("title", "t"))
    with pytest.raises(UserError, match=r"\{'levers': \[\{\.\.\.\}\]\} keeps it whole"):
        Borough(SMALL, levers="social_value_weight")


def test_an_error_of_a_borough_comes_whole_out_of_another_process() -> None:
    error = pickle.loads(pickle.dumps(UserError("what", "where", "allowed", "mend")))
    assert str(error) == str(UserError("what", "where", "allowed", "mend"))


def test_a_lever_may_not_be_changed_on_the_way(borough: Borough) -> None:
    assert borough.levers == ()
    with pytest.raises(UserError, match="start_month"):
        borough.levers = ()


def test_a_changed_field_is_checked() -> None:
    with pytest.raises(UserError, match="scale"):
        Borough(SMALL, rng=1, scale=2.0)


def test_the_scenario_can_be_read_and_not_replaced(borough: Borough) -> None:
    assert borough.scenario == SMALL
    with pytest.raises(UserError, match="cannot be changed"):
        borough.scenario = SMALL


class Visitor(mesa.Agent):
    """An agent of somebody else's."""


def test_agents_cannot_be_made_or_removed_by_hand(borough: Borough) -> None:
    firm = borough.agents_by_type[Firm].to_list()[0]
    refused = [
        lambda: Firm.create_agents(borough, 3),
        lambda: Firm.from_dataframe(borough, [1, 2]),
        lambda: Household(borough),
        lambda: Visitor(borough),
        lambda: setattr(borough, "agents", []),
        firm.remove,
        lambda: borough.deregister_agent(firm),
        borough.remove_all_agents,
    ]
    before = borough.world.canonical_hash()
    for attempt in refused:
        with pytest.raises(UserError, match="rows of its world"):
            attempt()
    assert borough.world.canonical_hash() == before


def test_every_kind_of_agent_is_there(borough: Borough) -> None:
    assert borough.agent_types == [Anchor, Firm, Household, Resident]
    counts = {kind: len(agents) for kind, agents in borough.agents_by_type.items()}
    world = borough.world
    assert counts == {
        Anchor: len(world.anchors.key),
        Firm: int(world.firms.is_open.sum()),
        Household: len(world.households.key),
        Resident: len(world.residents.key),
    }
    assert len(borough.agents) == sum(counts.values())
