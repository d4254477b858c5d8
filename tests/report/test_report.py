"""A report from a finished comparison: every form of it, safe, accessible, and saying no more than the runs do."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import time
import zipfile
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.colors import to_rgba
from report.small_comparison import small_comparison

from cwbsim.analysis.store import RunStore
from cwbsim.cli import main
from cwbsim.errors import UserError
from cwbsim.outcomes import OUTCOMES
from cwbsim.report import figures, outputs, tornado, wards, web_page
from cwbsim.report.changes import reading
from cwbsim.report.committee import committee_report, sentence
from cwbsim.report.document import DataTable, Document, Figure, Text
from cwbsim.report.outputs import write_document, write_report
from cwbsim.report.plots import RunPlots
from cwbsim.report.replayed_report import replay_report
from cwbsim.report.style import COLOURS, QUIET
from cwbsim.report.ward_map import NO_VALUE
from cwbsim.report.workbook import write_workbook

NASTY = ('=HYPERLINK("http://x")', "@It Ltd", "-2+3", "<script>alert(1)</script>", "A\x1bB")


class Page(HTMLParser):
    """Tags of a page, in order, with their attributes; ids; text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def document():
    return committee_report(small_comparison(), ("cwbsim", "compare", "a.toml", "b.toml"))


@pytest.fixture(scope="module")
def page(document):
    return Page(web_page.page_of(document))


def no_pdf(monkeypatch):
    monkeypatch.setattr(outputs, "write_pdf", lambda document, path: None)


def test_the_parts_a_committee_needs_are_there_in_order(document):
    parts = [heading.text for heading in document.headings]

    wanted = (
        "The question|In short|What we would do|What changes|Over time|By anchor, section and income|"
        "Where the public pound goes|Who loses elsewhere|Cost, price and volume of service|Together and alone|"
        "How far to trust this|Assumptions|Method|How to reproduce this|Assurance|What each outcome is"
    )
    assert "|".join(parts) == wanted


def test_the_page_stands_alone_and_holds_what_a_screen_reader_needs(page):
    tags = [tag for tag, _ in page.tags]

    assert tags.count("h1") == 1
    assert "script" not in tags
    assert len(page.ids) == len(set(page.ids))
    assert not [a for _, a in page.tags if str(a.get("src", a.get("href", ""))).startswith(("http", "//"))]
    assert tags.count("caption") == tags.count("table") > 10
    assert all("scope" in attributes for tag, attributes in page.tags if tag == "th")
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert all(a["role"] == "img" and set(a["aria-labelledby"].split()) <= set(page.ids) for a in pictures)
    assert tags.count("details") == len(pictures)


def test_levels_of_headings_do_not_jump(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]

    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_range_that_holds_nil_is_never_called_a_change():
    row = {"outcome": "jobs", "unit": "jobs", "difference": 5.0, "low": -1.0, "high": 11.0}

    assert reading(row) == "too close to call"
    assert "higher" not in sentence(row)


def test_one_run_is_said_to_tell_nothing_from_luck():
    row = {"outcome": "jobs", "unit": "jobs", "difference": 5.0, "low": float("nan"), "high": float("nan")}

    assert "cannot be told from luck" in sentence(row)


def test_a_clear_fall_is_a_fall():
    row = {"outcome": "local_spend", "unit": "£ a year", "difference": -2e6, "low": -3e6, "high": -1e6}

    assert sentence(row).startswith(
        "Contract money paid to suppliers in the borough would be lower by about £2.00m a year"
    )


def test_policies_together_are_set_against_the_sum_of_their_parts():
    frame = figures.alone_and_together(small_comparison())

    # 5 %, nothing, 10 %: a twentieth is beyond the sum
    one, other, both, beyond = frame["difference"]
    assert beyond == pytest.approx(both - one - other)
    assert figures.together_of(small_comparison(2)) is None


def test_the_same_comparison_gives_the_same_page_and_fingerprints():
    assert web_page.page_of(committee_report(small_comparison(1))) == web_page.page_of(
        committee_report(small_comparison(1))
    )


def test_other_runs_have_another_fingerprint():
    one, other = (figures.fingerprint(small_comparison(1, seeds=s), "x") for s in ((1, 2), (1, 3)))

    assert one != other


def test_every_form_of_the_report_is_written_and_numbers_stay_numbers(tmp_path, monkeypatch):
    no_pdf(monkeypatch)
    write_report(small_comparison(1), tmp_path / "r")

    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert {"report.html", "report.xlsx", "report.docx", "figures", "data", "manifest.json"} <= names
    book = openpyxl.load_workbook(tmp_path / "r" / "report.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sum(cell.data_type == "n" and cell.value is not None for cell in cells) > 500
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert {p.suffix for p in (tmp_path / "r" / "figures").iterdir()} == {".svg", ".png"}


def hostile():
    rows = tuple((name, -5.0) for name in NASTY)
    return Document(
        NASTY[3],
        NASTY[0],
        (Text(NASTY[1]), DataTable("t", NASTY[2], ("Name", "Pounds"), ("text", "pounds"), rows)),
    )


def test_a_name_that_is_a_formula_or_a_script_is_text_in_every_file(tmp_path, monkeypatch):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    no_pdf(monkeypatch)
    write_document(hostile(), tmp_path / "r")

    page = Page((tmp_path / "r" / "report.html").read_text(encoding="utf-8"))
    assert "script" not in {tag for tag, _ in page.tags}
    book = openpyxl.load_workbook(tmp_path / "r" / "report.xlsx")
    cells = {
        c.value: c.data_type
        for s in book.worksheets
        for row in s.iter_rows()
        for c in row
        if c.value is not None
    }
    assert "f" not in cells.values()
    assert cells[-5] == "n"
    with (tmp_path / "r" / "data" / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        names = [row[0] for row in csv.reader(file)][1:]
    assert names[:3] == ["'" + name for name in NASTY[:3]]
    words = [
        cell.text
        for table in docx.Document(tmp_path / "r" / "report.docx").tables
        for row in table.rows
        for cell in row.cells
    ]
    assert NASTY[0] in words
    assert "A B" in words


def test_libreoffice_opens_the_workbook_and_evaluates_no_formula(tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("there is no LibreOffice on this machine")
    write_workbook(hostile(), tmp_path / "a.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, profile, "--headless", "--convert-to", "ods", "--outdir", str(tmp_path), str(tmp_path / "a.xlsx")]

    subprocess.run(command, check=True, capture_output=True, timeout=300)

    with zipfile.ZipFile(tmp_path / "a.ods") as archive:
        content = archive.read("content.xml").decode("utf-8")
    assert "table:formula" not in content
    assert "=HYPERLINK(" in content
    assert 'office:value="-5"' in content


def test_the_same_document_gives_the_same_workbook(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(hostile(), tmp_path / name)
        time.sleep(0.01)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [*COLOURS, QUIET])
def test_every_colour_stands_out_three_to_one_from_paper(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_a_missing_package_is_a_line_that_says_what_to_type(tmp_path, monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *rest, **more):
        if name.split(".")[0] in ("weasyprint", "docx"):
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    lines = write_document(hostile(), tmp_path / "r")

    assert len(lines) == 2
    assert all('pip install "cwbsim[report]"' in line for line in lines)


def test_plots_of_a_comparison_are_the_figures_of_the_report():
    plots = small_comparison().plot

    assert len(plots.by_income().axes[0].patches) == 10
    assert plots.together() is not None
    with pytest.raises(Exception, match="did you mean 'jobs'"):
        plots.by("jbs", "section")


def test_compare_writes_the_report_it_is_asked_for(tmp_path, monkeypatch):
    from analysis import fake_economy

    monkeypatch.chdir(tmp_path)
    fake_economy_in_place(monkeypatch, fake_economy)
    (tmp_path / "base.toml").write_text('title = "as it is"\nmonths = 24\n')
    (tmp_path / "policy.toml").write_text('extends = "base.toml"\ntitle = "policy"\nflq_delta = 0.2\n')
    no_pdf(monkeypatch)

    result = CliRunner().invoke(
        main, ["compare", "base.toml", "policy.toml", "--seeds", "2", "--workers", "1", "--report", "r", "-q"]
    )

    assert result.exit_code == 0, result.output
    assert (tmp_path / "r" / "report.html").exists()
    (results,) = (tmp_path / "runs" / "policy").iterdir()
    with RunStore(results / "results.sqlite", read_only=True) as store:
        again = replay_report(store, tmp_path / "r", fake_economy.simulate)
        assert again.is_same
        assert again.n_runs == 4
        other = replay_report(store, tmp_path / "r", lambda scenario, seed: fake_economy.simulate(scenario, seed + 1))
    assert not other.is_same
    assert all(borne != now for _, borne, now in other.figures)


def fake_economy_in_place(monkeypatch, fake):
    import sys
    import types

    module = types.ModuleType("cwbsim.simulation")
    module.simulate = fake.simulate
    monkeypatch.setitem(sys.modules, "cwbsim.simulation", module)


def analysed(folder, title="A fifth for social value"):
    """A folder as `cwbsim uncertainty` leaves it: the effect is a hundred times the first parameter; the second tells nothing."""
    folder.mkdir()
    draws = pd.DataFrame({"a.push": np.arange(9) / 10, "b.idle": [0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6]})
    draws.to_csv(folder / "draws.csv", index_label="draw")
    effects = pd.DataFrame({"outcome": "jobs", "draw": range(9), "seed": 1, "difference": 100 * draws["a.push"]})
    effects.to_csv(folder / "differences.csv", index=False)
    spread = {"outcome": "jobs", "unit": "jobs", "mean": 40.0, "low": 0.0, "high": 80.0, "sign_share": 1.0}
    drivers = [{"parameter": "a.push", "decides": True}, {"parameter": "b.idle", "decides": False}]
    about = {"baseline": "As things are", "policy": title, "draws": 9, "spread": [spread], "drivers": {"jobs": drivers}}
    (folder / "uncertainty.json").write_text(json.dumps(about))
    return folder


def test_what_would_change_the_answer_is_drawn_from_an_analysis_made_apart(tmp_path):
    blocks = tornado.deciding_blocks(small_comparison(1), analysed(tmp_path / "u"), ())

    # lowest third of the nine draws: 0, 10, 20; highest: 60, 70, 80
    table = next(block for block in blocks if isinstance(block, Figure)).table
    assert table.rows[0] == ("a: push", "+10.0", "+70.0", "yes")
    assert "same sign" in blocks[0].text


def test_an_analysis_of_another_policy_is_refused(tmp_path):
    with pytest.raises(UserError, match="Another policy"):
        tornado.deciding_blocks(small_comparison(1), analysed(tmp_path / "u", "Another policy"), ())


def test_a_report_without_an_analysis_says_what_to_type_for_one():
    command = ("cwbsim", "compare", "base.toml", "policy.toml", "--report", "r")

    (said,) = tornado.deciding_blocks(small_comparison(1), None, command)

    assert "cwbsim uncertainty base.toml policy.toml --out uncertainty" in said.text


def test_a_ward_is_shaded_only_where_its_change_stands_out_from_luck(document):
    rows = wards.wards_of(small_comparison(1), 1, wards.MAPPED)
    rows.loc[0, ["low", "high"]] = (-1.0, 1.0)

    drawing = wards.draw_wards(small_comparison(1), rows)

    shades = [patch.get_facecolor() for patch in drawing.axes[0].patches[:25]]
    assert shades.count(to_rgba(NO_VALUE)) == 1
    assert {figure.key for figure in document.figures} >= {"ward_map_1", "ward_map_2", "ward_map_3"}


def test_places_that_lie_within_each_other_have_no_row_that_adds_them_up(document):
    tables = [t for t in document.every_table if t.title.startswith("Here and elsewhere")]
    names = [str(row[0]).lower() for table in tables for row in table.rows]

    assert names
    assert not [name for name in names if "total" in name or "together" in name]


def test_plots_of_a_run_are_of_its_own_months_and_groups():
    base = dict.fromkeys(("section", "anchor"), "")
    rows = [{"month": m, "outcome": "jobs", "value": 100.0 + m, "unit": "jobs", **base} for m in range(1, 25)]
    rows += [
        {"month": m, "outcome": "spend_by_anchor", "value": pounds, "unit": "£", **base, "anchor": who}
        for m in range(1, 25)
        for who, pounds in (("council", 3.0), ("college", 1.0))
    ]
    jobs, spend = OUTCOMES["jobs"], OUTCOMES["contract_spend_by_anchor"]
    run = SimpleNamespace(to_frame=lambda: pd.DataFrame(rows), outcomes={"jobs": jobs, "spend_by_anchor": spend})

    line = RunPlots(run).over_time("jobs").axes[0].lines[0]
    bars = RunPlots(run).by("spend_by_anchor", "anchor").axes[0].patches

    assert line.get_ydata().tolist() == [100.0 + m for m in range(1, 25)]
    # a flow: twelve months of £3 and of £1
    assert [bar.get_width() for bar in bars] == [36.0, 12.0]
    with pytest.raises(UserError):
        RunPlots(run).by("jobs", "anchor")
