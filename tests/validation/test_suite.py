"""The validation suite: verdicts by hand, what was run is kept, and a small run of every finding."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from cwbsim.analysis.paired import paired_interval, ratio_interval, sizes_interval
from cwbsim.cli import main
from cwbsim.errors import UserError
from cwbsim.validation import competition, suite
from cwbsim.validation.definitions import Statistic, definitions, folder
from cwbsim.validation.page import PAGE, RESULTS, by_kind, checkout, page, summary, text

SMALL = {"P8": 0.01, "P9": 0.01}
MONTHS = {"P8": 24}
FINDINGS = [one for one in definitions() if not suite.missing(one)]


def statistic(low=-math.inf, high=math.inf, fitted=()):
    return Statistic("x", "x", "%", math.nan, low, high, "somebody (2000)", fitted, "because")


@pytest.mark.parametrize(
    ("values", "low", "high", "fitted", "verdict"),
    [
        ((1.0, 2.0, 3.0), 1.5, 2.5, (), suite.ON_MEAN),  # mean 2, interval 2 +- 4.30 x 1 / sqrt(3): -0.48 to 4.48
        ((1.0, 2.0, 3.0), -0.5, 4.5, (), suite.AGREES),
        ((1.0, 2.0, 3.0), 3.0, 4.0, (), suite.UNSURE),
        ((1.9, 2.0, 2.1), 3.0, 4.0, (), suite.MISSES),  # 2 +- 0.25
        ((1.9, 2.0, 2.1), 0.0, math.inf, (), suite.AGREES),  # all of it beyond the bound
        ((1.0, 2.0, 3.0), 0.0, math.inf, (), suite.ON_MEAN),  # its lower end is not
        ((0.0, 0.0), 0.0, math.inf, (), suite.ON_MEAN),  # at the bound is not beyond it
        ((1.0, 2.0, 3.0), 1.5, 2.5, ("rate",), suite.FITTED),
        ((), 1.5, 2.5, (), suite.NOT_RUN),
        ((-1.0,), 0.0, math.inf, (), suite.UNSURE),  # one seed has no interval, so it neither misses
        ((1.0,), 0.0, math.inf, (), suite.ON_MEAN),  # nor agrees
    ],
)
def test_a_verdict_is_where_the_mean_and_its_interval_lie(values, low, high, fitted, verdict):
    one = suite.Outcome(FINDINGS[0], statistic(low, high, fitted), values, 1.0, 12)

    assert one.verdict == verdict


def test_a_finding_of_no_effect_agrees_only_where_the_interval_holds_nil():
    none = Statistic("x", "x", "%", 0.0, -0.5, 0.5, "somebody (2000)", (), "because", nil=True)

    assert suite.verdict(none, -0.23, -0.27, -0.18) == suite.ON_MEAN
    assert suite.verdict(none, -0.02, -0.07, 0.03) == suite.AGREES
    assert suite.verdict(none, -0.02, -0.60, 0.56) == suite.ON_MEAN  # holds nil, and much else


def test_a_number_given_beside_is_neither_counted_nor_explained():
    beside = Statistic("x", "x", "%", math.nan, -math.inf, math.inf, "nobody", (), "because", kind="none")

    (row,) = suite.to_json_list([suite.Outcome(FINDINGS[0], beside, (1.0, 2.0), 1.0, 12)])

    assert (row["verdict"], row["why"], row["model"]) == (suite.GIVEN, "", 1.5)
    assert summary([row]).startswith("0 of 0 that count")
    assert " none " in text([row])


def test_sizes_are_those_of_means_not_means_of_sizes():
    # Means 0 and -2: 0 less 2. The mean of the seeds' own sizes would be 3 less 2.
    found, low, high = sizes_interval(np.array([3.0, -3.0]), np.array([-2.0, -2.0]))
    assert found == -2.0
    assert low == pytest.approx(-2.0)  # no size is below nil
    assert high == pytest.approx(1.0)  # both draws the same seed
    # far from nil it is all but the t interval of the difference: 10 +- 2.262 x 0.957 / sqrt(10)
    x = np.array([9.0, 11.0, 10.0, 8.5, 11.5, 10.0, 9.5, 10.5, 9.0, 11.0])
    found, low, high = sizes_interval(-(x + 5.0), np.full(10, 5.0))
    assert found == pytest.approx(10.0)
    assert (low, high) == pytest.approx([float(b) for b in paired_interval(x)[1:]], abs=0.1)
    assert math.isnan(sizes_interval(np.array([1.0]), np.array([2.0]))[1])


def test_rows_of_an_earlier_run_take_words_and_verdict_of_todays_definition_and_keep_their_numbers():
    rows = json.loads((folder() / RESULTS).read_text(encoding="utf-8"))
    assert suite.revised(rows) == rows
    old = {**rows[0], "verdict": "splendid", "statistic": "old words", "published": {}, "why": "old"}

    (new,) = suite.revised([old, {**old, "name": "no longer measured"}])

    assert new == rows[0]


def over(low=-math.inf, high=math.inf):
    return Statistic("x", "x", "ratio", math.nan, low, high, "somebody (2000)", (), "because", over="y")


def test_a_ratio_is_that_of_means_with_fiellers_interval():
    # 1 + 3 over 1 + 9: 0.4. The mean of the ratios 1 and 1/3 would be 0.67.
    assert suite.Outcome(FINDINGS[0], over(), (1.0, 3.0), 1.0, 12, seconds=(1.0, 9.0)).interval[0] == 0.4
    # over what is the same in every seed it is the t interval: (2 +- 4.303 x 1 / sqrt(3)) / 2
    _, low, high = ratio_interval(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]))
    assert (low, high) == pytest.approx((1 - 1.2421, 1 + 1.2421), abs=1e-4)
    # at either end, part - ratio x whole is just told from nil
    part, whole = np.array([3.0, 5.0, 4.0, 7.0]), np.array([6.0, 9.0, 10.0, 11.0])
    ends = ratio_interval(part, whole)[1:]
    bounds = [paired_interval(part - end * whole)[1:] for end in ends]
    assert bounds[0][0] == pytest.approx(0.0, abs=1e-9)
    assert bounds[1][1] == pytest.approx(0.0, abs=1e-9)


def test_a_ratio_over_what_cannot_be_told_from_nil_says_nothing():
    one = suite.Outcome(FINDINGS[0], over(0.0, 4.0), (1.0, 2.0, 3.0), 1.0, 12, seconds=(-2.0, 1.0, 4.0))

    assert one.interval == (2.0, -math.inf, math.inf)  # mean 2 over mean 1, which is 1 +- 7.5
    assert one.verdict == suite.UNSURE
    row = suite.to_json_list([one])[0]
    assert row["interval"] == [None, None]
    assert "could be anything" in row["why"]
    assert "unbounded" in text([row])


def test_a_reported_change_is_scored_against_no_change():
    reported = Statistic("x", "x", "points", 10.0, 8.0, 12.0, "somebody (2000)", (), "", scored=True)

    score = suite.Outcome(FINDINGS[0], reported, (2.0, 4.0), 1.0, 12).score

    # distances to 10: 8 and 6, mean 7; between members 0, 2, 2, 0, mean 1, half of it 0.5: 6.5 against 10
    assert score == {"crps": 6.5, "no_change": 10.0, "skill": pytest.approx(0.35)}


def test_every_finding_has_a_definition_with_a_source_and_a_range_for_every_statistic():
    found = definitions()

    assert [one.id for one in found] == sorted((one.id for one in found), key=lambda name: int(name[1:]))
    for one in found:
        names = [s.name for s in one.statistics]
        assert len(set(names)) == len(names) > 0
        for s in one.statistics:
            bounds = math.isfinite(s.low) + math.isfinite(s.high)
            assert s.source
            assert bounds in {"published": (2,), "assumed": (1, 2), "direction": (1,), "none": (0,)}[s.kind], (one.id, s.name)
            assert s.kind != "published" or "assumed" not in s.source, (one.id, s.name)


def test_a_definition_with_a_range_of_no_known_kind_is_refused(tmp_path, monkeypatch):
    whole = (folder() / "p07_promises.toml").read_text(encoding="utf-8")
    (tmp_path / "p07_promises.toml").write_text(whole.replace('kind = "direction"', 'kind = "guessed"'), encoding="utf-8")
    monkeypatch.setattr("cwbsim.validation.definitions.folder", lambda: tmp_path)

    with pytest.raises(UserError, match="guessed"):
        definitions()


def test_those_that_count_are_told_apart_by_what_their_range_is():
    def row(verdict, kind, built=""):
        return {"verdict": verdict, "kind": kind, "by_construction": built}

    rows = [
        row(suite.AGREES, "published"), row(suite.ON_MEAN, "assumed"), row(suite.AGREES, "assumed", "so built"),
        row(suite.FITTED, "published"), row(suite.GIVEN, "none"), row(suite.MISSES, "direction"),
    ]  # fmt: skip

    assert summary(rows).startswith("2 of 4 that count agree, 1 on the mean only, 0 cannot be told apart, 1 miss;")
    said = by_kind(rows)
    assert said.startswith("Of the 4, 1 has a published range (1 agrees), 1 a published direction and no size (0 agree), 2 a")
    assert said.endswith("(1 agrees). By how the model is built 1 of them could hardly come out otherwise; 1 of these agree.")


def test_a_finding_nobody_knows_is_refused():
    with pytest.raises(UserError, match="P3"):
        definitions(("P33",))


def test_prices_by_bidders_are_those_put_in_whatever_the_section():
    # Sections differ by 10 %; each bid more takes 2 % off, up to five bids.
    rows = [
        (section, bids, (1.1 if section else 1.0) * 0.98 ** (min(bids, 5) - 1))
        for section in (0, 1)
        for bids in range(1, 13)
        for _ in range(5 + 3 * section)
    ]

    price = competition.price_by_bidders(np.array(rows))

    assert np.exp(np.diff(price)) == pytest.approx([0.98] * 4 + [1.0] * 7)


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.id)
def test_a_small_run_of_every_finding_gives_a_number_for_each_of_its_statistics(finding):
    found = suite.measured(finding, SMALL.get(finding.id, 0.004), 1, MONTHS.get(finding.id, 13))

    wanted = {s.name for s in finding.statistics} | {s.beside for s in finding.statistics if s.beside}
    if finding.id == "P8":
        wanted -= {f"survival_{year}" for year in (2, 3, 4, 5)}  # nobody is that old after two years
    assert wanted <= set(found)


def test_what_was_run_is_kept_and_not_run_again(tmp_path, monkeypatch):
    calls = []

    def measured(finding, scale, seed, months):
        calls.append((finding.id, seed))
        return {s.name: float(seed) for s in finding.statistics}

    monkeypatch.setattr(suite, "measured", measured)
    asked = {"scale": 0.01, "months": 24, "cache": tmp_path, "workers": 1, "progress": False}

    first = suite.validate_model(("P7",), seeds=2, **asked)
    again = suite.validate_model(("P7",), seeds=3, **asked)

    assert calls == [("P7", 1), ("P7", 2), ("P7", 3)]
    assert first[0].values == (1.0, 2.0)
    assert again[0].values == (1.0, 2.0, 3.0)


def test_a_run_that_was_half_written_is_run_again(tmp_path, monkeypatch):
    monkeypatch.setattr(suite, "measured", lambda finding, *_: {s.name: 1.0 for s in finding.statistics})
    asked = {"scale": 0.01, "seeds": 1, "months": 24, "cache": tmp_path, "workers": 1, "progress": False}
    suite.validate_model(("P7",), **asked)
    for file in tmp_path.rglob("*.json"):
        file.write_text(file.read_text()[:5])

    assert suite.validate_model(("P7",), **asked)[0].values == (1.0,)


def test_the_command_prints_a_row_a_statistic(tmp_path):
    told = CliRunner().invoke(
        main,
        ["validate-model", "--only", "P7", "--scale", "0.005", "--seeds", "1", "--months", "24", "--workers", "1",
         "--cache", str(tmp_path), "--json", "--quiet"],
    )  # fmt: skip

    assert told.exit_code == 0, told.output
    rows = json.loads(told.stdout)
    assert {"id", "finding", "published", "model", "interval", "verdict", "fitted"} <= set(rows[0])
    assert [row["id"] for row in rows] == ["P7", "P7"]


def test_the_page_is_what_the_results_say_and_counts_no_fitted_one():
    rows = json.loads((folder() / RESULTS).read_text(encoding="utf-8"))
    root = checkout()
    assert root is not None

    assert (root / PAGE).read_text(encoding="utf-8") == page(rows)
    fitted = [row for row in rows if row["fitted"]]
    assert all(row["verdict"] in (suite.FITTED, suite.NOT_RUN) for row in fitted)
    assert f"{len([r for r in fitted if r['verdict'] == suite.FITTED])} fitted" in summary(rows)
