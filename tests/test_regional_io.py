"""Regional input-output analysis against sums done on paper and against round-by-round spending."""

import doctest
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from cwbsim import regional_io
from cwbsim.regional_io import cilq, flq, multipliers, regional_coefficients, rounds, slq, type_1, type_2

# A place of 100 jobs in a country of 1,500, three sections:
#            local  national   share here  share there   SLQ
#   farms       10        60        0.10         0.04     2.5
#   works       30       600        0.30         0.40     0.75
#   shops       60       840        0.60         0.56     1.0714 = 15/14
LOCAL, NATIONAL = [10, 30, 60], [60, 600, 840]
SLQ = np.array([2.5, 0.75, 15 / 14])
TABLE = np.array([[0.20, 0.10, 0.05], [0.10, 0.30, 0.10], [0.15, 0.05, 0.20]])


def test_slq_is_the_share_of_jobs_here_over_the_share_there():
    assert_allclose(slq(LOCAL, NATIONAL), SLQ)


def test_cilq_is_seller_over_buyer_and_slq_on_the_diagonal():
    # farms to works: 2.5 / 0.75 = 3.3333; works to farms: 0.75 / 2.5 = 0.3;
    # shops to works: 15/14 / 0.75 = 10/7
    quotient = cilq(LOCAL, NATIONAL)
    assert_allclose(quotient[0, 1], 10 / 3)
    assert_allclose(quotient[1, 0], 0.3)
    assert_allclose(quotient[2, 1], 10 / 7)
    assert_allclose(np.diag(quotient), SLQ)


def test_flq_multiplies_cilq_by_lambda_of_the_place_size():
    # E_R / E_N = 100 / 1500 = 1/15; log2(16/15) = 0.0931094; to the power 0.25: 0.552395
    quotient = flq(LOCAL, NATIONAL, 0.25)
    assert_allclose(quotient[1, 0], 0.3 * 0.552395, rtol=1e-5)
    assert_allclose(np.diag(quotient), SLQ * 0.552395, rtol=1e-5)


def test_flq_of_the_whole_country_is_one_everywhere():
    # lambda = log2(1 + 1) = 1, every SLQ is 1
    assert_allclose(flq(NATIONAL, NATIONAL, 0.3), np.ones((3, 3)))


def test_regional_coefficients_never_exceed_the_national_ones():
    # farms to works: 10/3 x 0.552395 = 1.841, cut to 1, so 0.10 stays 0.10;
    # works to farms: 0.3 x 0.552395 x 0.10 = 0.01657; works to works: 0.75 x 0.552395 x 0.30 = 0.12429
    local = regional_coefficients(TABLE, LOCAL, NATIONAL, "flq", 0.25)
    assert_allclose([local[0, 1], local[1, 0], local[1, 1]], [0.10, 0.0165719, 0.1242889], rtol=1e-5)


def test_with_slq_a_whole_row_is_cut_by_its_seller():
    assert_allclose(
        regional_coefficients(TABLE, LOCAL, NATIONAL, "slq"), TABLE * np.array([[1.0], [0.75], [1.0]])
    )


def test_with_cilq_there_is_no_scaling_by_size():
    # works to farms: 0.3 x 0.10
    assert_allclose(regional_coefficients(TABLE, LOCAL, NATIONAL, "cilq")[1, 0], 0.03)


def test_leontief_inverse_of_two_sections_is_the_one_worked_by_hand():
    # I - A = [[0.8, -0.2], [-0.1, 0.6]], determinant 0.48 - 0.02 = 0.46,
    # inverse [[0.6, 0.2], [0.1, 0.8]] / 0.46
    expected = np.array([[0.6, 0.2], [0.1, 0.8]]) / 0.46
    assert_allclose(type_1([[0.2, 0.2], [0.1, 0.4]]), expected)


def test_type_1_is_the_sum_of_all_rounds():
    total, spent = np.eye(3), np.eye(3)
    for _ in range(200):
        spent = TABLE @ spent
        total = total + spent
    assert_allclose(type_1(TABLE), total, rtol=1e-12)


def test_a_chain_of_suppliers_ends_after_its_last_link():
    # shops buy 0.5 from works, works buy 0.4 from farms, farms buy nothing: 1 + 0.5 + 0.5 x 0.4 = 1.7
    chain = [[0.0, 0.4, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]
    assert_allclose(type_1(chain).sum(axis=0), [1.0, 1.4, 1.7])
    assert_allclose(rounds(chain, 2), [1.0, 1.4, 1.7])


def test_one_section_that_respends_a_share_s_multiplies_by_one_over_one_minus_s():
    assert_allclose(type_1([[0.4]]), [[1 / 0.6]])


def test_rounds_stop_where_they_are_told():
    # one section spending 0.5 at home: 1, 1.5, 1.75 after none, one, two rounds; LM3 is the third
    assert [rounds([[0.5]], k)[0] for k in (0, 1, 2)] == [1.0, 1.5, 1.75]


def test_rounds_approach_type_1_from_below():
    gaps = [type_1(TABLE).sum(axis=0) - rounds(TABLE, k) for k in (1, 2, 5, 50)]
    assert all((earlier > later).all() for earlier, later in pairwise(gaps))
    assert_allclose(gaps[-1], 0.0, atol=1e-9)


def test_type_2_of_one_section_is_the_one_worked_by_hand():
    # inputs 0.2, pay 0.5, of each £ of pay 0.4 spent here: 1 / (1 - 0.2 - 0.5 x 0.4) = 1 / 0.6;
    # pay: 0.5 / 0.6
    inverse = type_2([[0.2]], [0.5], [0.4])
    assert_allclose(inverse[0, 0], 1 / 0.6)
    assert_allclose(inverse[1, 0], 0.5 / 0.6)


def test_without_local_inputs_or_local_spending_every_multiplier_is_exactly_one():
    found = multipliers(np.zeros((3, 3)), [0.3, 0.4, 0.5], np.zeros(3), [1.0, 2.0, 3.0], LOCAL)
    for each in (found.type_1_output, found.type_2_output, found.type_1_jobs, found.type_2_jobs):
        assert (each == 1.0).all()
    assert found.mean_type_2_jobs == 1.0


def test_jobs_multiplier_weighs_suppliers_by_their_jobs_per_pound():
    # shops buy 0.5 of works; works hold 4 jobs per £, shops 2: total 2 + 0.5 x 4 = 4 jobs, 2 per direct job
    found = multipliers([[0.0, 0.5], [0.0, 0.0]], [0.0, 0.0], [0.0, 0.0], [4.0, 2.0], [30, 10])
    assert_allclose(found.type_1_jobs, [1.0, 2.0])
    assert_allclose(found.mean_type_1_jobs, (30 * 1.0 + 10 * 2.0) / 40)


def test_a_section_absent_from_the_place_counts_as_one_and_nothing_is_missing():
    jobs = [0, 30, 60]
    found = multipliers(
        regional_coefficients(TABLE, jobs, NATIONAL), [0.3] * 3, [0.1] * 3, [1.0, 2.0, 0.0], jobs
    )
    assert found.type_1_output[0] == found.type_2_output[0] == found.type_1_jobs[0] == 1.0
    assert all(np.isfinite(getattr(found, name)).all() for name in found.__dataclass_fields__)


def test_an_absent_section_sells_nothing():
    assert (regional_coefficients(TABLE, [0, 30, 60], NATIONAL, "slq")[0] == 0).all()


def test_multipliers_fall_as_delta_rises():
    totals = [
        type_1(regional_coefficients(TABLE, LOCAL, NATIONAL, "flq", d)).sum() for d in (0.0, 0.15, 0.25, 0.9)
    ]
    assert totals == sorted(totals, reverse=True)
    assert len(set(totals)) == 4


def test_a_larger_place_keeps_more_at_the_same_mix():
    small, large = (type_1(regional_coefficients(TABLE, np.array(LOCAL) * k, NATIONAL)).sum() for k in (1, 5))
    assert large > small


shares = st.floats(0.0, 1.0)


@given(
    weights=arrays(float, (4, 4), elements=shares),
    columns=arrays(float, 4, elements=st.floats(0.0, 0.55)),
    pay=arrays(float, 4, elements=st.floats(0.0, 0.4)),
    spending=arrays(float, 4, elements=st.floats(0.0, 0.25)),
)
def test_multipliers_are_at_least_one_and_type_2_at_least_type_1(weights, columns, pay, spending):
    matrix = weights / np.maximum(weights.sum(axis=0), 1.0) * columns
    found = multipliers(matrix, pay, spending, [1.0, 2.0, 3.0, 4.0], [1, 2, 3, 4])
    rounding = 1e-12
    assert (found.type_1_output >= 1 - rounding).all()
    assert (found.type_2_output >= found.type_1_output - rounding).all()
    assert (found.type_1_jobs >= 1 - rounding).all()
    assert (found.type_2_jobs >= found.type_1_jobs - rounding).all()


@given(
    jobs=arrays(np.int64, 4, elements=st.integers(0, 1000)).filter(lambda jobs: jobs.sum() > 0),
    delta=st.floats(0.0, 0.99),
)
def test_any_place_keeps_no_more_than_the_country_and_no_less_than_nothing(jobs, delta):
    national = np.array(
        [[0.2, 0.1, 0.0, 0.3], [0.1, 0.2, 0.1, 0.1], [0.0, 0.3, 0.2, 0.1], [0.1, 0.1, 0.1, 0.1]]
    )
    local = regional_coefficients(national, jobs, [1000, 2000, 3000, 4000], "flq", delta)
    assert (local >= 0).all()
    assert (local <= national).all()


@pytest.mark.parametrize("delta", [-0.1, 1.0, float("nan")])
def test_delta_outside_its_range_is_refused_with_the_remedy(delta):
    with pytest.raises(ValueError, match=r"delta is .*allowed 0 up to.*Use 0\.25"):
        flq(LOCAL, NATIONAL, delta)


def test_negative_jobs_are_refused_by_position():
    with pytest.raises(ValueError, match=r"local_jobs\[1\] is -30"):
        slq([10, -30, 60], NATIONAL)


def test_missing_jobs_are_refused():
    with pytest.raises(ValueError, match=r"national_jobs\[2\] is nan"):
        slq(LOCAL, [60, 600, float("nan")])


def test_more_jobs_in_the_place_than_in_the_country_are_refused():
    with pytest.raises(ValueError, match=r"local_jobs\[0\] is 70, above the national 60"):
        slq([70, 30, 60], NATIONAL)


def test_a_place_without_jobs_is_refused():
    with pytest.raises(ValueError, match="local_jobs are all 0"):
        slq([0, 0, 0], NATIONAL)


def test_vectors_of_different_length_are_refused():
    with pytest.raises(ValueError, match="vectors of one length"):
        slq([10, 30], NATIONAL)


def test_a_table_of_another_size_than_the_jobs_is_refused():
    with pytest.raises(ValueError, match="2 sections and jobs have 3"):
        regional_coefficients(np.zeros((2, 2)), LOCAL, NATIONAL)


def test_a_column_that_spends_all_its_output_is_refused_by_number():
    with pytest.raises(ValueError, match=r"column 1 of the coefficients adds up to 1\.000"):
        type_1([[0.2, 0.6], [0.1, 0.4]])


def test_inputs_and_pay_that_use_up_output_are_refused_by_number():
    with pytest.raises(ValueError, match=r"column 0: inputs and pay add up to 1\.100"):
        type_2([[0.5, 0.0], [0.0, 0.5]], [0.6, 0.1], [0.2, 0.2])


def test_households_cannot_spend_more_than_their_pay():
    with pytest.raises(ValueError, match=r"consumption adds up to 1\.200"):
        type_2([[0.5]], [0.2], [1.2])


def test_a_negative_coefficient_is_refused_by_position():
    with pytest.raises(ValueError, match=r"coefficient \[0, 1\] is -0\.1"):
        type_1([[0.2, -0.1], [0.1, 0.4]])


def test_a_table_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="allowed: square"):
        type_1([[0.2, 0.1]])


def test_an_unknown_method_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'rlq', allowed: flq, slq, cilq"):
        regional_coefficients(TABLE, LOCAL, NATIONAL, "rlq")


def test_rounds_cannot_be_negative():
    with pytest.raises(ValueError, match="k is -1"):
        rounds(TABLE, -1)


def test_the_example_in_the_module_is_true():
    assert doctest.testmod(regional_io).failed == 0
