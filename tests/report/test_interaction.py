"""A joint scenario taken apart: who does what alone, what only being together does, and how it is shown."""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cwbsim.analysis.kept import Measure
from cwbsim.analysis.signatories import alone, interaction, signatories_of
from cwbsim.economy.policy import in_order
from cwbsim.errors import UserError
from cwbsim.levers import LEVERS, Programme
from cwbsim.levers.base import AnchorNames, in_force
from cwbsim.parameters import load_parameters
from cwbsim.places.profile import load_profile
from cwbsim.report.interaction_page import draw_interaction, interaction_text, write_interaction
from cwbsim.scenario import load_scenario
from cwbsim.world import Terms
from tests.boroughs import scenario

MEASURES = {
    "jobs": Measure("jobs", "jobs", "jobs", "stock", True),
    "local_spend": Measure("local_spend", "£", "spend", "flow", True),
}
KEYS = ("council", "hospital_trust", "college", "sixth_forms")
ALONE = {"council": 4.0, "hospital_trust": 2.0, "college": 1.0, "sixth_forms": 0.0}


def deal(**changes):
    return scenario("wigan/deal_for_the_future_2030", months=12, **changes)


def made_up(one, seed):
    """Jobs of each alone as above, of all together 10; spend £1m a month more for who acts; luck as large as the seed."""
    who = one.title.removesuffix(" alone").rpartition(": ")[2]
    jobs = ALONE.get(who, 10.0) if one.levers else 0.0
    spend = 1e6 if one.levers else 0.0
    rows = [(month, name, x + seed) for month in range(1, 13) for name, x in (("jobs", jobs), ("local_spend", spend))]
    frame = pd.DataFrame(rows, columns=["month", "outcome", "value"]).assign(unit="", section="")
    return SimpleNamespace(outcomes=MEASURES, to_frame=lambda: frame, canonical_hash=lambda: f"{seed}-{jobs}")


@pytest.fixture(scope="module")
def found():
    return interaction(deal(), (1, 2, 3), workers=1, progress=False, simulate=made_up)


def test_the_interaction_is_what_all_do_together_less_the_sum_of_each_alone(found):
    jobs = found.to_frame().query("outcome == 'jobs'").set_index("part")["difference"]

    # 4 + 2 + 1 + 0 = 7 alone, 10 together: 3 come of being together; luck of a seed is on both sides
    assert jobs.to_dict() == {**ALONE, "sum of the parts": 7.0, "together": 10.0, "interaction": 3.0}
    assert "interaction" in interaction_text(found)


def test_alone_a_signatory_keeps_its_levers_and_its_part_of_a_programme():
    joint = deal()
    assert signatories_of(joint) == KEYS

    parts = [alone(joint, key, KEYS) for key in KEYS]
    for key, part in zip(KEYS, parts, strict=True):
        assert {lever.anchors for lever in part.levers} == {(key,)}
    training = [lever.budget_a_year for part in parts for lever in part.levers if lever.key() == "officer_training"]
    assert sum(training) == pytest.approx(60_000.0)


def with_every_programme():
    """The deal and the other programmes that its signatories could share, budgets well short of whom they have to reach."""
    joint, signed = deal(), ("council", "hospital_trust", "college")
    more = {"delivery_monitoring": 100_000.0, "community_finance": 900_000.0}
    added = tuple(LEVERS[key](budget_a_year=budget, anchors=signed) for key, budget in more.items())
    return joint.model_copy(update={"levers": (*joint.levers, *added)})


def terms_of(one, month):
    """The terms of a month by anchor: every lever in turn, as the phase of policy does."""
    bodies = load_profile(one.place).anchors
    names = AnchorNames.of_bodies(bodies)
    now = Terms.default(len(bodies), load_parameters())
    for lever in in_order(one.levers):
        now = in_force(lever, now, month, names)
    held = {field.name: getattr(now, field.name) for field in fields(Terms)}  # arrays are by anchor, numbers of everybody
    by_anchor = {name: value for name, value in held.items() if isinstance(value, np.ndarray)}
    return {key: {name: value[i].tolist() for name, value in by_anchor.items()} for i, key in enumerate(names.key)}


def test_a_programme_reaches_as_large_a_part_alone_as_together(tmp_path):
    joint = with_every_programme()
    # officers: 60,000 / (40 x 2,000); firms: 250,000 / (1,000 x 1,500); contracts: 100,000 / (560 x 1,500)
    worked = {"officer_training": 0.75, "encourage_local_firms": 1 / 6, "delivery_monitoring": 100 / 840}

    for one in (joint, *(alone(joint, key, KEYS) for key in KEYS)):
        covered = {lever.key(): lever.coverage(24) for lever in one.levers if hasattr(lever, "coverage")}
        assert covered == pytest.approx(worked), one.title
        (tmp_path / "one.toml").write_text(one.to_toml(), encoding="utf-8")
        assert load_scenario(tmp_path / "one.toml") == one  # parts of officers and firms are within what a file may say


def test_what_a_signatory_asks_and_offers_is_the_same_alone_as_together():
    joint = with_every_programme()
    together = terms_of(joint, 30)

    assert together["council"] != terms_of(deal(levers=()), 30)["council"]
    for key in KEYS:
        by_itself = terms_of(alone(joint, key, KEYS), 30)
        for name, there in together[key].items():
            np.testing.assert_allclose(by_itself[key][name], there, rtol=1e-12, err_msg=f"{key}: {name}")


def test_every_programme_that_covers_a_part_says_which_field_counts_the_whole():
    programmes = {key: lever for key, lever in LEVERS.items() if issubclass(lever, Programme)}

    said = {key: lever.reaches for key, lever in programmes.items() if hasattr(lever, "coverage")}
    assert said == {
        "delivery_monitoring": "contracts", "encourage_local_firms": "firms_in_reach", "officer_training": "officers",
    }  # fmt: skip
    assert all(lever.reaches == "" for key, lever in programmes.items() if key not in said)


def test_what_others_do_besides_is_in_the_scenario_without_the_signatories():
    weight = LEVERS["social_value_weight"](weight=0.3, anchors=("all",))
    joint = deal()
    commitment = next(lever for lever in joint.levers if lever.key() == "shared_anchor_commitment")
    joint = joint.model_copy(update={"levers": (commitment, weight)})

    (kept,) = interaction(joint, (1,), workers=1, progress=False, simulate=made_up).comparison.baseline.levers
    assert kept.weight == 0.3
    others = {body.key for body in load_profile("wigan").anchors} - set(KEYS)
    assert others
    assert set(kept.anchors) == others


def test_a_commitment_that_one_signs_is_none():
    commitment = next(lever for lever in deal().levers if lever.key() == "shared_anchor_commitment")
    with pytest.raises(UserError, match="1 anchors sign"):
        signatories_of(deal(levers=(commitment.model_copy(update={"anchors": ("council",)}),)))


def test_the_picture_shows_each_part_and_millions_as_millions(found, tmp_path):
    figure = draw_interaction(found)

    panels = [one for one in figure.axes if one.get_visible()]
    assert [one.get_title(loc="left") for one in panels] == ["Local spend (£ million a year)", "Jobs"]
    told = [text.get_text() for text in panels[0].get_yticklabels()]
    assert told == ["council", "hospital trust", "college", "sixth forms", "sum of the parts", "together", "interaction"]
    spend = {name: line.get_xdata()[0] for name, line in zip(told, panels[0].lines, strict=False)}
    assert spend["together"] == pytest.approx(12.0)
    assert spend["sum of the parts"] == pytest.approx(48.0)
    write_interaction(found, tmp_path / "i", command=["cwbsim"], inputs=[], force=False)
    written = {file.name for file in (tmp_path / "i").iterdir()}
    assert {"interaction.png", "interaction.csv", "interaction.txt", "manifest.json"} <= written
