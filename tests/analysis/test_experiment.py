"""An experiment file says what varies, over what, on which seeds; what is wrong with it is said in full."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from analysis import fake_economy

from cwbsim.analysis.experiment_file import load_experiment
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import plan, status_of, summary_frame, sweep
from cwbsim.errors import UserError
from cwbsim.parameters import load_parameters

HEAD = 'question = "What if?"\nbase = "teaching/hamlet"\nmonths = 12\n'


@pytest.fixture
def read(tmp_path):
    def read(text, head=HEAD):
        file = tmp_path / "what_if.toml"
        file.write_text(head + text)
        return load_experiment(file)

    return read


def test_a_range_is_the_parameter_s_own_unless_given(read):
    own = load_parameters().figure("labour.churn_rate")

    (churn, weight) = read(
        '[vary]\n"labour.churn_rate" = {}\n[vary.levers.social_value_weight.weight]\nhigh = 0.3\nlevels = 4\n'
    ).varied

    assert (churn.low, churn.high) == (own.low, own.high)
    assert weight.grid() == pytest.approx((0.0, 0.1, 0.2, 0.3))


def test_a_grid_takes_every_combination(read):
    points = read('[vary]\nflq_delta = [0.2, 0.3]\n"labour.churn_rate" = { levels = 3 }\n').points()

    assert len(points) == 6
    assert {point["flq_delta"] for point in points} == {0.2, 0.3}


@pytest.mark.parametrize(("design", "n"), [("lhs", 10), ("sobol", 16)])
def test_a_design_fills_every_range_evenly_and_is_the_same_each_time(read, design, n):
    text = f'design = "{design}"\npoints = {n}\n[vary]\nflq_delta = {{}}\n"labour.churn_rate" = {{}}\n'
    points = read(text).points()

    assert points == read(text).points()
    values = np.sort([point["flq_delta"] for point in points])
    # one in each of n equal slices of 0.15 to 0.35
    assert (np.floor((values - 0.15) / 0.2 * n).astype(int) == np.arange(n)).all()


@pytest.mark.parametrize(
    ("spec", "share", "value"),
    [
        ("{ low = 0.2, high = 0.3 }", 0.5, 0.25),
        ("{ low = 0.2, high = 0.3, distribution = 'triangular', mode = 0.2 }", 0.5, 0.3 - 0.1 * 0.5**0.5),
        ("{ low = 0.15, high = 0.35, distribution = 'normal', mean = 0.25, sd = 0.05 }", 0.5, 0.25),
        ("{ low = 0.16, high = 0.25, distribution = 'log_uniform' }", 0.5, 0.2),  # the root of 0.16 x 0.25
        ("[0.2, 0.3, 0.25]", 0.9, 0.25),
    ],
)
def test_a_distribution_says_how_often_a_value_comes_up(read, spec, share, value):
    (one,) = read(f"[vary]\nflq_delta = {spec}\n").varied

    assert one.at(share) == pytest.approx(value)


def test_a_whole_number_stays_whole(read):
    (one,) = read("[vary.levers.social_value_weight.start_month]\nlow = 1\nhigh = 12\n").varied

    assert isinstance(one.at(0.37), int)


def test_every_point_and_seed_runs_base_and_policies_together(read):
    experiment = read(
        'seeds = 2\nseed = 5\n[policies."a fifth".levers.social_value_weight]\nweight = 0.2\n'
        "[vary]\nflq_delta = [0.2, 0.3]\n"
    )
    groups = list(plan(experiment))

    assert [[job.seed for job in group] for group in groups] == [[5, 5], [6, 6]] * 2
    assert experiment.n_runs() == 8
    assert groups[0][1].scenario.title == "a fifth: flq_delta = 0.2"
    assert groups[0][1].scenario.levers[0].weight == 0.2


def test_a_lever_that_is_varied_is_pulled_in_the_base_where_there_is_no_policy(read):
    experiment = read("[vary.levers.social_value_weight.weight]\nvalues = [0.1, 0.4]\n")

    assert [experiment.scenarios(n, v)[0].levers[0].weight for n, v in enumerate(experiment.points())] == [
        0.1,
        0.4,
    ]


def test_points_can_be_listed_with_titles_and_lists_as_values(read):
    experiment = read(
        'design = "list"\n[[points]]\ntitle = "the council"\nlevers.social_value_weight.anchors = ["council"]\n'
        'levers.social_value_weight.weight = 0.4\n[[points]]\n"levers.social_value_weight.weight" = 0.4\n'
    )
    first, second = (experiment.scenarios(n, v)[0] for n, v in enumerate(experiment.points()))

    assert (first.title.endswith("the council"), first.levers[0].anchors) == (True, ("council",))
    assert second.levers[0].anchors == ("all",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sedes = 3\n", "did you mean 'seeds'"),
        ('[vary]\n"labour.chrn_rate" = {}\n', "did you mean 'labour.churn_rate'"),
        ("[vary.levers.social_value_wait.weight]\nlow = 0.0\n", "did you mean 'social_value_weight'"),
        ("[vary.levers.social_value_weight.wait]\nlow = 0.0\n", "did you mean 'weight'"),
        ("[vary]\nflq_delta = { lw = 0.2 }\n", "did you mean 'low'"),
        ("[vary]\nflq_delta = { low = 0.1 }\n", "0.15 to 0.35 exponent, its own range"),
        ("[vary]\nflq_delta = { low = 0.3, high = 0.2 }\n", "above high"),
        ("[vary]\nflq_delta = { distribution = 'unifrm' }\n", "did you mean 'uniform'"),
        ("[vary]\nflq_delta = [0.2, 0.9]\n", "the value is 0.9, outside its range"),
        ("[vary]\nclosure = {}\n", "has no range"),
        ('design = "lhc"\n', "did you mean 'lhs'"),
        ('design = "lhs"\n', "nothing varies"),
        ('design = "sobol"\npoints = 20\n[vary]\nflq_delta = {}\n', "use 16 or 32"),
        ("seeds = 0\n", "seeds is 0"),
        ("seeds = [1, 2, 1]\n", "given twice"),
        ('outcomes = ["jbs"]\n', "did you mean 'jobs'"),
        ("scale = 7\n", "scale is 7.0, outside its range"),
        ('policies = ["wigan/social_value_21"]\n', "did you mean 'wigan/social_value_20'"),
        ('[policies."x".levers.social_value_weight]\nweight = 0.9\n', "weight is 0.9, outside its range"),
        ('[policies."x".levers.social_value_weight]\n[vary.levers.encourage_local_firms.budget_a_year]\nhigh = 1e6\n',
         "no policy pulls it"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_what_would_be_right(read, text, said):
    with pytest.raises(UserError) as caught:
        read(text)

    assert said in str(caught.value)
    assert "what_if.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("head", "said"), [('question = "?"\n', "base is missing"), ('base = "x"\n', "question is missing")]
)
def test_a_question_and_a_base_are_needed(read, head, said):
    with pytest.raises(UserError, match=said):
        read("", head)


TEXT = (
    'outcomes = ["jobs", "local_spend"]\nseeds = 3\n[policies."policy".levers.social_value_weight]\nweight = 0.2\n'
    "[vary]\nflq_delta = [0.2, 0.3]\n"
)


def swept(experiment, path, **how):
    return sweep(experiment, path, progress=False, simulate=fake_economy.simulate, **({"workers": 1} | how))


def test_the_summary_has_levels_of_the_base_and_paired_differences_of_the_policy(read, tmp_path):
    experiment = read(TEXT)
    swept(experiment, tmp_path / "r.sqlite")
    with RunStore(tmp_path / "r.sqlite") as store:
        frame = summary_frame(experiment, store, fake_economy.simulate)

    spend = frame[(frame["outcome"] == "local_spend") & (frame["flq_delta"] == 0.3)].set_index("scenario")[
        "value"
    ]
    # seeds 1 to 3: 12 x (101 + 102 + 103) / 3; the fake economy knows nothing of levers
    assert spend.to_dict() == {"A hamlet like Wigan": 1224.0, "policy": 0.0}
    low = frame[(frame["outcome"] == "local_spend") & (frame["flq_delta"] == 0.2)]
    # it does know flq_delta below 0.25: 3, 2, 3 a month more
    assert low.set_index("scenario")["value"]["A hamlet like Wigan"] == 1224.0 + 12 * 8 / 3
    assert frame["is_difference"].tolist() == [False, True] * 4


def test_shards_are_disjoint_and_together_are_the_whole(read, tmp_path):
    experiment = read(TEXT)
    whole = {job.identity.key for group in plan(experiment) for job in group}
    parts = [{job.identity.key for group in plan(experiment, (n, 3)) for job in group} for n in (1, 2, 3)]

    assert sum(map(len, parts)) == len(whole)
    assert set.union(*parts) == whole
    with RunStore(tmp_path / "all.sqlite") as merged:
        for n in (1, 2, 3):
            swept(experiment, tmp_path / f"{n}.sqlite", shard=(n, 3))
            with RunStore(tmp_path / f"{n}.sqlite") as part:
                merged.merge(part)
        swept(experiment, tmp_path / "one.sqlite")
        with RunStore(tmp_path / "one.sqlite") as one:
            pd.testing.assert_frame_equal(
                summary_frame(experiment, merged, fake_economy.simulate),
                summary_frame(experiment, one, fake_economy.simulate),
            )


def test_status_counts_what_is_done_what_failed_and_what_is_to_do(read, tmp_path):
    experiment = read("seeds = 4\n[vary]\nflq_delta = [0.2, 0.3]\n")
    how = fake_economy.fails_on_seed_two
    with RunStore(tmp_path / "r.sqlite") as store:
        sweep(experiment, store, progress=False, simulate=how, workers=1, shard=(1, 2))
        part = status_of(experiment, store, how)
        result = sweep(experiment, store, progress=False, simulate=how, workers=1)
        whole = status_of(experiment, store, how)

    assert part.planned == 8
    assert 0 < part.to_do < 8
    assert (whole.finished, whole.failed, whole.to_do) == (7, 1, 0)
    assert (result.status.finished, result.status.failed) == (7, 1)
