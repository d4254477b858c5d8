"""Uncertainty: distributions by hand, variance that divides as it was put together, drivers that are found."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from cwbsim.analysis.distributions import (
    Pert,
    latin_hypercube,
    uncertain_figures,
    uncertain_parameters,
    with_drawn,
)
from cwbsim.analysis.kept import Measure
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.uncertainty import uncertainty, variance_components
from cwbsim.cli import main
from cwbsim.errors import UserError
from cwbsim.levers import LEVERS
from cwbsim.parameters import load_parameters
from cwbsim.report.uncertainty_page import uncertainty_text
from cwbsim.simulation import simulate
from tests.boroughs import scenario

MEASURES = {
    "jobs": Measure("jobs", "jobs", "jobs", "stock", True),
    "local_spend": Measure("local_spend", "£", "spend", "flow", True),
}
DRIVER = "procurement.transfer_share"


def test_a_pert_distribution_has_its_mean_and_its_ends():
    one = Pert("x", 0.0, 1.0, 5.0)

    # mean (0 + 4 x 1 + 5) / 6 = 1.5; shapes 1 + 4 x 1/5 = 1.8 and 1 + 4 x 4/5 = 4.2
    assert one.mean == 1.5
    assert one.shapes == pytest.approx((1.8, 4.2))
    even = (np.arange(20_000) + 0.5) / 20_000
    drawn = one.quantile(even)
    assert drawn.mean() == pytest.approx(1.5, abs=1e-3)
    assert 0.0 <= drawn.min() < drawn.max() <= 5.0
    assert (np.diff(drawn) > 0).all()


def test_a_mode_at_the_end_of_the_range_is_allowed():
    drawn = Pert("x", 0.0, 0.0, 1.0).quantile(np.array([0.0, 0.5, 1.0]))

    assert drawn[0] == 0.0
    assert drawn[2] == 1.0


def test_every_draw_covers_its_own_twentieth_of_each_distribution():
    some = uncertain_parameters(("labour",))
    draws = latin_hypercube(some, 20, 1)

    edges = np.arange(21) / 20
    for i, one in enumerate(some):
        count, _ = np.histogram(draws[:, i], one.quantile(edges))
        assert (count == 1).all(), one.name


def test_every_parameter_with_a_range_is_uncertain_and_no_other():
    drawn = {one.name for one in uncertain_parameters()}
    rows = load_parameters().rows()

    assert drawn == {str(row["name"]) for row in rows if row["low"] < row["high"]}
    assert DRIVER in drawn


def test_a_parameter_nobody_knows_or_that_is_certain_is_refused():
    with pytest.raises(UserError, match="procurement"):
        uncertain_parameters(("procurment",))
    certain = next(str(row["name"]) for row in load_parameters().rows() if row["low"] == row["high"])
    with pytest.raises(UserError, match="certain"):
        uncertain_parameters((certain,))


def test_variance_divides_into_luck_and_parameters():
    # Draws 0 and 10 with seeds 1 either way: within (1 + 1) / 1 = 2; between means 50; less 2 / 2: 49.
    assert variance_components(np.array([[-1.0, 1.0], [9.0, 11.0]])) == (2.0, 49.0)
    assert variance_components(np.array([[1.0, 3.0], [3.0, 1.0]])) == (2.0, 0.0)


def made_up(one, seed):
    """A policy whose effect on jobs is 100 x one parameter and luck of -1 or +1; spend is luck alone."""
    value = load_parameters(one.parameters).figure(DRIVER).value
    luck = 1.0 if seed % 2 else -1.0
    effect = (100.0 * value + luck, 5.0 * luck) if one.levers else (0.0, 0.0)
    rows = [(month, name, value) for month in range(1, 13) for name, value in zip(MEASURES, effect, strict=True)]
    frame = pd.DataFrame(rows, columns=["month", "outcome", "value"]).assign(unit="", section="")
    return SimpleNamespace(outcomes=MEASURES, to_frame=lambda: frame, canonical_hash=lambda: f"{seed}-{effect}")


@pytest.fixture(scope="module")
def found():
    policy = scenario("wigan/social_value_20", months=12)
    return uncertainty(scenario(months=12), policy, 24, 2, workers=1, progress=False, simulate=made_up)


def test_the_parameter_that_decides_is_found_and_the_rest_is_not(found):
    drivers = found.drivers("jobs")

    assert drivers["parameter"][0] == DRIVER
    assert drivers["rank_correlation"][0] > 0.99
    assert drivers["decides"].tolist() == [True] + [False] * (len(drivers) - 1)
    assert not found.drivers("local_spend")["decides"].any()


def test_what_is_luck_alone_is_said_to_be(found):
    spread = found.spread().set_index("outcome")

    assert spread["luck"]["local_spend"] == 1.0
    values = found.draws[:, [one.name for one in found.distributions].index(DRIVER)]
    between = (100 * values).var(ddof=1)  # luck of the two seeds cancels in each draw's mean: -1 + 1
    assert spread["luck"]["jobs"] == pytest.approx(2.0 / (2.0 + between - 1.0))
    assert spread["luck_low"]["jobs"] <= spread["luck"]["jobs"] <= spread["luck_high"]["jobs"]
    assert "* procurement.transfer_share" in uncertainty_text(found)


def test_with_few_draws_nothing_is_starred_and_the_share_of_luck_is_not_told(found):
    few, enough = (
        replace(found, draws=found.draws[:n], differences={name: x[:n] for name, x in found.differences.items()})
        for n in (15, 16)
    )

    drivers, spread = few.drivers("jobs"), few.spread().set_index("outcome")
    assert not drivers["decides"].any()
    assert drivers[["low", "high"]].isna().all(axis=None)
    assert spread[["luck", "luck_low", "luck_high", "parameters"]].isna().all(axis=None)
    said = uncertainty_text(few)
    assert "Only 15 draws" in said
    assert "*" not in said
    told = json.loads(json.dumps(few.to_json_dict(), allow_nan=False))
    assert told["drivers"]["jobs"][0]["low"] is None
    assert enough.drivers("jobs")["decides"][0]
    assert "Only" not in uncertainty_text(enough)


def test_assumed_figures_of_the_policys_levers_are_named_as_not_drawn(found):
    help_to_bid = LEVERS["encourage_local_firms"](budget_a_year=100_000.0, awareness=1.5)
    policy = scenario(months=12, title="help", levers=(help_to_bid, LEVERS["shared_anchor_commitment"](adherence=0.5)))
    one = replace(found, policy=policy)

    told = one.to_json_dict()["not_drawn"]
    assert told["encourage_local_firms.awareness"] == 1.5
    assert told["shared_anchor_commitment.adherence"] == 0.5
    # agreed weight is measured (Preston and Manchester), months are a definition
    assert not {"shared_anchor_commitment.weight", "encourage_local_firms.start_month"} & set(told)
    said = " ".join(uncertainty_text(one).split())
    assert "Not drawn, for they are the policy" in said
    assert "encourage_local_firms.awareness 1.5" in said


def test_a_study_that_was_stopped_goes_on_from_its_store(tmp_path):
    ran = []

    def stops(one, seed):
        if len(ran) == 9:
            raise KeyboardInterrupt
        return counts(one, seed)

    def counts(one, seed):
        ran.append(seed)
        return made_up(one, seed)

    def study(how, store):
        policy = scenario("wigan/social_value_20", months=12)
        return uncertainty(scenario(months=12), policy, 4, 2, workers=1, progress=False, simulate=how, store=store)

    stops.__qualname__ = counts.__qualname__ = "counts"  # the same runs, for a store
    with RunStore(tmp_path / "r.sqlite") as store:
        with pytest.raises(KeyboardInterrupt):
            study(stops, store)
        assert len(store) == 8  # four whole pairs; a half one is done again
        study(counts, store)

    assert len(ran) == 9 + 8  # 16 runs, one of them twice


def test_what_a_scenario_sets_is_not_drawn():
    changes = {"months": 12, "parameters": {DRIVER: 0.9}}
    policy = scenario("wigan/social_value_20", **changes)

    one = uncertainty(scenario(**changes), policy, 4, 1, workers=1, progress=False, simulate=made_up)

    assert DRIVER not in {each.name for each in one.distributions}


def test_the_command_leaves_every_draw_and_a_picture(tmp_path):
    (tmp_path / "p.toml").write_text('title = "p"\nscale = 0.002\nmonths = 3\n[levers.social_value_weight]\nweight = 0.3\n')
    (tmp_path / "b.toml").write_text('title = "b"\nscale = 0.002\nmonths = 3\n')
    out = tmp_path / "u"
    told = CliRunner().invoke(
        main,
        ["uncertainty", str(tmp_path / "b.toml"), str(tmp_path / "p.toml"), "--draws", "4", "--seeds", "1", "--workers", "1",
         "--parameters", "procurement.transfer_share,labour", "--out", str(out), "--json", "--quiet"],
    )  # fmt: skip

    assert told.exit_code == 0, told.output
    asked = json.loads(told.stdout)
    assert asked["draws"] == 4
    assert {"draws.csv", "differences.csv", "drivers.csv", "drivers.png", "spread.csv"} <= {p.name for p in out.iterdir()}
    assert pd.read_csv(out / "draws.csv")[DRIVER].nunique() == 4


#: What the specification says dominates, and by which names it is drawn.
DOMINANT = {
    "influenceable share": ("anchors.council.influenceable_share",),
    "turnover of the book": ("contract_book.value_to_12_months", "contract_book.value_to_60_months"),
    "local suppliers' cost gap": ("anchors.council.local_share", "firms.unit_cost_spread"),  # the gap is solved for the share
    "local suppliers' readiness": ("procurement.readiness_cost",),
    "jobs that transfer": ("procurement.transfer_share",),
    "jobs on site already": ("procurement.on_site_position",),
    "leakage of what firms buy": ("flq_delta",),
    "leakage to owners": ("places.owned_elsewhere_factor",),
    "crowding out": ("labour.wage_curve_elasticity", "firms.export_price_elasticity", "firms.usual_use_of_capacity"),
    "delivery of promises": ("procurement.delivery_unmonitored", "procurement.delivery_monitored"),
}


def dominant():
    known = {one.name: one for one in uncertain_parameters(figures=uncertain_figures(scenario()))}
    return [(why, known[name]) for why, names in DOMINANT.items() for name in names]


def test_what_dominates_the_answer_is_drawn_and_each_of_it_moves_a_run():
    policy = scenario("wigan/weight_without_monitoring", months=4)
    usual = simulate(policy, 1).to_frame()

    for why, one in dominant():
        ends = (simulate(with_drawn(policy, {one.name: end}), 1).to_frame() for end in (one.low, one.high))
        assert any(not frame.equals(usual) for frame in ends), f"{why}: {one.name} moves nothing"


def test_an_exponent_or_a_figure_that_a_scenario_sets_is_not_drawn():
    anchors = {"council": {"influenceable_share": 0.5}}
    names = {one.name for one in uncertain_figures(scenario(flq_delta=0.3, anchors=anchors))}

    assert "flq_delta" not in names
    assert "anchors.council.influenceable_share" not in names
    assert {"anchors.council.local_share", "anchors.college.influenceable_share"} <= names
    kept = with_drawn(scenario(anchors=anchors), {"anchors.council.local_share": 0.4, "anchors.council.influenceable_share": 0.6})
    assert kept.anchors == {"council": {"influenceable_share": 0.5, "local_share": 0.4}}


def test_figures_of_the_start_are_drawn_by_their_names_within_what_can_be():
    # of the housing providers' contracts 40 % go to the wider area: more than 60 % cannot stay
    figures = {one.name: one for one in uncertain_figures(scenario())}
    assert figures["anchors.housing_associations.local_share"].high == 0.6
    assert (figures["flq_delta"].low, figures["flq_delta"].mode, figures["flq_delta"].high) == (0.15, 0.25, 0.35)

    policy = scenario("wigan/social_value_20", months=12)
    drawn = uncertainty(
        scenario(months=12), policy, 4, 1, only=("flq_delta", "anchors"), workers=1, progress=False, simulate=made_up
    )

    assert {one.name for one in drawn.distributions} == set(figures)
    with pytest.raises(UserError, match="flq_delta"):
        uncertain_parameters(("flq_delt",), figures=list(figures.values()))
