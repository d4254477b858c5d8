"""What a user of Mesa writes says the same of a borough as of plain Mesa objects with the same columns."""

from __future__ import annotations

import collections
import copy
import operator
import pickle
import statistics
from collections.abc import Callable
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mesa.agentset import AbstractAgentSet
from mesa.time import Schedule

from cwbsim.model import Anchor, Borough, Firm, Household, Resident
from cwbsim.scenario import Scenario

SMALL = Scenario(title="t", place="wigan", scale=0.003, months=24)


class PlainAnchor(mesa.Agent):
    """An anchor as Mesa would hold it."""


class PlainFirm(mesa.Agent):
    """A firm as Mesa would hold it."""


class PlainHousehold(mesa.Agent):
    """A household as Mesa would hold it."""


class PlainResident(mesa.Agent):
    """A resident as Mesa would hold it."""


COLUMNS: dict[type, tuple[type, tuple[str, ...]]] = {
    Anchor: (PlainAnchor, ("key", "kind", "cash")),
    Firm: (PlainFirm, ("key", "section", "ward", "size_class", "turnover", "quality", "cash")),
    Household: (PlainHousehold, ("key", "ward", "size", "savings", "supplier")),
    Resident: (PlainResident, ("key", "skill", "status", "pay")),
}


class Kinds:
    """The four types, in the borough and in plain Mesa."""

    def __init__(self, plain: bool) -> None:
        found = [COLUMNS[kind][0] if plain else kind for kind in COLUMNS]
        self.anchor, self.firm, self.household, self.resident = found


def plain_twin(borough: Borough) -> mesa.Model:
    """A plain Mesa model of objects with the values the agents of a borough have now."""
    model = mesa.Model(rng=1)
    for kind, (twin, names) in COLUMNS.items():
        for agent in borough.agents_by_type[kind].to_list():
            vars(twin(model)).update({name: getattr(agent, name) for name in names})
    return model


@pytest.fixture(scope="module")
def two_months_in() -> Borough:
    borough = Borough(SMALL, rng=1)
    borough.run_for(2)
    return borough


@pytest.fixture(scope="module")
def as_objects(two_months_in: Borough) -> mesa.Model:
    return plain_twin(two_months_in)


@pytest.fixture
def borough(two_months_in: Borough) -> Borough:
    return copy.deepcopy(two_months_in)


@pytest.fixture
def twin(as_objects: mesa.Model) -> mesa.Model:
    return copy.deepcopy(as_objects)


def told(value: Any) -> Any:
    """A value so that those of a borough and of plain objects can be compared: agents as keys, types by name."""
    if isinstance(value, mesa.Agent):
        return ("agent", value.key)
    if isinstance(value, type):
        return value.__name__.removeprefix("Plain")
    if isinstance(value, np.ndarray):
        return told(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {told(name): told(one) for name, one in value.items()}
    if isinstance(value, AbstractAgentSet | list | tuple | set) or hasattr(value, "groups"):
        return [told(one) for one in value]
    return value


def outcome(snippet: Callable[[Any, Kinds], Any], model: mesa.Model, kinds: Kinds) -> Any:
    """What a snippet says, or the kind of error it raises."""
    try:
        return told(snippet(model, kinds))
    except (AttributeError, ValueError, IndexError, KeyError, TypeError) as error:
        known = (AttributeError, ValueError, IndexError, KeyError, TypeError)
        return next(one.__name__ for one in known if isinstance(error, one))


def gini(values: Any) -> float:
    """As in Mesa's first tutorial."""
    x = sorted(values)
    n = len(x)
    b = sum(xi * (n - i) for i, xi in enumerate(x)) / (n * sum(x))
    return 1 + (1 / n) - 2 * b


def is_large(firm: Any) -> bool:
    return bool(firm.turnover > 10_000_00)


def is_even(agent: Any) -> bool:
    return bool(agent.ward % 2 == 0)


def more_than_none(agent: Any) -> bool:
    return bool(getattr(agent, "turnover", 0) > 0)


def more_than(agent: Any, pence: int, *, column: str = "cash") -> bool:
    return bool(getattr(agent, column) > pence)


def firms(m: Any, k: Kinds) -> Any:
    return m.agents_by_type[k.firm]


def some(m: Any, k: Kinds) -> Any:
    """A set that is not the model's own, so that it may be changed in place."""
    return firms(m, k).select(at_most=12)


def changed(name: str, *others: Any) -> Callable[[Any, Kinds], Any]:
    """A set after a method that changes it in place."""

    def snippet(m: Any, k: Kinds) -> Any:
        one = some(m, k)
        said = getattr(one, name)(*[other(m, k) for other in others])
        return [one, said]

    return snippet


def marked_in_place(m: Any, k: Kinds) -> Any:
    seen: list[Any] = []
    groups = firms(m, k).groupby("section")
    groups.do(lambda group: seen.append(len(group)))
    groups.do("do", lambda firm: seen.append(firm.key))
    return seen


SNIPPETS: dict[str, Callable[[Any, Kinds], Any]] = {
    # who is there
    "types": lambda m, k: m.agent_types,
    "by type": lambda m, k: {kind: len(agents) for kind, agents in m.agents_by_type.items()},
    "all": lambda m, k: list(m.agents),
    "len": lambda m, k: [len(m.agents), len(firms(m, k)), bool(m.agents)],
    "list": lambda m, k: m.agents.to_list(),
    "comprehension": lambda m, k: [a.savings for a in m.agents if isinstance(a, k.household)],
    "getattr default": lambda m, k: [getattr(a, "cash", None) for a in m.agents],
    "in": lambda m, k: [firms(m, k)[0] in firms(m, k), firms(m, k)[0] in m.agents_by_type[k.anchor]],
    "first": lambda m, k: firms(m, k)[0],
    "last": lambda m, k: firms(m, k)[-1],
    "slice": lambda m, k: firms(m, k)[2:9:3],
    "beyond": lambda m, k: firms(m, k)[100_000],
    "reversed": lambda m, k: list(reversed(firms(m, k))),
    "copy": lambda m, k: firms(m, k).copy(),
    "a choice is a member": lambda m, k: m.random.choice(firms(m, k)) in firms(m, k),
    "a sample": lambda m, k: len(set(m.random.sample(firms(m, k).to_list(), 5))),
    # get and agg
    "get": lambda m, k: firms(m, k).get("turnover"),
    "get several": lambda m, k: firms(m, k).get(["turnover", "quality"]),
    "get and unpack": lambda m, k: [a * b for a, b in firms(m, k).get(["section", "ward"])],
    "get tuples": lambda m, k: m.agents_by_type[k.household].get("supplier"),
    "get what is missing": lambda m, k: m.agents.get("cash"),
    "get with a default": lambda m, k: m.agents.get("cash", handle_missing="default", default_value=-1),
    "get none for it": lambda m, k: m.agents.get("cash", handle_missing="default"),
    "get several, some missing": lambda m, k: m.agents.get(["key", "cash"], "default", 0),
    "get oddly": lambda m, k: firms(m, k).get("cash", handle_missing="perhaps"),
    "sum": lambda m, k: firms(m, k).agg("turnover", sum),
    "sum of bytes": lambda m, k: m.agents_by_type[k.household].agg("size", sum),
    "min of none": lambda m, k: firms(m, k).select(at_most=0).agg("turnover", min),
    "several": lambda m, k: firms(m, k).agg("turnover", [min, max, sum, len, np.mean]),
    "mean": lambda m, k: firms(m, k).agg("size_class", statistics.mean),
    "median": lambda m, k: firms(m, k).agg("size_class", statistics.median),
    "own function": lambda m, k: firms(m, k).agg("size_class", lambda values: sum(values) / len(values)),
    "counter": lambda m, k: dict(firms(m, k).agg("ward", collections.Counter)),
    "gini": lambda m, k: gini([firm.turnover for firm in firms(m, k)]),
    "gini of get": lambda m, k: gini(firms(m, k).get("turnover")),
    "frame": lambda m, k: pd.DataFrame({n: firms(m, k).get(n) for n in ("key", "ward")}).to_dict("list"),
    # select
    "select": lambda m, k: firms(m, k).select(is_large),
    "select two": lambda m, k: firms(m, k).select(is_large, 2),
    "select a tenth": lambda m, k: firms(m, k).select(is_large, at_most=0.1),
    "select half": lambda m, k: firms(m, k).select(at_most=0.5),
    "select one": lambda m, k: firms(m, k).select(at_most=1),
    "select all": lambda m, k: firms(m, k).select(at_most=1.0),
    "select nobody": lambda m, k: firms(m, k).select(lambda firm: False),
    "select a type": lambda m, k: m.agents.select(agent_type=k.resident),
    "select of a type": lambda m, k: m.agents.select(more_than_none, 4, agent_type=k.firm),
    "select any type": lambda m, k: len(m.agents.select(agent_type=mesa.Agent)),
    "select wrongly": lambda m, k: m.agents.select(lambda a: a.cash > 0),
    "select in place": changed("select", lambda m, k: is_large, lambda m, k: 3, lambda m, k: True),
    "select and go on": lambda m, k: firms(m, k).select(is_large).sort("ward").get("ward"),
    # order
    "sort": lambda m, k: firms(m, k).sort("turnover"),
    "sort up": lambda m, k: firms(m, k).sort("ward", ascending=True),
    "sort by a function": lambda m, k: firms(m, k).sort(operator.attrgetter("size_class")),
    "sort by two": lambda m, k: firms(m, k).sort(lambda f: (f.ward, -f.turnover), ascending=True),
    "sort by text": lambda m, k: firms(m, k).sort(lambda f: f"{f.section}/{f.ward}"),
    "sort by tuples": lambda m, k: m.agents_by_type[k.household].sort("supplier"),
    "sort in place": changed("sort", lambda m, k: "ward"),
    "sort by what is missing": lambda m, k: firms(m, k).sort("age"),
    "shuffle": lambda m, k: sorted(firms(m, k).shuffle().get("key")),
    "shuffle in place": lambda m, k: sorted(some(m, k).shuffle(inplace=True).get("key")),
    # groups
    "groups": lambda m, k: firms(m, k).groupby("section"),
    "groups by a function": lambda m, k: list(firms(m, k).groupby(is_large)),
    "groups by type": lambda m, k: m.agents.groupby(type).count(),
    "groups by none": lambda m, k: firms(m, k).groupby(lambda f: None if f.ward > 3 else f.ward).count(),
    "groups of two kinds": lambda m, k: firms(m, k).groupby(lambda f: "x" if f.ward > 3 else f.ward).count(),
    "groups by pairs": lambda m, k: firms(m, k).groupby(lambda f: (f.section, f.ward)).count(),
    "groups by a tuple": lambda m, k: m.agents_by_type[k.household].groupby("supplier").count(),
    "group lists": lambda m, k: dict(firms(m, k).groupby("ward", result_type="list")),
    "group sums": lambda m, k: firms(m, k).groupby("section").agg("turnover", sum),
    "group means": lambda m, k: firms(m, k).groupby("section").agg("turnover", np.mean),
    "group sizes": lambda m, k: firms(m, k).groupby("section").map(len),
    "group method": lambda m, k: firms(m, k).groupby("section").map("get", "ward"),
    "group argument": lambda m, k: firms(m, k).groupby("ward").map(lambda g, n: len(g) + n, n=2),
    "groups in number": lambda m, k: len(firms(m, k).groupby("section")),
    "group by what is missing": lambda m, k: firms(m, k).groupby("age"),
    "group do": marked_in_place,
    # one by one
    "map": lambda m, k: firms(m, k).map(is_large),
    "map with arguments": lambda m, k: firms(m, k).map(more_than, 500_000, column="turnover"),
    "map a method": lambda m, k: firms(m, k).map("advance"),
    "map what is missing": lambda m, k: firms(m, k).map("dance"),
    "do returns the set": lambda m, k: firms(m, k).do("step").do(is_large),
    "shuffle do": lambda m, k: firms(m, k).shuffle_do("step").shuffle_do(more_than, 3, column="ward"),
    # sets
    "or": lambda m, k: some(m, k) | firms(m, k).select(at_most=15),
    "and": lambda m, k: len(some(m, k) & firms(m, k).select(is_large)),
    "minus": lambda m, k: firms(m, k) - some(m, k),
    "xor": lambda m, k: sorted(a.key for a in some(m, k) ^ firms(m, k).select(is_even)),
    "compare": lambda m, k: [some(m, k) <= firms(m, k), some(m, k) == firms(m, k), firms(m, k) == firms(m, k)],
    "disjoint": lambda m, k: m.agents_by_type[k.anchor].isdisjoint(firms(m, k)),
    "update": changed("__ior__", lambda m, k: m.agents_by_type[k.anchor]),
    "keep": changed("__iand__", lambda m, k: firms(m, k).select(is_large)),
    "drop": changed("__isub__", lambda m, k: firms(m, k).select(is_large)),
    "add": changed("add", lambda m, k: m.agents_by_type[k.anchor][0]),
    "add again": changed("add", lambda m, k: firms(m, k)[3]),
    "discard": changed("discard", lambda m, k: firms(m, k)[3]),
    "discard a stranger": changed("discard", lambda m, k: firms(m, k)[20]),
    "remove": changed("remove", lambda m, k: firms(m, k)[3]),
    "remove a stranger": changed("remove", lambda m, k: firms(m, k)[20]),
    "pop": changed("pop"),
    "clear": changed("clear"),
    # writing
    "set": lambda m, k: firms(m, k).set("quality", 0.5).get("quality"),
    "set some": lambda m, k: [firms(m, k).select(is_large).set("quality", 1.0), firms(m, k).get("quality")][1],
    "set one": lambda m, k: [setattr(firms(m, k)[4], "quality", 0.25), firms(m, k)[4].quality][1],
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_borough_answers_as_plain_mesa_does(name: str, borough: Borough, twin: mesa.Model) -> None:
    expected = outcome(SNIPPETS[name], twin, Kinds(plain=True))

    assert outcome(SNIPPETS[name], borough, Kinds(plain=False)) == expected


STEPS: dict[str, Callable[[Any], Any]] = {
    "large": lambda s: s.select(is_large),
    "few": lambda s: s.select(at_most=7),
    "most": lambda s: s.select(at_most=0.8),
    "by ward": lambda s: s.sort("ward"),
    "by quality": lambda s: s.sort(lambda firm: firm.quality, ascending=True),
    "first group": lambda s: next(iter(s.groupby("section")))[1] if len(s) else s,
    "copy": lambda s: copy.copy(s),
    "in place": lambda s: copy.copy(s).sort("size_class", inplace=True),
    "without two": lambda s: s - s.select(at_most=2) if len(s) > 2 else s,  # of nobody Mesa makes a set with a warning
}


@settings(max_examples=40, deadline=None)
@given(chain=st.lists(st.sampled_from(sorted(STEPS)), max_size=6))
def test_any_chain_of_selections_and_sorts_ends_where_mesas_does(
    chain: list[str], two_months_in: Borough, as_objects: mesa.Model
) -> None:
    ours, theirs = two_months_in.agents_by_type[Firm], as_objects.agents_by_type[PlainFirm]
    for step in chain:
        ours, theirs = STEPS[step](ours), STEPS[step](theirs)

    assert told(ours) == told(theirs)


# -- collecting


def mean_turnover(model: Any) -> float:
    kind = Firm if isinstance(model, Borough) else PlainFirm
    return float(np.mean(model.agents_by_type[kind].get("turnover")))


def sized(agent: Any, least: int, most: int) -> bool:
    return bool(least <= agent.size_class <= most)


def collector(firm: type, household: type) -> mesa.DataCollector:
    return mesa.DataCollector(
        model_reporters={"mean": mean_turnover, "time": "time", "listed": [len, ["abc"]]},
        agent_reporters={"key": "key", "cash": cash_or_none},
        agenttype_reporters={
            firm: {"turnover": "turnover", "large": is_large, "middling": [sized, [2, 4]]},
            household: {"size": "size"},
        },
        tables={"closed": ["firm", "month"]},
    )


def cash_or_none(agent: Any) -> int | None:
    return getattr(agent, "cash", None)


def frames(model: Any, firm: type, household: type) -> list[Any]:
    """All that a collector holds, but for the identities of agents."""
    collected = model.datacollector
    found = (
        collected.get_model_vars_dataframe(),
        collected.get_agent_vars_dataframe(),
        collected.get_agenttype_vars_dataframe(firm),
        collected.get_agenttype_vars_dataframe(household),
        collected.get_table_dataframe("closed"),
    )
    return [(list(one.columns), list(one.index.names), one.to_dict("list")) for one in found]


def test_a_datacollector_holds_what_it_holds_of_plain_objects(borough: Borough, twin: mesa.Model) -> None:
    borough.datacollector = collector(Firm, Household)
    twin.datacollector = collector(PlainFirm, PlainHousehold)
    twin.time = borough.time
    for model in (borough, twin):
        model.datacollector.collect(model)
        model.datacollector.add_table_row("closed", {"firm": 1, "month": 2})

    ours, theirs = frames(borough, Firm, Household), frames(twin, PlainFirm, PlainHousehold)

    assert str(ours) == str(theirs)  # as text, for not a number is not itself


def test_every_kind_of_reporter_goes_on_after_pickling(borough: Borough) -> None:
    borough.datacollector = collector(Firm, Household)
    borough.datacollector.collect(borough)
    again = pickle.loads(pickle.dumps(borough))
    for model in (borough, again):
        model.step()
        model.datacollector.collect(model)

    assert str(frames(again, Firm, Household)) == str(frames(borough, Firm, Household))
    with pytest.raises(AttributeError, match="has no attribute 'age' \\(reporter: 'years'\\)"):
        _collect(pickle.loads(pickle.dumps(_with_wrong_reporter(again))))


def _with_wrong_reporter(model: Borough) -> Borough:
    model.datacollector = mesa.DataCollector(agenttype_reporters={Firm: {"years": "age"}})
    return model


def _collect(model: Borough) -> None:
    model.datacollector.collect(model)


# -- time


class Timed:
    """What is scheduled, whatever the model is."""

    def prepare(self) -> None:
        self.log: list[tuple[str, float, int]] = []
        self.schedule_event(self.once, at=self.time + 2)
        self.schedule_event(self.soon, after=1.5)
        self.schedule_event(self.never, after=3).cancel()
        self.regular = self.schedule_recurring(self.often, Schedule(interval=2, start=self.time + 1, count=3))
        self.schedule_recurring(self.half, Schedule(interval=0.5, end=self.time + 2))

    def note(self, what: str) -> None:
        self.log.append((what, self.time, self.steps))

    def once(self) -> None:
        self.note("once")

    def soon(self) -> None:
        self.note("soon")

    def never(self) -> None:
        self.note("never")

    def often(self) -> None:
        self.note("often")

    def half(self) -> None:
        self.note("half")


class TimedBorough(Timed, Borough):
    """Of a borough."""


class TimedPlain(Timed, mesa.Model):
    """Of a plain model."""


def live(model: Any) -> list[Any]:
    """Run in every way there is; what was noted, and what was said against it."""
    model.prepare()
    model.step()
    model.run_for(2)
    model.run_until(model.time + 1.5)
    refused = []
    for wrong in ({"at": 0.0}, {"at": 99, "after": 1}, {}):
        try:
            model.schedule_event(model.once, **wrong)
        except ValueError as error:
            refused.append(str(error))
    model.regular.stop()
    model.run_for(2)
    model.step()
    with pytest.warns(RuntimeWarning, match="larger than time"):
        model.run_until(1)
    return [model.log, model.time, model.steps, refused]


def test_events_and_recurring_events_come_when_plain_mesa_has_them_come() -> None:
    borough = TimedBorough(SMALL, rng=1)

    assert live(borough) == live(TimedPlain())
    assert borough.world.month == borough.steps


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_keeps_what_is_scheduled_and_notes_it_for_itself(copied: Callable[[Any], Any]) -> None:
    borough = TimedBorough(SMALL, rng=1)
    borough.prepare()
    borough.step()
    before = list(borough.log)
    other = copied(borough)

    other.run_for(5)

    assert borough.log == before
    assert other.log[len(before) :] != []
    borough.run_for(5)
    assert other.log == borough.log
    assert other.world.canonical_hash() == borough.world.canonical_hash()
