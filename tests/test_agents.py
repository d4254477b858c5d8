"""Agents are views of rows, and their sets answer as Mesa's do."""

from __future__ import annotations

import copy
import inspect
import itertools
import pickle
from typing import Any

import numpy as np
import pytest

from cwbsim import schedule
from cwbsim.agent_columns import Column
from cwbsim.agent_sets import AgentRows
from cwbsim.agents import AGENT_TYPES, AgentError, Anchor, Firm, Household, Resident
from cwbsim.errors import UserError
from cwbsim.model import Borough
from cwbsim.scenario import Scenario


@pytest.fixture(scope="module")
def _stepped() -> Borough:
    borough = Borough(Scenario(title="t", place="wigan", scale=0.005, months=2), rng=1)
    borough.step()
    return borough


@pytest.fixture
def borough(_stepped: Borough) -> Borough:
    """A month into a run; a copy of its own for each test."""
    return copy.deepcopy(_stepped)


@pytest.fixture
def firms(borough: Borough) -> AgentRows:
    return borough.agents_by_type[Firm]


def shut(borough: Borough, row: int) -> None:
    """Close the firm of a site, as the economy does."""
    borough.world.firms.is_open[row] = False
    borough.world.firms.key[row] = 0


def is_large(agent: Any) -> bool:
    return bool(agent.turnover > 10_000_00)


# -- one agent


def test_an_agent_reads_its_row_as_python_numbers(borough: Borough) -> None:
    world = borough.world
    for kind in AGENT_TYPES:
        agent = borough.agents_by_type[kind].to_list()[3]
        block = getattr(world, kind.part)
        assert agent.unique_id == int(block.key[agent.row])
        assert (type(agent.key), agent.key) == (int, agent.unique_id)
    firm = Firm(borough, int(np.flatnonzero(world.firms.is_open)[0]))
    assert (type(firm.quality), firm.quality) == (float, float(world.firms.quality[firm.row]))
    assert firm.is_closing is False
    assert Household(borough, 2).supplier == tuple(world.households.supplier[2].tolist())


def test_an_agent_sees_the_world_as_it_is_now(borough: Borough) -> None:
    firm = borough.agents_by_type[Firm].to_list()[0]
    borough.world.firms.turnover[firm.row] = 123
    assert firm.turnover == 123


def test_firms_and_anchors_read_their_own_row_of_the_employers(borough: Borough) -> None:
    world = borough.world
    # Employers rows: F sites first, then the anchors
    n_sites = len(world.firms.key)
    assert Anchor(borough, 1).n_residents == int(world.employers.n_residents[n_sites + 1])
    firm = borough.agents_by_type[Firm].to_list()[5]
    assert firm.n_residents == int(world.employers.n_residents[firm.row]) == len(firm.staff)
    assert firm.section == int(world.firms.section[firm.row])
    assert Anchor(borough, 0).n_residents == len(Anchor(borough, 0).staff)


@pytest.mark.parametrize(
    ("kind", "name"), [(Anchor, "cash"), (Firm, "cash"), (Household, "income"), (Household, "savings")]
)
def test_money_cannot_be_written(borough: Borough, kind: Any, name: str) -> None:
    agents = borough.agents_by_type[kind]
    agent = agents.to_list()[0]
    before = borough.world.canonical_hash()
    with pytest.raises(AgentError, match="money moves only through the ledger"):
        setattr(agent, name, getattr(agent, name) + 100)
    with pytest.raises(AgentError, match="money moves only through the ledger"):
        agents.set(name, 100)
    assert borough.world.canonical_hash() == before


def test_every_purse_of_the_ledger_is_among_the_columns_that_cannot_be_written(borough: Borough) -> None:
    ledger = borough.world.ledger
    purses = [*ledger.cash.values(), *ledger.kept.values()]
    refused = 0
    for kind in AGENT_TYPES:
        for column in [one for one in vars(kind).values() if isinstance(one, Column)]:
            array = column.array(borough.world)
            if any(array is purse for purse in purses):
                refused += 1
                with pytest.raises(AgentError, match="ledger"):
                    column.checked(borough.world, 0)
    assert refused == len(purses) == 4


def test_other_columns_can_be_written_and_the_month_goes_on(borough: Borough) -> None:
    firm = borough.agents_by_type[Firm].to_list()[0]
    firm.quality = 0.75
    assert borough.world.firms.quality[firm.row] == 0.75
    household = Household(borough, 0)
    household.supplier = (-1,) * len(household.supplier)
    assert borough.world.households.supplier[0].tolist() == [-1] * 12
    borough.step()


def phase_columns(which: str) -> set[str]:
    """All that the phases of a month say they read, or write."""
    found: set[str] = set()
    for phase in schedule.MONTH:
        _, _, rest = (inspect.getdoc(phase) or "").partition("\nReads ")
        reads, _, writes = rest.partition("\nWrites ")
        found |= {one.strip() for one in (reads if which == "Reads" else writes).replace("\n", " ").split(",")}
    return found


def columns_of(kind: Any) -> dict[str, Column]:
    return {name: one for name, one in vars(kind).items() if isinstance(one, Column)}


@pytest.mark.parametrize("kind", AGENT_TYPES)
def test_what_can_be_written_is_read_by_the_month_and_the_reason_is_given_for_the_rest(kind: Any) -> None:
    reads, writes = phase_columns("Reads"), phase_columns("Writes")
    for name, column in columns_of(kind).items():
        full, (reason, _) = f"{column.part}.{column.name}", column.why_not()
        if name in kind.writable:
            assert reason == ""
            assert full in reads, f"{full} can be written, and no phase reads it"
        elif "what a month makes of it" in reason:
            assert full in writes, f"{full}: no phase writes over it"
        elif "not read again" in reason:
            assert full not in reads
    assert set(kind.writable) <= set(columns_of(kind))


@pytest.mark.parametrize("kind", AGENT_TYPES)
def test_whatever_is_written_the_books_close(borough: Borough, kind: Any) -> None:
    agents = borough.agents_by_type[kind]
    rng = np.random.default_rng(3)
    for name, (low, high) in kind.writable.items():
        values = agents.get(name)
        if name == "supplier":
            values[:: 2] = -2  # half of them shop elsewhere
        elif high <= 255:
            values = np.where(rng.random(values.shape) < 0.5, low, high if high < 20 else 6.0).astype(values.dtype)
        else:
            values = (values * rng.choice([0.5, 2.0], values.shape)).clip(max(low, 0), high).astype(values.dtype)
        assert agents.set(name, values) is agents
        assert agents.get(name).tolist() == values.tolist()
    for _ in range(4):
        borough.step()


def test_money_for_agents_comes_through_the_ledger_and_the_books_close(borough: Borough) -> None:
    firms = borough.agents_by_type[Firm]
    before = firms.get("cash")
    grants = np.zeros(len(borough.world.firms.cash), np.int64)
    grants[[one.row for one in firms[:3]]] = 500_00

    def grant() -> None:
        borough.world.ledger.pay("grant", "treasury", int(grants.sum()), ("firms", grants))

    grant()  # between months: it belongs to neither, and only the balances move
    assert (firms.get("cash") - before).tolist()[:4] == [500_00] * 3 + [0]
    borough.step()
    assert borough.run.balances(2).sum() == borough.run.balances(1).sum()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ownership", 1.5, "values of type int8"),
        ("ownership", 400, "values of type int8"),
        ("ownership", "co-op", "values of type int8"),
        ("ownership", 3, "allowed: 0 to 2"),
        ("ownership", [1, 2], "2 values for one agent"),
        ("quality", "good", "values of type float64"),
        ("quality", 1.01, "allowed: 0 to 1"),
        ("quality", float("nan"), "allowed: 0 to 1"),
        ("section", 3, "it is of the place"),
        ("contract_load", 0, "kept in step with other columns"),
        ("turnover", 0, "the next would write over it"),
        ("wanted", 3, "the next would write over it"),
        ("key", 1, "says who the agent is"),
        ("is_open", False, "follows from the state"),
        ("owner", None, "follows from the state"),
        ("unique_id", 1, "follows from the state"),
        ("qualty", 0.5, "did you mean 'quality'"),
    ],
)
def test_what_a_row_cannot_hold_is_refused(borough: Borough, name: str, value: Any, said: str) -> None:
    firm = borough.agents_by_type[Firm].to_list()[0]
    before = borough.world.canonical_hash()
    with pytest.raises(AgentError, match=said):
        setattr(firm, name, value)
    assert borough.world.canonical_hash() == before


def test_agents_are_the_same_if_type_row_and_key_are(borough: Borough) -> None:
    assert Household(borough, 3) == Household(borough, 3)
    assert len({Household(borough, 3), Household(borough, 3), Household(borough, 4)}) == 2
    assert Household(borough, 3) != Resident(borough, 3)
    assert Household(borough, 3) != Household(copy.deepcopy(borough), 3)


def test_unique_ids_are_unique_over_all_types(borough: Borough) -> None:
    ids = borough.agents.get("unique_id")
    assert len(np.unique(ids)) == len(borough.agents)


def test_people_homes_and_work_lead_to_each_other(borough: Borough) -> None:
    world = borough.world
    for home in borough.agents_by_type[Household].to_list()[:50]:
        assert all(one.household == home for one in home.residents)
    n_sites, n_anchors = len(world.firms.key), len(world.anchors.key)
    for person in borough.agents_by_type[Resident]:
        row = int(world.residents.employer[person.row])
        if 0 <= row < n_sites:
            assert person.employer == Firm(borough, row)
        elif n_sites <= row < n_sites + n_anchors:
            assert person.employer == Anchor(borough, row - n_sites)
        else:
            assert person.employer is None
    for firm in borough.agents_by_type[Firm]:
        row = int(world.firms.owner[firm.row])
        assert firm.owner == (Household(borough, row) if row >= 0 else None)
    assert Anchor(borough, 0).name == "council"


def test_a_firm_that_closes_stops_answering_and_its_successor_is_another(borough: Borough) -> None:
    firm = borough.agents_by_type[Firm].to_list()[0]
    shut(borough, firm.row)
    assert (firm.exists, firm.is_open) == (False, False)
    with pytest.raises(AgentError, match=f"Firm {firm.unique_id} has closed"):
        _ = firm.turnover
    with pytest.raises(AgentError, match="has closed"):
        firm.quality = 0.5
    borough.world.firms.is_open[firm.row] = True
    borough.world.firms.key[firm.row] = 99
    assert not firm.exists
    assert Firm(borough, firm.row) != firm
    assert Firm(borough, firm.row).unique_id == 99


def test_vacant_premises_are_not_an_agent(borough: Borough) -> None:
    row = borough.agents_by_type[Firm].to_list()[0].row
    shut(borough, row)
    assert row not in [one.row for one in borough.agents_by_type[Firm]]
    with pytest.raises(AgentError, match="vacant"):
        Firm(borough, row)
    with pytest.raises(UserError, match="there is no Firm in row 100000"):
        Firm(borough, 100_000)


# -- sets (beside plain Mesa: test_beside_mesa.py)


def keys(agents: Any) -> list[int]:
    return [agent.key for agent in agents]


def test_adding_up_a_narrow_column_does_not_overflow(borough: Borough) -> None:
    homes = borough.agents_by_type[Household]
    people = sum(borough.world.households.size.tolist())
    assert people > 127  # more than the int8 of the column holds
    assert homes.agg("size", sum) == people
    assert type(homes.agg("size", sum)) is int
    assert sum(homes.get("size")) == people


def test_a_mask_selects_as_the_predicate_does(firms: AgentRows) -> None:
    mask = firms.get("turnover") > 10_000_00
    assert 0 < mask.sum() < len(firms)
    assert keys(firms.select(mask)) == keys(firms.select(is_large))
    assert keys(firms.select(mask, at_most=2)) == keys(firms.select(is_large))[:2]
    with pytest.raises(UserError, match=rf"\({len(firms)},\) truth values"):
        firms.select(mask[1:])


def test_a_group_is_a_set_found_by_name(firms: AgentRows) -> None:
    groups = firms.groupby("section")
    retail = groups.get_group(6)
    assert set(retail.get("section").tolist()) == {6}
    assert groups.do("set", "quality", 0.5) is groups
    assert set(firms.get("quality").tolist()) == {0.5}
    with pytest.raises(UserError, match="unknown group 'G'"):
        groups.get_group("G")


def test_do_and_map_call_functions_and_methods(borough: Borough, firms: AgentRows) -> None:
    seen: list[int] = []

    def see(agent: Any, extra: int) -> None:
        seen.append(agent.key + extra)

    assert firms.do(see, 1) is firms
    assert seen == [key + 1 for key in keys(firms)]
    seen.clear()
    assert firms.shuffle_do(see, extra=0) is firms
    assert sorted(seen) == sorted(keys(firms))
    assert firms.map(is_large) == [is_large(one) for one in firms]
    assert borough.agents_by_type[Anchor].map("__repr__")[0].startswith("<Anchor ")


def test_shuffle_loses_nobody_and_is_repeatable(borough: Borough) -> None:
    other = copy.deepcopy(borough)
    first, second = (one.agents_by_type[Resident].shuffle().get("key") for one in (borough, other))
    assert first.tolist() == second.tolist()
    in_order = borough.agents_by_type[Resident].get("key")
    assert first.tolist() != in_order.tolist()
    assert sorted(first.tolist()) == sorted(in_order.tolist())


# -- sets


def test_set_writes_one_value_or_one_an_agent(borough: Borough, firms: AgentRows) -> None:
    assert firms.set("quality", 0.5) is firms
    assert set(firms.get("quality").tolist()) == {0.5}
    values = np.linspace(0, 1, len(firms))
    backwards = firms.sort("key")
    backwards.set("quality", values)
    assert backwards.get("quality").tolist() == values.tolist()
    with pytest.raises(AgentError, match=f"2 values for {len(firms)} agents"):
        firms.set("quality", [0.1, 0.2])
    with pytest.raises(AgentError, match="no column 'is_open'"):
        firms.set("is_open", False)


def test_values_go_to_their_agents_where_types_alternate(borough: Borough) -> None:
    keys = _employer_keys(borough)
    employers = borough.agents.select(np.isin(borough.agents.get("unique_id"), keys)).sort("key")
    kinds = employers.map(type)
    assert sum(one is not other for one, other in itertools.pairwise(kinds)) > 1
    levels = np.arange(len(employers) * 3).reshape(-1, 3) / 10
    employers.set("log_pay", levels)
    assert employers.get("log_pay").tolist() == levels.tolist()
    assert [one.log_pay for one in employers] == [tuple(one) for one in levels.tolist()]


def _employer_keys(borough: Borough) -> list[int]:
    """Keys of the anchors and of a few firms on either side of theirs, so that sorting by key mixes them."""
    anchors = borough.world.anchors.key.tolist()
    firms = borough.agents_by_type[Firm].to_list()[:6]
    for firm, anchor in zip(firms, anchors, strict=True):  # keys a hand's breadth from an anchor's
        borough.world.firms.key[firm.row] = anchor + 1
    return [key for anchor in anchors for key in (anchor, anchor + 1)]


def test_set_leaves_vacant_premises_alone(borough: Borough, firms: AgentRows) -> None:
    row = firms.to_list()[0].row
    shut(borough, row)
    firms.set("quality", 0.123)
    assert borough.world.firms.quality[row] != 0.123


def test_a_set_that_cannot_be_written_whole_is_not_written_at_all(borough: Borough) -> None:
    some = borough.agents.select(agent_type=Anchor) | borough.agents_by_type[Household].select(at_most=2)
    before = borough.world.canonical_hash()
    with pytest.raises(AgentError):
        some.set("council_tax_share", 0.1)  # households have none
    assert borough.world.canonical_hash() == before


def test_all_agents_together_answer_for_what_they_share(borough: Borough) -> None:
    everyone = borough.agents
    world = borough.world
    blocks = (
        world.anchors.key,
        world.firms.key[world.firms.is_open],
        world.households.key,
        world.residents.key,
    )
    assert everyone.get("key").tolist() == np.concatenate(blocks).tolist()
    with pytest.raises(AttributeError, match="Household has no attribute 'cash'"):
        everyone.get("cash")
    cash = everyone.get("cash", handle_missing="default", default_value=0)
    assert cash.sum() == world.anchors.cash.sum() + world.firms.cash[world.firms.is_open].sum()
    assert len(everyone.select(agent_type=Resident)) == len(world.residents.key)
    assert everyone.groupby(type).count() == {k: len(s) for k, s in borough.agents_by_type.items()}


def test_get_follows_navigation_and_methods_as_getattr_does(borough: Borough) -> None:
    people = borough.agents_by_type[Resident].select(at_most=20)
    assert people.get("household").tolist() == [one.household for one in people]
    assert people.get("household_row").tolist() == borough.world.residents.household[:20].tolist()
    assert borough.agents_by_type[Anchor].get("name").tolist() == list(borough.world.fixed.anchor_names)


def test_the_agents_of_a_borough_are_live_and_a_selection_only_loses(borough: Borough) -> None:
    live = borough.agents_by_type[Firm]
    kept = live.copy()
    n = len(live)
    first, second = live.to_list()[:2]
    shut(borough, first.row)
    assert (len(live), len(kept)) == (n - 1, n - 1)
    borough.world.firms.is_open[first.row] = True
    borough.world.firms.key[first.row] = 99
    assert (len(live), len(kept)) == (n, n - 1)
    newcomer = Firm(borough, first.row)
    assert (newcomer in live, newcomer in kept, first in live) == (True, False, False)
    assert second in kept
    assert live.count() == n


def test_what_get_returns_is_a_copy(borough: Borough, firms: AgentRows) -> None:
    before = borough.world.canonical_hash()
    firms.get("cash")[:] = 0
    firms.get(["cash", "quality"])["cash"][:] = 0
    borough.agents_by_type[Household].get("savings")[:] = 0
    assert borough.world.canonical_hash() == before


def test_sets_can_be_joined_and_members_added_and_left_out(borough: Borough) -> None:
    homes = borough.agents_by_type[Household]
    one, two = homes.select(at_most=3), homes.select(np.isin(np.arange(len(homes)), [2, 3]))
    assert [a.row for a in one & two] == [2]
    assert sorted(a.row for a in one | two) == [0, 1, 2, 3]
    assert [a.row for a in one - two] == [0, 1]
    assert len(one & borough.agents_by_type[Anchor]) == 0
    assert (one & borough.agents_by_type[Anchor]).get("key").tolist() == []
    one.add(Household(borough, 7))
    one.discard(Household(borough, 0))
    one.remove(Household(borough, 1))
    assert [a.row for a in one] == [2, 7]
    with pytest.raises(KeyError):
        one.remove(Household(borough, 0))
    with pytest.raises(UserError, match="rows of its world"):
        homes.discard(Household(borough, 0))
    with pytest.raises(UserError, match="not an agent of this borough"):
        one.add(Household(copy.deepcopy(borough), 0))


def test_changing_a_set_in_place_leaves_the_borough_its_agents(borough: Borough, firms: AgentRows) -> None:
    n = len(firms)
    assert firms.select(at_most=3, inplace=True) is firms
    assert firms.sort("key", ascending=True, inplace=True) is firms
    assert firms.get("key").tolist() == sorted(firms.get("key").tolist())
    assert firms.shuffle(inplace=True) is firms
    assert (len(firms), len(borough.agents_by_type[Firm])) == (3, n)


def test_an_empty_set_answers(borough: Borough, firms: AgentRows) -> None:
    none = firms.select(np.zeros(len(firms), bool))
    assert (len(none), none.to_list(), none.get("cash").tolist()) == (0, [], [])
    assert none.groupby("section").count() == {}
    assert none.agg("cash", sum) == 0
    assert none.shuffle().sort("cash").map(is_large) == []


def test_agents_and_sets_pickle(borough: Borough, firms: AgentRows) -> None:
    firm, few = pickle.loads(pickle.dumps((firms.to_list()[0], firms.select(at_most=3))))
    assert firm.turnover == firms.to_list()[0].turnover
    assert firm in few
    assert few.get("key").tolist() == firms.get("key").tolist()[:3]


def test_only_positions_and_slices_are_in_brackets(firms: AgentRows) -> None:
    assert firms[0] == firms.to_list()[0]
    assert firms[-3:] == firms.to_list()[-3:]
    for wrong in ("cash", True, [0, 1], firms.get("cash") > 0):
        with pytest.raises(TypeError, match=r"\.select\(mask\)"):
            firms[wrong]


def test_a_closed_firm_is_in_no_copy_and_its_shop_may_not_be_chosen(borough: Borough) -> None:
    shop = next(one for one in borough.agents_by_type[Firm] if one.trade == 4)
    other = next(one for one in borough.agents_by_type[Firm] if one.trade not in (-1, 4))
    home = Household(borough, 0)
    choices = list(home.supplier)
    choices[4] = shop.row
    home.supplier = choices
    assert home.supplier[4] == shop.row
    choices[4] = other.row
    with pytest.raises(AgentError, match=f"site {other.row} is no open shop for category 4"):
        home.supplier = choices
    shut(borough, shop.row)
    choices[4] = shop.row
    with pytest.raises(AgentError, match=f"site {shop.row} is no open shop for category 4"):
        home.supplier = choices
    borough.agents_by_type[Household].set("supplier", -1)
    assert set(borough.world.households.supplier.ravel().tolist()) == {-1}
