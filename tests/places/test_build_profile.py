"""Building a profile: what the committed places are made of, what is refused, and a user's own figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cwbsim.cli import main
from cwbsim.errors import BAD_INPUT, CANNOT_WRITE, MISSING_EXTRA, UserError
from cwbsim.places.profile import load_profile
from cwbsim.places.shipped import shipped_names
from cwbsim.places.sources.anchor_sites import LEAST, MOST, Room, place_staff
from cwbsim.places.sources.areas import slug
from cwbsim.places.sources.own_figures import read_own_figures

COMMITTED = Path(__file__).parents[2] / "cwbsim" / "data" / "places"
OFFICIAL = Path(__file__).parents[3] / "shared" / "data"
needs_tables = pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official tables are not in ../shared/data")


def cwbsim(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


class Small(Room):
    """A section of three jobs' worth of units to place an anchor in, without a profile."""

    def __init__(self, jobs: float, units: list[int]) -> None:
        self.jobs = np.full(20, jobs)
        self.all_jobs = self.jobs.copy()
        self.units = np.array([units] * 20)


def body(staff: int, **more: object) -> dict[str, object]:
    return {"key": "college", "staff_by_section": {"P": 1.0}, "staff": {"value": staff, "low": 1, "high": staff}, **more}


def test_sites_hold_the_staff_and_leave_firms_their_jobs():
    room = Small(1_000, [20, 5, 4, 3, 2, 1, 1])

    sites = np.array(place_staff(anchor := body(600), room)["P"])

    assert sites @ LEAST <= 600 <= sites @ MOST
    # 600 of 1,000 jobs are taken, and what the units left need at least is there
    assert room.jobs[15] == 400
    assert room.units[15] @ LEAST <= 400
    assert anchor["staff"]["value"] == 600


def test_staff_that_a_section_cannot_hold_is_cut_and_says_so():
    # of 100 jobs an anchor cannot have 120; what is left has to be enough for the units left
    room = Small(100, [30, 0, 0, 0, 0, 0, 0])

    place_staff(anchor := body(120), room)

    assert 80 < anchor["staff"]["value"] <= 100 - room.units[15] @ LEAST
    assert "120 by rule, cut" in anchor["staff"]["note"]


def test_sites_that_are_given_stand():
    room = Small(1_000, [20, 5, 4, 3, 2, 1, 1])

    assert place_staff(body(600, sites={"P": [0, 0, 0, 0, 0, 0, 1]}), room) == {"P": [0, 0, 0, 0, 0, 0, 1]}


@pytest.mark.parametrize(
    ("name", "folder"), [("Blackburn with Darwen", "blackburn_with_darwen"), ("St. Helens", "st_helens")]
)
def test_a_name_becomes_a_folder(name, folder):
    assert slug(name) == folder


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[figures."income.median_rent_month"]\nvalue = 600\nyear = 2025', "no source"),
        ('[figures."jobs.total_jobs"]\nvalue = 6\nyear = 2025\nsource = "x"', "cannot be set alone"),
        ('[anchors.council]\nstaff = { value = "many", source = "x", year = 2025 }', "a number"),
        ('[anchors.council]\nstaff = { value = 5, low = 6, source = "x", year = 2025 }', "low <= value"),
        ('[anchors.council]\nstaf = { value = 5, source = "x", year = 2025 }', "did you mean 'staff'"),
        ('[anchors.bank]\nkind = "banks"', "unknown kind"),
        ("[anchor]\nname = 1", "did you mean 'anchors'"),
        ("[figures", "not valid TOML"),
    ],
)
def test_a_file_of_own_figures_that_cannot_be_used_says_why(tmp_path, text, message):
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(UserError, match=message):
        read_own_figures(file)


def test_all_that_is_wrong_with_own_figures_is_said_at_once(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("[anchors.council]\nstaff = { value = 5 }\n[anchors.x]\nkind = 'y'", encoding="utf-8")

    with pytest.raises(UserError) as caught:
        read_own_figures(file)

    assert len(caught.value.each()) == 3  # no source, no year, unknown kind


def test_the_places_are_listed_with_their_size():
    told = json.loads(cwbsim("place", "list", "--json").stdout)

    assert [row["place"] for row in told] == shipped_names()
    preston = next(row for row in told if row["place"] == "preston")
    assert (preston["code"], preston["people"], preston["area"]) == ("E07000123", 147_835, "Lancashire")
    assert "Preston (E07000123), Lancashire" in cwbsim("place", "list").stdout


def test_a_folder_is_shown_like_a_place_that_ships():
    shipped, folder = (cwbsim("place", "show", name) for name in ("preston", COMMITTED / "preston"))

    assert shipped.exit_code == 0
    assert shipped.stdout == folder.stdout
    assert "households_ward_decile" in shipped.stdout


def test_a_folder_that_is_not_there_is_said_and_nothing_written(tmp_path):
    done = cwbsim("place", "build", "E08000010", "--data", tmp_path / "none", "--out", tmp_path / "made")

    assert done.exit_code == BAD_INPUT
    assert not (tmp_path / "made").exists()


def test_a_profile_that_is_there_is_not_replaced_unasked(tmp_path):
    (tmp_path / "figures.toml").write_text("", encoding="utf-8")

    done = cwbsim("place", "build", "E08000010", "--data", tmp_path, "--out", tmp_path)

    assert done.exit_code == CANNOT_WRITE


def test_without_the_packages_that_read_tables_it_says_which_line_installs_them(tmp_path, monkeypatch):
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("cwbsim.places.sources.published.import_module", absent)
    done = cwbsim("place", "build", "E08000010", "--data", tmp_path, "--out", tmp_path / "made")

    assert done.exit_code == MISSING_EXTRA
    assert 'pip install "cwbsim[places]"' in done.stderr


@needs_tables
@pytest.mark.xdist_group("official tables")
class TestWithOfficialTables:
    """One group, so that the tables are read in one process."""

    @pytest.mark.parametrize("name", ["wigan", "tameside", "preston", "burnley"])
    def test_building_again_gives_the_committed_files_byte_for_byte(self, name):
        # tables of the borough's own; wards redrawn; a compilation for one city; estimates and stand-in areas
        from cwbsim.places.build_profile import build_profile

        texts = build_profile(load_profile(name).code, OFFICIAL)

        kept = {f.name for f in (COMMITTED / name).iterdir()} - {"judgements.toml"}
        assert set(texts) == kept
        assert [n for n, text in texts.items() if text.encode() != (COMMITTED / name / n).read_bytes()] == []

    def test_an_authority_without_tables_is_told_all_that_is_missing(self, tmp_path):
        done = cwbsim("place", "build", "E06000063", "--data", OFFICIAL, "--out", tmp_path / "made")

        assert done.exit_code == BAD_INPUT
        # Cumberland began in 2023: the censuses of 2011 have no row for it
        assert "commuting, Census 2011" in done.stderr
        assert "jobs by industry, Census 2011" in done.stderr
        assert list(tmp_path.iterdir()) == []

    def test_a_name_instead_of_a_code_is_told_the_code(self, tmp_path):
        done = cwbsim("place", "build", "Preston", "--data", OFFICIAL, "--out", tmp_path / "made")

        assert done.exit_code == BAD_INPUT
        assert "Preston is E07000123" in done.stderr

    def test_own_figures_go_over_the_tables_and_the_budget_still_closes(self, tmp_path):
        own = tmp_path / "own.toml"
        own.write_text(
            'without = ["college"]\n'
            '[figures."income.median_rent_month"]\nvalue = 610\nsource = "Our housing team"\nyear = 2025\n'
            '[anchors.council]\nstaff = { value = 5100, source = "Workforce report", year = 2025 }\n'
            'contract_budget = { value = 212000000, source = "Contracts register", year = 2025 }\n'
            '[anchors.bank]\nkind = "housing_association"\nname = "A second landlord"\n'
            'staff = { value = 40, source = "Its accounts", year = 2025 }\n',
            encoding="utf-8",
        )
        made = tmp_path / "made"

        done = cwbsim("place", "build", "E08000001", "--data", OFFICIAL, "--out", made, "--figures", own, "--quiet")

        assert done.exit_code == 0, done.stderr
        bolton = load_profile(str(made))
        council = bolton.anchor("council")
        assert (council.staff, council.contract_budget) == (5_100, 212_000_000)
        assert bolton.figure("anchor.council.staff").source == "Workforce report"
        assert bolton.income.median_rent_month == 610
        assert {a.key for a in bolton.anchors} >= {"bank"}
        assert "college" not in {a.key for a in bolton.anchors}
        assert sum(council.revenue.values()) == council.spending

    def test_a_figure_that_no_profile_has_names_the_nearest(self, tmp_path):
        own = tmp_path / "own.toml"
        own.write_text('[figures."income.median_rent"]\nvalue = 1\nsource = "x"\nyear = 2025\n', encoding="utf-8")

        done = cwbsim("place", "build", "E08000001", "--data", OFFICIAL, "--out", tmp_path / "m", "--figures", own)

        assert done.exit_code == BAD_INPUT
        assert "income.median_rent_month" in done.stderr
        assert not (tmp_path / "m").exists()
