import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fake_economy
import numpy as np
import pandas as pd
import pytest

from cwbsim.analysis.compare import compare
from cwbsim.analysis.paired import paired_interval, running_mean
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.workers import Failure, outcomes_of
from cwbsim.errors import UserError
from cwbsim.scenario import Scenario

AS_IS = Scenario(title="as it is", months=24)
POLICY = Scenario(title="policy", months=24, flq_delta=0.2)


def compared(seeds=4, simulate=fake_economy.simulate, **how):
    how = {"workers": 1, "progress": False} | how
    return compare(AS_IS, POLICY, seeds, simulate=simulate, **how)


def row(frame, outcome):
    return frame.set_index("outcome").loc[outcome]


def test_a_flow_is_the_last_year_s_total():
    # seeds 1 to 4 spend 100 + seed a month: 12 x (101 + 102 + 103 + 104) / 4 = 1230
    # the policy adds 3 for odd seeds and 2 for even ones: 36, 24, 36, 24 a year
    spend = row(compared().to_frame(), "local_spend")

    assert (spend["baseline"], spend["policy"], spend["difference"]) == (1230.0, 1260.0, 30.0)
    assert (spend["unit"], spend["seeds"]) == ("£ a year", 4)


def test_the_interval_is_the_paired_t_interval_over_seeds():
    # differences 36, 24, 36, 24: mean 30, standard deviation sqrt(4 x 36 / 3) = 6.9282, its error 3.4641;
    # t at 97.5 % with 3 degrees of freedom is 3.1824 in any table: 30 -+ 11.0243
    spend = row(compared().to_frame(), "local_spend")

    assert spend["low"] == pytest.approx(18.9757, abs=1e-3)
    assert spend["high"] == pytest.approx(41.0243, abs=1e-3)


def test_pairing_leaves_the_luck_of_seeds_out_of_the_difference():
    # levels spread from 101 to 104 and the difference does not know it: with seeds 1 and 3 it is 36 twice
    spend = row(compared(seeds=[1, 3]).to_frame(), "local_spend")

    assert (spend["difference"], spend["low"], spend["high"]) == (36.0, 36.0, 36.0)


def test_stocks_and_shares_are_means_and_not_sums():
    table = compared(seeds=[2]).to_frame()

    assert row(table, "jobs")["baseline"] == 50.0
    assert row(table, "local_share")["policy"] == pytest.approx(0.32)
    assert row(table, "local_share")["unit"] == "share of spend"


def test_all_months_add_up_flows_over_the_whole_run():
    spend = row(compared(seeds=[1]).to_frame("all_months"), "local_spend")

    assert (spend["baseline"], spend["unit"]) == (24 * 101.0, "£ in 24 months")


def test_one_seed_has_no_interval():
    spend = row(compared(seeds=1).to_frame(), "local_spend")

    assert spend["difference"] == 36.0
    assert np.isnan([spend["low"], spend["high"]]).all()


def test_what_does_not_move_is_exactly_nil():
    jobs = row(compared().to_frame(), "jobs")

    assert (jobs["difference"], jobs["low"], jobs["high"]) == (0.0, 0.0, 0.0)


def test_only_headlines_are_shown_unless_all_are_asked_for():
    comparison = compared(seeds=2)

    assert "tenders" not in set(comparison.to_frame()["outcome"])
    assert "tenders" in set(comparison.to_frame(headline_only=False)["outcome"])


def test_seeds_are_counted_from_the_baseline_s_own():
    comparison = compare(
        AS_IS.model_copy(update={"seed": 40}),
        POLICY,
        3,
        workers=1,
        simulate=fake_economy.simulate,
        progress=False,
    )

    assert comparison.seeds == (40, 41, 42)


def test_paths_give_each_month_with_its_band():
    paths = compared(seeds=[1, 2]).paths()
    spend = paths[paths["outcome"] == "local_spend"]

    assert spend["month"].tolist() == list(range(1, 25))
    assert spend["difference"].tolist() == [2.5] * 24  # 3 and 2
    assert spend["unit"].unique().tolist() == ["£ a month"]
    # t at 97.5 % with 1 degree of freedom is 12.706; the error of 3 and 2 is 0.5
    assert spend["high"].iloc[0] == pytest.approx(2.5 + 12.706 * 0.5, abs=1e-3)


def test_a_running_mean_takes_the_months_before():
    means = running_mean(np.array([[1.0, 2.0, 6.0, 4.0]]), 3)

    assert means.tolist() == [[1.0, 1.5, 3.0, 4.0]]  # 1; (1+2)/2; (1+2+6)/3; (2+6+4)/3


def test_breakdowns_keep_last_year_s_difference_of_each_part():
    divided = compared(seeds=[1, 3]).divided()
    parts = divided[divided["outcome"] == "local_spend"].set_index("section")["difference"]

    assert parts.to_dict() == {"F": 27.0, "Q": 9.0}  # three quarters and one quarter of 36
    assert divided[divided["outcome"] == "jobs"]["decile"].tolist() == ["3"]


@pytest.mark.parametrize("how", [{"workers": 2}, {"executor": True}])
def test_the_result_does_not_depend_on_the_workers(how):
    alone = compared()
    if "executor" in how:
        with ThreadPoolExecutor(3) as pool:
            together = compared(executor=pool)
    else:
        together = compared(**how)

    pd.testing.assert_frame_equal(together.to_frame(), alone.to_frame(), check_exact=True)
    pd.testing.assert_frame_equal(together.paths(), alone.paths(), check_exact=True)
    pd.testing.assert_frame_equal(together.divided(), alone.divided(), check_exact=True)
    assert [run.state_hash for run in together.runs.values()] == [
        run.state_hash for run in alone.runs.values()
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_one_bad_run_is_recorded_and_ends_nothing(workers):
    comparison = compared(simulate=fake_economy.fails_on_seed_two, workers=workers)

    (failed,) = comparison.failures
    assert (failed.scenario, failed.seed, failed.failure.exception) == ("policy", 2, "FloatingPointError")
    assert "a penny is missing" in failed.failure.traceback
    assert row(comparison.to_frame(), "local_spend")["seeds"] == 3  # seed 2 has no pair
    assert row(comparison.to_frame(), "local_spend")["baseline"] == 12 * (101 + 103 + 104) / 3


def test_a_policy_s_run_without_its_baseline_does_not_count():
    comparison = compared(simulate=fake_economy.baseline_fails_on_seed_two)

    assert comparison.pairs(1) == [1, 3, 4]
    assert row(comparison.to_frame(), "local_spend")["seeds"] == 3


def test_runs_are_kept_in_the_order_asked_for_whichever_ends_first():
    with ThreadPoolExecutor(4) as pool:
        comparison = compared(simulate=fake_economy.first_ends_last, executor=pool)

    assert list(comparison.runs) == [(n, seed) for seed in (1, 2, 3, 4) for n in (0, 1)]


def test_when_every_run_fails_the_table_is_empty_and_says_why():
    def broken(scenario, seed):
        raise RuntimeError("no")

    comparison = compared(simulate=broken)

    assert len(comparison.failures) == 8
    with pytest.warns(UserWarning, match="no pair of runs finished.*seed 1 .*RuntimeError: no"):
        assert comparison.to_frame().empty
    assert comparison.paths().empty
    assert comparison.divided().empty


def test_input_that_cannot_be_used_stops_at_once():
    def refusing(scenario, seed):
        raise UserError("no such place")

    with pytest.raises(UserError, match="no such place"):
        compared(simulate=refusing)


def test_input_that_only_a_later_seed_cannot_use_takes_no_other_along():
    def refuses_three(scenario, seed):
        if seed == 3:
            raise UserError("this sample is too small")
        return fake_economy.simulate(scenario, seed)

    comparison = compared(simulate=refuses_three)

    assert [(one.seed, one.failure.message) for one in comparison.failures] == [(3, "this sample is too small")] * 2
    assert comparison.pairs(1) == [1, 2, 4]


def test_the_same_comparison_works_once_its_input_was_mended(tmp_path):
    is_mended = []

    def simulate(scenario, seed):
        if not is_mended:
            raise UserError("no boundaries there")
        return fake_economy.simulate(scenario, seed)

    with RunStore(tmp_path / "r.sqlite") as store:
        with pytest.raises(UserError, match="no boundaries"):
            compared(simulate=simulate, store=store)
        is_mended.append(True)

        assert not compared(simulate=simulate, store=store).failures


def die(n):
    if n == 2:
        os._exit(3)
    return n * n


def test_a_worker_that_dies_takes_only_its_own_task_along():
    results = dict(outcomes_of(die, [(n,) for n in range(5)], workers=2))

    assert {n: r for n, r in results.items() if n != 2} == {0: 0, 1: 1, 3: 9, 4: 16}
    assert isinstance(results[2], Failure)


@pytest.mark.parametrize(
    ("baseline", "policies", "seeds", "said"),
    [
        (AS_IS, [], 2, "no policy"),
        (AS_IS, POLICY, 0, "no seeds"),
        (AS_IS, POLICY, [1, 2, 1], "given twice"),
        (AS_IS, POLICY.model_copy(update={"months": 12}), 2, "months is 24 in 'as it is' and 12 in 'policy'"),
        (AS_IS, POLICY.model_copy(update={"scale": 0.1}), 2, "scale is 1.0 in 'as it is' and 0.1"),
        (
            AS_IS,
            POLICY.model_copy(update={"place": "preston"}),
            2,
            "place is 'wigan' in 'as it is' and 'preston'",
        ),
        (AS_IS, [POLICY, POLICY], 2, "the same title"),
    ],
)
def test_what_cannot_be_paired_is_refused(baseline, policies, seeds, said):
    with pytest.raises(UserError, match=said):
        compare(baseline, policies, seeds, simulate=fake_economy.simulate, workers=1)


def test_the_mean_of_many_intervals_is_taken_along_the_first_axis():
    mean, low, high = paired_interval(np.array([[1.0, 5.0], [3.0, 5.0]]))

    assert mean.tolist() == [2.0, 5.0]
    assert (low[1], high[1]) == (5.0, 5.0)
    assert high[0] - mean[0] == pytest.approx(12.706, abs=1e-3)


def test_a_month_without_a_value_is_left_out_of_the_mean():
    mean, low, high = paired_interval(np.array([[1.0, np.nan, np.nan], [3.0, 4.0, np.nan]]))

    assert mean[:2].tolist() == [2.0, 4.0]
    assert np.isnan([mean[2], low[1], high[1], low[2]]).all()


def test_a_year_with_some_months_unknown_is_the_mean_of_the_known_ones():
    share = row(compared(simulate=fake_economy.unknown_share, seeds=[1]).to_frame(), "local_share")

    assert share["baseline"] == pytest.approx(0.3)
    assert share["seeds"] == 1


SLOW = """
import sys, time
sys.path[:0] = {paths!r}
import fake_economy
from cwbsim.analysis.compare import compare
from cwbsim.scenario import Scenario

def slow(scenario, seed):
    open({marks!r} + f"/{{seed}}-{{scenario.flq_delta}}", "w").close()
    time.sleep(60)

if __name__ == "__main__":
    compare(Scenario(title="a"), Scenario(title="b", flq_delta=0.2), 2, workers=2, simulate=slow)
"""


def is_group_gone(group, within):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_ctrl_c_stops_the_workers_too(tmp_path):
    marks = tmp_path / "marks"
    marks.mkdir()
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    script = tmp_path / "slow.py"
    script.write_text(SLOW.format(paths=paths, marks=str(marks)))
    process = subprocess.Popen(
        [sys.executable, str(script)], stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while len(list(marks.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)

        process.send_signal(signal.SIGINT)  # to the parent alone: it has to see to its workers itself

        assert process.wait(timeout=20) != 0
        assert is_group_gone(process.pid, within=10.0)
    finally:
        if process.poll() is None:
            process.kill()
