import hashlib
import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
from analysis import fake_economy
from click.testing import CliRunner

import cwbsim as cwbsim_itself
from cwbsim.analysis import identity
from cwbsim.analysis.progress import Progress
from cwbsim.analysis.store import RunStore
from cwbsim.cli import COMMANDS, main
from cwbsim.errors import MissingExtraError
from cwbsim.report.folder import check_free
from cwbsim.scenario import load_scenario

BASE = 'title = "as it is"\nmonths = 24\n'
POLICY = 'extends = "base.toml"\ntitle = "policy"\nflq_delta = 0.2\n'


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch, request):
    """A folder with two scenarios, and the fake economy in place of the simulation.

    Pictures take a second each to draw: only the test that looks at them has them drawn.
    """
    if "svg" not in request.node.name:
        monkeypatch.setattr("cwbsim.report.folder.save_picture", lambda _, folder: draw_nothing(folder))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.toml").write_text(BASE)
    (tmp_path / "policy.toml").write_text(POLICY)
    simulated_by(monkeypatch, fake_economy.simulate)
    return tmp_path


def draw_nothing(folder):
    for name in ("differences.png", "differences.svg"):
        (folder / name).write_bytes(b"")


def simulated_by(monkeypatch, simulate):
    importlib.import_module("cwbsim.report.folder")  # what it imports needs the simulation itself
    module = types.ModuleType("cwbsim.simulation")
    module.simulate = lambda scenario, seed, **_: simulate(scenario, seed)
    module.build_world = lambda scenario, seed: None
    monkeypatch.setitem(sys.modules, "cwbsim.simulation", module)


def cwbsim(*arguments, code=0):
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result


def compare(*arguments, code=0):
    return cwbsim("compare", "base.toml", "policy.toml", "--seeds", 2, "--workers", 1, *arguments, code=code)


def test_compare_shows_the_table_on_stdout_and_progress_on_stderr():
    result = compare()

    assert "Local spend" in result.stdout
    # seeds 1 and 2: 36 and 24 a year more, 30 on average
    assert "+£30" in result.stdout
    assert "2 seeds" in result.stdout
    assert "Results: runs" in result.stderr
    assert "Results:" not in result.stdout


def test_compare_leaves_a_whole_folder(workplace):
    compare("--out", "results")

    found = {file.name for file in (workplace / "results").iterdir()}
    assert found == {
        "manifest.json",
        "results.sqlite",
        "seeds.csv",
        "pairing.csv",
        "run.log",
        "baseline.toml",
        "baseline_parameters.csv",
        "policy_1_policy.toml",
        "policy_1_policy_parameters.csv",
        "summary.csv",
        "outcomes.csv",
        "breakdowns.csv",
        "definitions.csv",
        "report.txt",
        "differences.png",
        "differences.svg",
    }
    assert not list(workplace.glob(".results*"))


def test_the_manifest_holds_what_it_takes_to_run_it_again(workplace):
    compare("--out", "results")
    manifest = json.loads((workplace / "results" / "manifest.json").read_text())

    again = load_scenario(workplace / "results" / manifest["scenarios"]["policy_1_policy"]["file"])
    assert again == load_scenario("policy.toml")
    assert manifest["scenarios"]["policy_1_policy"]["hash"] == again.scenario_hash()
    assert manifest["seeds"] == [1, 2]
    assert {run["seed"] for run in manifest["runs"]} == {1, 2}
    assert manifest["inputs"] == [
        {"file": "base.toml", "role": "scenario", "sha256": hashlib.sha256(BASE.encode()).hexdigest()},
        {"file": "policy.toml", "role": "scenario", "sha256": hashlib.sha256(POLICY.encode()).hexdigest()},
    ]
    assert manifest["code"] == identity.code_version()
    assert manifest["scenarios"]["baseline"]["data"] == identity.data_version(again.place)
    assert manifest["versions"]["numpy"]
    assert manifest["failures"] == []


def test_two_policies_of_one_file_name_are_two_inputs_and_what_they_extend_is_another(workplace):
    for folder in ("p", "q"):
        (workplace / folder).mkdir()
        (workplace / folder / "policy.toml").write_text(f'extends = "../base.toml"\ntitle = "{folder}"\nflq_delta = 0.2\n')
    files = ("wigan/baseline", "p/policy.toml", "q/policy.toml")
    cwbsim("compare", *files, "--months", 24, "--seeds", 1, "--workers", 1, "--out", "r")

    inputs = json.loads((workplace / "r" / "manifest.json").read_text())["inputs"]
    assert {one["file"]: one["role"] for one in inputs} == {
        "wigan/baseline": "scenario",  # the name, not where the package lies on this machine
        "p/policy.toml": "scenario",
        "p/../base.toml": "extended by p/policy.toml",
        "q/policy.toml": "scenario",
        "q/../base.toml": "extended by q/policy.toml",
    }
    by_file = {one["file"]: one["sha256"] for one in inputs}
    assert by_file["p/policy.toml"] != by_file["q/policy.toml"]


def test_a_figure_changed_in_a_place_of_the_user_s_shows_in_the_manifest(workplace):
    shutil.copytree(Path(cwbsim_itself.__file__).parent / "data" / "places" / "wigan", workplace / "myplace")
    (workplace / "mine.toml").write_text('title = "mine"\nplace = "myplace"\nmonths = 24\n')
    told = []
    for changed in (False, True):
        if changed:
            with (workplace / "myplace" / "tenure.csv").open("a") as file:
                file.write("\n")
        cwbsim("run", "mine.toml", "--out", "r", "--force")
        told.append(json.loads((workplace / "r" / "manifest.json").read_text()))

    before, after = told
    hashes = [{one["file"]: one["sha256"] for one in manifest["inputs"]} for manifest in told]
    assert {one["role"] for one in after["inputs"] if one["file"].startswith("myplace/")} == {"figures of myplace"}
    assert [name for name in hashes[0] if hashes[0][name] != hashes[1][name]] == ["myplace/tenure.csv"]
    assert before["scenarios"]["scenario"]["data"] != after["scenarios"]["scenario"]["data"]
    assert before["scenarios"]["scenario"]["hash"] == after["scenarios"]["scenario"]["hash"]


def test_inputs_are_hashed_as_they_were_read_not_as_they_are_when_the_runs_are_done(monkeypatch, workplace):
    def changed_meanwhile(scenario, seed):
        (workplace / "policy.toml").unlink(missing_ok=True)
        return fake_economy.simulate(scenario, seed)

    simulated_by(monkeypatch, changed_meanwhile)
    compare("--out", "results")

    inputs = json.loads((workplace / "results" / "manifest.json").read_text())["inputs"]
    assert inputs[1]["sha256"] == hashlib.sha256(POLICY.encode()).hexdigest()


def test_results_go_to_a_folder_named_after_the_study_the_time_and_the_hash(workplace):
    compare()

    (folder,) = (workplace / "runs" / "policy").iterdir()
    assert len(folder.name.split("-")[-1]) == 8
    assert (folder / "manifest.json").is_file()


def test_compare_in_json_is_json_and_nothing_else():
    told = json.loads(compare("--json").stdout)

    (spend,) = [row for row in told["last_year"] if row["outcome"] == "local_spend"]
    assert (spend["difference"], spend["seeds"]) == (30.0, 2)
    assert told["failures"] == []


def test_json_says_null_where_there_is_no_interval():
    told = json.loads(compare("--json", "--seeds", 1).stdout)

    assert told["last_year"][0]["low"] is None


def test_options_change_every_scenario_alike():
    told = json.loads(compare("--json", "--seed", 7, "--months", 6, "--scale", 0.5, "--out", "r").stdout)

    assert told["seeds"] == [7, 8]
    assert "months = 6" in Path("r/policy_1_policy.toml").read_text()
    assert "scale = 0.5" in Path("r/baseline.toml").read_text()


def test_quiet_says_nothing_on_stderr():
    assert compare("--quiet", "--scale", 0.05).stderr == ""


@pytest.mark.parametrize("command", [("run", "base.toml"), ("compare", "base.toml", "policy.toml", "--seeds", 2)])
def test_below_full_scale_a_line_says_that_tenders_draw_fewer_bidders(command):
    part = cwbsim(*command, "--scale", 0.05, "--out", "part")
    whole = cwbsim(*command, "--out", "whole")

    assert part.stderr.count("tenders draw fewer bidders than at full scale: see docs/trust.md") == 1
    assert "fewer bidders" not in part.stdout
    assert "fewer bidders" not in whole.stderr


def test_no_progress_counts_nothing_and_keeps_the_lines(monkeypatch):
    monkeypatch.setattr("cwbsim.analysis.progress.QUIET_SECONDS", 0.0)

    counted, silent = compare("--out", "a").stderr, compare("--out", "b", "--no-progress").stderr
    assert "4 of 4 runs" in counted
    assert " of 4 runs" not in silent
    assert "Results: b" in silent


def test_verbose_says_what_is_read_where_runs_are_kept_and_how_long_it_took():
    told = compare("--out", "results", "-v").stderr

    digest = hashlib.sha256(POLICY.encode()).hexdigest()[:12]
    assert f"Read: policy.toml (scenario), sha256 {digest}" in told
    assert f"Figures of wigan: {identity.data_version('wigan')[:12]}" in told
    assert "kept in .results.unfinished/results.sqlite; 0 are there" in told
    assert "4 runs, and what is written of them: " in told
    assert "Read:" not in compare("--out", "b").stderr
    assert compare("--out", "c", "-v", "-q").stderr == ""


def test_the_svg_is_the_same_bytes_for_the_same_comparison():
    compare("--out", "one")
    compare("--out", "two")

    assert Path("one/differences.svg").read_bytes() == Path("two/differences.svg").read_bytes()


def test_results_are_not_replaced_unless_asked(workplace):
    compare("--out", "results")
    before = (workplace / "results" / "manifest.json").stat().st_ino

    assert "--force replaces it" in compare("--out", "results", code=73).stderr
    assert (workplace / "results" / "manifest.json").stat().st_ino == before
    compare("--out", "results", "--force")
    assert (workplace / "results" / "manifest.json").stat().st_ino != before


def test_force_does_not_replace_what_is_not_ours(workplace):
    (workplace / "thesis").mkdir()
    (workplace / "thesis" / "chapter.txt").write_text("mine")

    assert "no results of cwbsim" in compare("--out", "thesis", "--force", code=73).stderr
    assert (workplace / "thesis" / "chapter.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_refused_before_anything_runs(workplace, monkeypatch):
    simulated_by(monkeypatch, lambda scenario, seed: pytest.fail("it ran"))

    assert "nothing can be written there" in compare("--out", "base.toml/results", code=73).stderr


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that even root cannot write to")
def test_a_place_that_only_trying_shows_cannot_be_written_is_refused_before_anything_runs(monkeypatch):
    simulated_by(monkeypatch, lambda scenario, seed: pytest.fail("it ran"))

    told = cwbsim("run", "base.toml", "--out", "/proc/results", code=73).stderr
    assert "/proc/results: nothing can be written there" in told
    assert "to mend: choose another folder" in told


def test_a_name_too_long_for_a_folder_is_refused_before_anything_runs(monkeypatch):
    simulated_by(monkeypatch, lambda scenario, seed: pytest.fail("it ran"))

    assert "nothing can be written there: File name too long" in cwbsim("run", "base.toml", "--out", "x" * 300, code=73).stderr


def test_trying_whether_a_folder_can_be_made_leaves_nothing_behind(workplace):
    before = sorted(workplace.iterdir())

    check_free(workplace / "deep" / "results", force=False)
    assert sorted(workplace.iterdir()) == before


def test_failed_runs_give_code_1_and_still_a_table(monkeypatch):
    simulated_by(monkeypatch, fake_economy.fails_on_seed_two)

    result = compare("--out", "results", code=1)

    assert "1 runs failed" in result.stderr
    assert "seed 2, policy: FloatingPointError" in result.stdout
    (failure,) = json.loads(Path("results/manifest.json").read_text())["failures"]
    assert "a penny is missing" in failure["traceback"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "base.toml"],
        ["run"],
        ["run", "base.toml", "--seed", "x"],
        ["no-such"],
        ["run", "base.toml", "--no"],
    ],
)
def test_wrong_use_gives_code_2(arguments):
    cwbsim(*arguments, code=2)


def test_a_scenario_that_cannot_be_used_gives_code_65_and_no_traceback(workplace):
    (workplace / "base.toml").write_text(BASE + "mnths = 3")

    result = cwbsim("run", "base.toml", code=65)

    assert "did you mean 'months'" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_an_option_outside_its_range_gives_code_65_with_the_range():
    assert "0.001 to 1" in cwbsim("run", "base.toml", "--scale", 2, code=65).stderr


def test_a_missing_extra_gives_code_69(monkeypatch):
    def simulate(scenario, seed):
        raise MissingExtraError("xarray is not installed", mend='pip install "cwbsim[xarray]"')

    simulated_by(monkeypatch, simulate)

    assert 'pip install "cwbsim[xarray]"' in cwbsim("run", "base.toml", code=69).stderr


def test_a_fault_of_ours_gives_code_70_with_its_traceback(monkeypatch, workplace):
    def simulate(scenario, seed):
        raise ZeroDivisionError("nobody lives here")

    simulated_by(monkeypatch, simulate)

    result = cwbsim("run", "base.toml", "--out", "results", code=70)

    assert "nobody lives here" in result.stderr
    assert "not in your input" in result.stderr
    assert not (workplace / "results").exists()


@pytest.mark.parametrize(
    "arguments", [["run", "base.toml"], ["compare", "base.toml", "policy.toml", "--workers", 1]]
)
def test_ctrl_c_gives_code_130_and_leaves_nothing_half_written(monkeypatch, workplace, arguments):
    def simulate(scenario, seed):
        raise KeyboardInterrupt

    simulated_by(monkeypatch, simulate)

    assert "Stopped" in cwbsim(*arguments, code=130).stderr
    assert not (workplace / "runs").exists()


def test_a_failure_while_writing_leaves_no_half_folder_and_no_finished_run_is_lost(monkeypatch, workplace):
    import cwbsim.report.folder

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(cwbsim.report.folder, "save_picture", full)
        told = compare("--out", "results", code=73).stderr
    left = sorted(path.name for path in workplace.iterdir())
    simulated_by(monkeypatch, lambda scenario, seed: pytest.fail("it ran again"))
    compare("--out", "results")

    assert "No space left" in told
    assert "4 finished runs are kept" in told
    assert left == [".results.unfinished", "base.toml", "policy.toml"]
    assert sorted(path.name for path in workplace.iterdir()) == ["base.toml", "policy.toml", "results"]


def test_a_comparison_that_is_stopped_goes_on_from_there(monkeypatch, workplace):
    ran = []

    def stopped_at_third(scenario, seed):
        ran.append((scenario.title, seed))
        if len(ran) == 3:
            raise KeyboardInterrupt
        return fake_economy.simulate(scenario, seed)

    simulated_by(monkeypatch, stopped_at_third)
    told = compare(code=130).stderr  # seeds come one after the other, both scenarios of each together
    compare()

    assert "2 finished runs are kept" in told
    # the third is done again, and none of the two that were finished
    assert ran == [("as it is", 1), ("policy", 1), ("as it is", 2), ("as it is", 2), ("policy", 2)]
    assert len(list((workplace / "runs" / "policy").iterdir())) == 1  # and nothing unfinished is left


def test_what_a_store_holds_is_not_run_again(monkeypatch):
    compare("--store", "project.sqlite", "--out", "one")
    simulated_by(monkeypatch, lambda scenario, seed: pytest.fail("it ran again"))

    again = compare("--store", "project.sqlite", "--out", "two")

    assert "+£30" in again.stdout
    assert Path("one/summary.csv").read_bytes() == Path("two/summary.csv").read_bytes()


def test_run_shows_first_and_last_year_and_writes_every_month():
    result = cwbsim("run", "base.toml", "--seed", 3, "--out", "results")

    # 12 months of 100 + 3, the same in the last year
    assert result.stdout.count("£1,236") == 2
    lines = Path("results/outcomes.csv").read_text().splitlines()
    assert lines[0].startswith("month,outcome,value,unit")
    assert len(lines) == 1 + 24 * 7


def test_run_leaves_its_table_for_a_spreadsheet_and_a_store_that_replays_it(workplace):
    cwbsim("run", "base.toml", "--seed", 3, "--out", "results")

    rows = Path("results/summary.csv").read_text().splitlines()
    assert rows[:2] == ["outcome,unit,first_year,last_year", "local_spend,£ a year,1236.0,1236.0"]
    assert rows[-1].startswith("tenders,")  # all outcomes, not only the headlines
    with RunStore(workplace / "results" / "results.sqlite", read_only=True) as store:
        (record,) = store.records()
    assert (record.seed, record.state_hash) == (3, "state-0.25-3")
    assert "the same, bit for bit" in cwbsim("runs", "replay", "results", record.key).stdout


def test_a_run_that_is_stopped_says_how_far_it_was_and_how_to_begin_again(monkeypatch, workplace):
    def stopped_in_month_three(scenario, seed, on_month):
        on_month(1)
        on_month(2)
        raise KeyboardInterrupt

    simulated_by(monkeypatch, fake_economy.simulate)
    monkeypatch.setattr(sys.modules["cwbsim.simulation"], "simulate", stopped_in_month_three)
    told = cwbsim("run", "base.toml", "--out", "results", "--quiet", code=130).stderr

    assert "2 of 24 months were done" in told
    assert "the same command runs it from the start" in told
    assert [path.name for path in sorted(workplace.iterdir())] == ["base.toml", "policy.toml"]


def test_what_is_done_before_the_first_month_is_said_when_it_takes_a_while(monkeypatch, capsys):
    monkeypatch.setattr("cwbsim.analysis.progress.QUIET_SECONDS", 0.01)
    with Progress(24, "month", True, "building the borough") as bar:
        bar._waiting.join()
        bar.step()
    with Progress(24, "month", False, "building the borough") as bar:
        bar.step()

    assert capsys.readouterr().err == "0 of 24 months, 0 s: building the borough\n"


def test_a_bar_shows_the_first_stage_until_the_first_month_is_done(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("cwbsim.analysis.progress.QUIET_SECONDS", 0.01)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress(24, "month", True, "building the borough") as bar:
        bar._waiting.join()
        shown = sys.stderr.getvalue()
        bar._bar.mininterval = 0
        bar.step()

    assert "building the borough" in shown
    assert "building" not in sys.stderr.getvalue()[len(shown) :]
    assert "1/24" in sys.stderr.getvalue()


def test_force_replaces_results_and_keeps_what_others_put_beside_them(workplace):
    cwbsim("run", "base.toml", "--out", "here")
    (workplace / "here" / "README.md").write_text("what I think of it")
    listed = json.loads((workplace / "here" / "manifest.json").read_text())["files"]
    (workplace / "here" / listed[-1]).write_text("spoilt")
    (workplace / "here" / "report").mkdir()
    for name in ("manifest.json", "report.html"):
        (workplace / "here" / "report" / name).write_text("{}")

    cwbsim("run", "base.toml", "--out", "here", "--force")

    assert (workplace / "here" / "README.md").read_text() == "what I think of it"
    assert (workplace / "here" / listed[-1]).read_text() != "spoilt"
    assert not (workplace / "here" / "report").exists()  # it told of what is gone
    assert "README.md" not in json.loads((workplace / "here" / "manifest.json").read_text())["files"]


def test_run_hash_prints_the_hash_and_writes_nothing(workplace):
    result = cwbsim("run", "base.toml", "--hash")

    assert result.stdout == "state-0.25-1\n"
    assert not (workplace / "runs").exists()


def test_run_hash_in_json_says_what_was_run_and_writes_nothing(workplace):
    told = json.loads(cwbsim("run", "base.toml", "--seed", 3, "--hash", "--json").stdout)

    assert (told["scenario"], told["seed"], told["state_hash"]) == ("as it is", 3, "state-0.25-3")
    assert not (workplace / "runs").exists()


@pytest.mark.parametrize("other", [["--out", "here"], ["--force"]])
def test_run_hash_is_refused_together_with_what_it_would_not_do(workplace, other):
    assert f"leave out {other[0]}" in cwbsim("run", "base.toml", "--hash", *other, code=2).stderr
    assert not (workplace / "here").exists()


def test_a_run_of_a_year_or_less_is_shown_once_by_its_months():
    result = cwbsim("run", "base.toml", "--months", 3)

    assert "months 1 to 3" in result.stdout
    assert "year" not in result.stdout
    assert result.stdout.count("£303") == 1  # 3 months of 100 + 1
    row = json.loads(cwbsim("run", "base.toml", "--months", 3, "--json", "--out", "j").stdout)["outcomes"][0]
    assert "all_months" in row
    assert "last_year" not in row


def test_validate_says_which_file_is_wrong_and_why(workplace):
    (workplace / "bad.toml").write_text("months = 0")

    result = cwbsim("validate", "base.toml", "bad.toml", code=65)

    assert "base.toml: valid" in result.stdout
    assert "months is 0, outside its range" in result.stderr
    assert "title is missing" in result.stderr


def test_validate_refuses_a_place_and_anchors_that_are_not_there_and_says_on_which_line(workplace):
    (workplace / "nowhere.toml").write_text('title = "t"\nplace = "atlantis"')
    (workplace / "nobody.toml").write_text(
        'title = "t"\nplace = "wigan"\n[levers.social_value_weight]\nweight = 0.2\nanchors = ["counsil"]'
    )

    result = cwbsim("validate", "nowhere.toml", "nobody.toml", code=65)

    assert "nowhere.toml, line 2: unknown place 'atlantis'" in result.stderr
    assert "nobody.toml, line 5: unknown anchor 'counsil'" in result.stderr
    assert "did you mean 'council'?" in result.stderr


@pytest.mark.parametrize("command", ["validate", "run"])
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("[anchors.council]\nlocal_share = 5.0", "bad.toml, line 4: anchors.council.local_share is 5.0"),
        ("[anchors.nobody]\nlocal_share = 0.5", "bad.toml, line 3: unknown anchor 'nobody'"),
        ('neighbours = ["wigan"]', "bad.toml, line 3: Wigan is named twice"),
        ('neighbours = ["blackpool"]', "bad.toml, line 3: Blackpool and Wigan are in different areas"),
    ],
)
def test_validate_and_run_refuse_what_does_not_fit_the_place_with_file_and_line(workplace, command, lines, said):
    (workplace / "bad.toml").write_text(f'title = "t"\nplace = "wigan"\n{lines}')

    assert said in cwbsim(command, "bad.toml", code=65).stderr


def test_validate_notes_a_lever_that_starts_after_the_last_month(workplace):
    (workplace / "late.toml").write_text(
        'title = "t"\nplace = "wigan"\nmonths = 12\n[levers.social_value_weight]\nweight = 0.2\nstart_month = 13'
    )

    assert "starts in month 13, the scenario ends with month 12" in cwbsim("validate", "late.toml").stderr


def test_validate_in_json_lists_the_problems_of_each_file(workplace):
    (workplace / "bad.toml").write_text("months = 0")

    good, bad = json.loads(cwbsim("validate", "base.toml", "bad.toml", "--json", code=65).stdout)

    assert (good["valid"], good["problems"]) == (True, [])
    assert (bad["valid"], len(bad["problems"])) == (False, 2)


def test_a_scenario_of_the_library_can_be_copied_with_those_it_extends(workplace):
    result = cwbsim("scenarios", "copy", "wigan/social_value_20", "here")

    assert len(result.stdout.splitlines()) == 2
    assert (workplace / "here" / "baseline.toml").is_file()
    assert "there is something there" in cwbsim("scenarios", "copy", "wigan/baseline", "here", code=73).stderr
    cwbsim("scenarios", "copy", "wigan/baseline", "here", "--force")


def test_the_schema_is_json():
    assert json.loads(cwbsim("schema").stdout)["properties"]["months"]["maximum"] == 600


@pytest.mark.parametrize(
    "listing", [["scenarios", "list"], ["levers"], ["outcomes"], ["parameters"], ["place", "show"]]
)
def test_every_listing_is_there_as_text_and_as_json(listing):
    rows = json.loads(cwbsim(*listing, "--json").stdout)

    text = cwbsim(*listing).stdout
    assert rows
    assert all(str(next(iter(row.values()))) in text for row in rows)


def test_multipliers_in_json_have_the_sections_and_their_mean():
    told = json.loads(cwbsim("multipliers", "wigan", "--delta", 0.25, "--json").stdout)

    assert {"place", "delta", "sections", "jobs_weighted"} <= set(told)
    assert {"type_1_output", "type_2_output", "type_1_jobs", "type_2_jobs"} <= set(told["sections"]["C"])


def test_a_method_of_multipliers_is_known_in_capitals_too():
    assert cwbsim("multipliers", "--method", "SLQ").stdout == cwbsim("multipliers", "--method", "slq").stdout


def test_a_delta_outside_its_range_is_told_it_and_on_whose_word_as_help_tells_it():
    told = cwbsim("multipliers", "--delta", 5, code=65).stderr

    assert "0 up to, not including, 1 (source: Flegg and Webber, 1997)" in told
    assert re.search(r"plausible: 0.15 to 0.35 exponent \(source: ", told)
    assert "0 up to, not including, 1; 0.15 to 0.35" in " ".join(cwbsim("multipliers", "--help").stdout.split())


def test_every_command_says_what_it_is_for():
    for name in COMMANDS:
        assert main.get_command(None, name).help


def test_help_takes_less_than_half_a_second():
    times = []
    for _ in range(3):
        before = os.times()
        subprocess.run([sys.executable, "-m", "cwbsim", "--help"], check=True, capture_output=True)
        after = os.times()  # of the processor: a busy machine makes it wait, not work
        times.append(sum(after[2:4]) - sum(before[2:4]))

    assert min(times) < 0.5


def test_the_version_is_printed():
    assert cwbsim("--version").stdout.startswith("cwbsim ")


def test_no_colour_where_none_is_wanted(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    result = CliRunner().invoke(main, ["run", "no-such.toml"], color=True)

    assert "\x1b[" not in result.stderr


def test_a_command_nobody_knows_is_answered_with_the_nearest_one():
    told = CliRunner().invoke(main, ["additionalty", "a", "b"])
    assert told.exit_code == 2
    assert "No such command 'additionalty'. Did you mean 'additionality'?" in told.stderr

    strange = CliRunner().invoke(main, ["xyzzy"])
    assert strange.exit_code == 2
    assert "No such command 'xyzzy'." in strange.stderr
    assert "Did you mean" not in strange.stderr
