"""A store as tables: the same bytes whatever order the runs came in, and every digit of every number."""

from __future__ import annotations

import sys

import pandas as pd
import pytest
from analysis import fake_economy
from analysis.test_store import AS_IS, POLICY, done, jobs

from cwbsim.analysis.export import export, to_xarray
from cwbsim.analysis.store import RunStore
from cwbsim.errors import MissingExtraError, UserError


@pytest.fixture
def stores(tmp_path):
    """The same runs, done in one order and in the other."""
    with RunStore(tmp_path / "a.sqlite") as one, RunStore(tmp_path / "b.sqlite") as other:
        some = jobs((1, 2, 3), simulate=fake_economy.fails_on_seed_two)
        done(one, some, fake_economy.fails_on_seed_two)
        done(other, some[::-1], fake_economy.fails_on_seed_two)
        yield one, other


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("window", ["every_month", "last_year"])
def test_the_export_is_the_same_bytes_whatever_order_the_runs_came_in(stores, tmp_path, form, window):
    one, other = (
        export(store, tmp_path / name, form=form, window=window) for store, name in zip(stores, "ab", strict=True)
    )

    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert [path.stem for path in one] == ["scenarios", "runs", "outcomes", "definitions"]


def test_the_tables_say_what_differs_between_scenarios_and_why_a_run_failed(stores, tmp_path):
    scenarios, runs, _, _ = (pd.read_csv(path) for path in export(stores[0], tmp_path / "t"))

    assert list(scenarios.columns) == ["scenario", "title", "flq_delta"]
    assert dict(zip(scenarios["title"], scenarios["flq_delta"], strict=True)) == {
        "as it is": 0.25,
        "policy": 0.2,
    }
    (failed,) = runs[runs["status"] == "FAILED"].itertuples()
    assert (failed.seed, failed.exception, failed.message) == (2, "FloatingPointError", "a penny is missing")


def test_csv_and_parquet_hold_the_same_numbers_to_the_last_bit(stores, tmp_path):
    text = pd.read_csv(export(stores[0], tmp_path / "c")[2], keep_default_na=False, na_values=[])
    binary = pd.read_parquet(export(stores[0], tmp_path / "p", form="parquet")[2])

    # 5 finished runs of 24 months and 7 series
    assert len(text) == len(binary) == 5 * 24 * 7
    assert text["value"].tolist() == binary["value"].tolist()


def test_only_the_outcomes_asked_for_are_exported(stores, tmp_path):
    _, _, outcomes, definitions = (
        pd.read_csv(path) for path in export(stores[0], tmp_path / "t", outcomes=["jobs"], window="last_year")
    )

    assert set(outcomes["outcome"]) == set(definitions["outcome"]) == {"jobs"}
    assert "month" not in outcomes
    with pytest.raises(UserError, match="did you mean 'jobs'"):
        export(stores[0], tmp_path / "t", outcomes=["jbs"])


def test_xarray_has_runs_months_and_breakdowns(stores):
    data = to_xarray(stores[0])

    assert data["local_spend"].dims == ("run", "month")
    assert data["local_spend_by_section"].dims == ("run", "month", "section")
    third = data.isel(run=[i for i, seed in enumerate(data["seed"].values) if seed == 3])
    # seed 3: 103 a month as it is, and 3 more with the policy; a quarter of it in section Q
    found = dict(zip(third["title"].values, third["local_spend"].sel(month=7).values, strict=True))
    assert found == {"as it is": 103.0, "policy": 106.0}
    assert sorted(third["local_spend_by_section"].sel(month=1, section="Q").values) == [25.75, 26.5]


def test_runs_of_different_lengths_stand_side_by_side_in_xarray(tmp_path):
    shorter = POLICY.model_copy(update={"months": 12})
    with RunStore(tmp_path / "s.sqlite") as store:
        done(store, jobs([1], [AS_IS, shorter]))
        data = to_xarray(store)

    assert data.sizes["month"] == 24
    assert int(data["jobs"].isnull().sum()) == 12


@pytest.mark.parametrize(("package", "call"), [("pyarrow", "parquet"), ("xarray", "xarray")])
def test_a_missing_package_is_named_with_what_to_install(stores, tmp_path, monkeypatch, package, call):
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(MissingExtraError, match="pip install"):
        to_xarray(stores[0]) if call == "xarray" else export(stores[0], tmp_path / "x", form="parquet")
    assert not (tmp_path / "x").exists()
