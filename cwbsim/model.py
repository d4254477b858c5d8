"""Borough: the same world and schedule as ``simulate``, the Mesa way."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path
from typing import Any, Never

import mesa
import numpy as np

from cwbsim.agent_reporters import make_picklable
from cwbsim.agent_sets import AgentRows
from cwbsim.agents import AGENT_TYPES, AgentView, Anchor, Firm, Household, Resident, not_by_hand
from cwbsim.errors import UserError
from cwbsim.levers import Lever
from cwbsim.outcomes import OUTCOMES
from cwbsim.record import Recorder, Run
from cwbsim.scenario import Scenario, load_scenario
from cwbsim.scenario_changes import changed
from cwbsim.seed import checked_seed
from cwbsim.simulation import FAULTS, build_world, find_fault, run_month
from cwbsim.world import World

__all__ = ["Anchor", "Borough", "Firm", "Household", "Resident"]


class Borough(mesa.Model):  # type: ignore[misc]
    """A borough to step month by month, and to look at as a Mesa model.

    Its state is that of ``simulate`` after as many months, bit for bit: Mesa's generators are never used.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to simulate; a path to a file, or a name from the library ("wigan/baseline").
    rng : int, optional
        The seed; the scenario's own if left out.
    **changes
        Figures of the scenario to replace, ``scale=0.1`` or, as ``mesa.batch_run`` would give it,
        ``**{"levers.social_value_weight.weight": 0.2}``.

    Attributes
    ----------
    world : World
        The state, columns and all.
    datacollector : mesa.DataCollector
        Holds the headline outcomes of every month. Put your own in its place, and call its ``collect`` yourself.
        Reporters may be names of outcomes.
    running : bool
        False when the months of the scenario are done; stepping on is allowed.
    time : float
        Months done.

    Raises
    ------
    UserError
        If the scenario is not one, a change is not allowed, or the seed is not a whole number in range.

    Examples
    --------
    >>> from cwbsim.model import Borough, Firm
    >>> borough = Borough("wigan/baseline", rng=1, scale=0.005)
    >>> borough.run_for(3)
    >>> borough.agents_by_type[Firm].groupby("section").count()[6] > 0
    True
    """

    world: World

    def __init__(self, scenario: Scenario | str | Path, rng: int | None = None, **changes: Any) -> None:
        chosen = _changed(_scenario(scenario), changes)
        seed = chosen.seed if rng is None else checked_seed(rng, "rng")
        super().__init__(rng=seed)
        self._scenario = chosen
        if chosen.neighbours:
            raise UserError(
                f"a Borough is one borough, the scenario has {len(chosen.neighbours)} neighbours",
                "neighbours",
                mend="simulate(scenario) runs several; or Borough(scenario.model_copy(update={'neighbours': ()}))",
            )
        self.world = build_world(chosen, seed)
        self.world.recorder = Recorder(self.world, chosen.months)
        headlines = [name for name, one in OUTCOMES.items() if one.headline and not one.breakdown]
        self.datacollector = mesa.DataCollector(model_reporters={name: name for name in headlines})
        self._collected_here = self.datacollector

    def step(self) -> None:
        """Run one month.

        Raises
        ------
        BooksError
            If a penny is missing: the months are played once more from the scenario to name the phase.
        """
        _make_room(self.world.recorder)
        try:
            run_month(self.world)
        except FAULTS as fault:
            again = build_world(self._scenario, self.world.seed)
            raise find_fault(fault, [again], partial(run_month, again), self.world.month) from fault
        self.running = self.world.month < self._scenario.months
        if self.datacollector is self._collected_here:
            self.datacollector.collect(self)

    @property
    def scenario(self) -> Scenario:
        """What is simulated."""
        return self._scenario

    @scenario.setter
    def scenario(self, scenario: object) -> None:
        if "world" in vars(self):
            raise UserError("the scenario of a borough cannot be changed", mend="Borough(another_scenario)")
        # Mesa's own scenario, which it makes while the model is born, is of no use here

    @property
    def levers(self) -> tuple[Lever, ...]:
        """The policies of the scenario; each starts and ends when it says itself."""
        return self._scenario.levers

    @levers.setter
    def levers(self, levers: object) -> None:
        raise UserError(
            "the levers of a borough cannot be changed: what is recorded would no longer be what the scenario says",
            mend="give a lever its start_month, end_month and ramp_months, and make Borough(scenario, levers=...)",
        )

    @property
    def run(self) -> Run:
        """What has been recorded so far, as ``simulate`` would return it."""
        return Run(self._scenario, self.world.seed, self.world)

    def outcomes(self, name: str, **label: str) -> float | np.ndarray:
        """Return the latest value of an outcome.

        Parameters
        ----------
        name : str
        **label : str
            Breakdown and label, ``section="F"``.

        Returns
        -------
        float, or ndarray of float64 with one value a label
            Not a number before the first month.

        Raises
        ------
        UserError
            If there is no such outcome, breakdown or label; the nearest known one is named.
        """
        series = self.run.series(name, **label)
        latest = series[-1] if series.shape[0] else np.full(series.shape[1:], np.nan)
        return np.asarray(latest) if latest.ndim else float(latest)

    def __getattr__(self, name: str) -> Any:
        if name in OUTCOMES:
            return self.outcomes(name)
        raise AttributeError(
            f"{type(self).__name__} has no attribute and no outcome {name!r}", name=name, obj=self
        )

    def __repr__(self) -> str:
        world = self.world
        return f"<{type(self).__name__} {world.fixed.place}, month {world.month}: {self.agents.who()}>"

    # -- agents
    @property
    def agents(self) -> AgentRows:
        """All agents: anchors, open firms, households, residents."""
        return AgentRows.live(self, AGENT_TYPES)

    @agents.setter
    def agents(self, agents: object) -> None:
        raise not_by_hand("agents cannot be set")

    @property
    def agent_types(self) -> list[type[AgentView]]:
        """Anchor, Firm, Household, Resident."""
        return list(AGENT_TYPES)

    @property
    def agents_by_type(self) -> dict[type[AgentView], AgentRows]:
        """Sets of agents by type."""
        return {kind: AgentRows.live(self, (kind,)) for kind in AGENT_TYPES}

    def register_agent(self, agent: object) -> Never:
        """Raise: a borough has no agents but its own.

        Raises
        ------
        UserError
            Always.
        """
        raise not_by_hand(f"a {type(agent).__name__} cannot be added")

    def deregister_agent(self, agent: object) -> Never:
        """Raise, as ``agent.remove``.

        Raises
        ------
        UserError
            Always.
        """
        raise not_by_hand(f"{agent!r} cannot be removed")

    def remove_all_agents(self) -> Never:
        """Raise: agents come and go by the economy alone.

        Raises
        ------
        UserError
            Always.
        """
        raise not_by_hand("agents cannot be removed")

    # -- copies
    def __getstate__(self) -> dict[str, Any]:
        make_picklable(vars(self).get("datacollector"))
        return dict(vars(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Borough:
        shared = (self.world.fixed, self.world.parameters, self.world.levers, self._scenario)
        memo.update({id(one): one for one in shared})  # none of them ever changes
        new = type(self).__new__(type(self))
        memo[id(self)] = new
        for name, value in vars(self).items():
            new.__dict__[name] = copy.deepcopy(value, memo)
        return new

    def __copy__(self) -> Borough:
        return copy.deepcopy(self)


def _scenario(given: object) -> Scenario:
    if isinstance(given, Scenario):
        return given
    if isinstance(given, str | Path):
        return load_scenario(given)
    raise UserError(
        f"the scenario is {given!r}",
        allowed="a Scenario, the path of a scenario file, or a name from the library",
        mend="mesa.batch_run walks through a tuple or dict: put it in a list",
    )


def _changed(scenario: Scenario, changes: dict[str, Any]) -> Scenario:
    for name in ("levers", "parameters"):
        if isinstance(changes.get(name), str):
            raise UserError(
                f"{name} is {changes[name]!r}",
                mend=f"mesa.batch_run walks through a dict: {{{name!r}: [{{...}}]}} keeps it whole",
            )
    return changed(scenario, changes) if changes else scenario


def _make_room(recorder: Recorder) -> None:
    """Double the months a recorder can hold, if it is full."""
    held = recorder.flows.shape[0]
    if recorder.n_months < held:
        return
    recorder.flows = np.concatenate((recorder.flows, np.zeros_like(recorder.flows)))
    recorder.balances = np.concatenate((recorder.balances, np.zeros_like(recorder.balances[1:])))
    for name, kept in recorder.values.items():
        recorder.values[name] = np.concatenate((kept, np.full_like(kept, np.nan)))
