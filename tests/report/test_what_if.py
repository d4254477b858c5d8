"""What is unlawful at its date says so in every file, titled or not."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from cwbsim.levers import LEVERS
from cwbsim.report.document import DataTable, Document
from cwbsim.report.outputs import write_document
from cwbsim.report.sankey import HERE, Flow, draw_flows
from cwbsim.report.what_if import marked, words_of
from cwbsim.scenario import Scenario

SAID = "what-if, unlawful at its date: bid_preference"
LAWFUL = Scenario(title="As things are")
UNLAWFUL = Scenario(title="Preferred", unlawful="allow", levers=(LEVERS["bid_preference"](preference=0.05),))  # type: ignore[call-arg]


def test_words_are_those_of_the_title_and_none_where_all_is_lawful() -> None:
    assert words_of(UNLAWFUL) == SAID
    assert UNLAWFUL.title == f"Preferred ({SAID})"
    assert words_of(LAWFUL, UNLAWFUL, UNLAWFUL) == SAID  # once
    assert words_of(LAWFUL) == ""


def test_a_table_without_a_title_says_it_in_a_last_column_only_if_a_scenario_is_unlawful() -> None:
    frame = pd.DataFrame({"term": ["gross", "net"], "jobs": [2.0, 1.0]})
    told = marked(frame, LAWFUL, UNLAWFUL)
    assert list(told.columns) == ["term", "jobs", "what_if"]
    assert set(told["what_if"]) == {SAID}
    assert marked(frame, LAWFUL) is frame


def test_a_reports_data_files_say_it_in_every_row(tmp_path: Path) -> None:
    table = DataTable("jobs", "Jobs", ("Name", "Jobs"), ("text", "whole"), (("here", 2), ("elsewhere", 1)), source="the runs")
    for said in ("", SAID):
        write_document(Document("A report", "on jobs", (table,), what_if=said), tmp_path / (said or "lawful"))
        with (tmp_path / (said or "lawful") / "data" / "jobs.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        end = [said] if said else []
        assert rows == [["Name", "Jobs", *(["What if"] if said else [])], ["here", "2", *end], ["elsewhere", "1", *end]]


def test_the_picture_of_the_public_pound_says_it_above_the_bands() -> None:
    flows = [Flow("Council", HERE, 1.0, 2.0)]
    assert draw_flows(flows, SAID).axes[0].get_title(loc="left") == "What-if, unlawful at its date: bid_preference"
    assert draw_flows(flows).axes[0].get_title(loc="left") == ""
