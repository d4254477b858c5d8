"""A joint scenario taken apart: who does what alone, what only being together does, and how it is shown."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from cwbsim.analysis.kept import Measure
from cwbsim.analysis.signatories import alone, interaction, signatories_of
from cwbsim.errors import UserError
from cwbsim.report.interaction_page import draw_interaction, interaction_text, write_interaction
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
