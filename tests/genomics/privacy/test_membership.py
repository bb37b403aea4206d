"""Membership risk: what is expected is what simulated members show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from qsetu.core.errors import ArgumentError
from qsetu.genomics.privacy import membership_risk, safe_number_of_snps

RATES = (0.2, 0.05)


def people(seed, number, p):
    return np.random.default_rng(seed).binomial(2, p, (number, len(p))).astype(np.int8)


def simulated(seed, n, m, low=0.1, high=0.9, outsiders=1000):
    """The risk of one cohort, its members and as many outsiders scored."""
    p = np.random.default_rng(seed).uniform(low, high, m)
    cohort, others = people(seed + 1, n, p), people(seed + 2, outsiders, p)
    inside = np.arange(n + outsiders) < n
    everybody = np.vstack([cohort, others])
    return membership_risk(
        cohort.mean(0) / 2, p, n, genotypes=everybody, members=inside, false_positive_rate=RATES
    )


@pytest.mark.parametrize(("n", "m"), [(100, 20), (100, 200), (200, 200), (200, 800), (400, 400)])
def test_expected_power_is_what_members_show(n, m):
    """Twenty cohorts: members found above the analytic threshold, against the analytic power."""
    found = {rate: [] for rate in RATES}
    alarms = {rate: [] for rate in RATES}
    expected = {rate: [] for rate in RATES}
    for repeat in range(20):
        risk = simulated(1000 * repeat + n + m, n, m)
        for rate in RATES:
            threshold = norm.isf(rate)
            found[rate].append(np.mean(risk.scores.z[:n] > threshold))
            alarms[rate].append(risk.scores.measured_rate[rate])
            expected[rate].append(risk.power[rate])
    for rate in RATES:
        # Five standard errors over cohorts, and 1 % for the normal law.
        error = np.std(np.subtract(found[rate], expected[rate]), ddof=1) / np.sqrt(20)
        assert abs(np.mean(found[rate]) - np.mean(expected[rate])) < 5 * error + 0.01
        assert abs(np.mean(alarms[rate]) - rate) < 5 * np.sqrt(rate * (1 - rate) / 20_000) + 0.004
        limit = norm.cdf(np.sqrt(m / n) - norm.isf(rate))
        assert np.mean(expected[rate]) == pytest.approx(limit, abs=0.03)


def test_an_estimated_reference_weakens_the_test_as_expected():
    n = reference = 150
    m = 600
    found, alarms, expected = [], [], []
    for repeat in range(20):
        p = np.random.default_rng(repeat).uniform(0.1, 0.9, m)
        cohort, panel = people(repeat + 100, n, p), people(repeat + 200, reference, p)
        everybody = np.vstack([cohort, people(repeat + 300, 1000, p)])
        risk = membership_risk(
            cohort.mean(0) / 2,
            panel.mean(0) / 2,
            n,
            reference_size=reference,
            genotypes=everybody,
            members=np.arange(n + 1000) < n,
            false_positive_rate=0.05,
        )
        found.append(np.mean(risk.scores.z[:n] > norm.isf(0.05)))
        alarms.append(risk.scores.measured_rate[0.05])
        expected.append(risk.power[0.05])
    assert np.mean(found) == pytest.approx(np.mean(expected), abs=0.03)
    assert np.mean(alarms) == pytest.approx(0.05, abs=0.015)
    # sqrt(M / (n (1 + n / n_reference))), half the squared distance that a known population gives.
    assert np.mean(expected) == pytest.approx(norm.cdf(np.sqrt(m / n / 2) - norm.isf(0.05)), abs=0.03)


def test_more_variants_more_power_and_larger_cohorts_less():
    by_variants = [simulated(1, 200, m).power[0.05] for m in (50, 200, 800, 3200)]
    by_size = [simulated(1, n, 400).power[0.05] for n in (50, 100, 200, 800)]
    assert by_variants == sorted(by_variants) and by_variants[-1] > by_variants[0] + 0.5
    assert by_size == sorted(by_size, reverse=True) and by_size[0] > by_size[-1] + 0.5


def test_measured_power_and_roc_agree_with_expectation():
    risk = simulated(5, 400, 800, outsiders=2000)
    false, true = risk.scores.roc()
    assert false[0] == true[0] == 0 and false[-1] == true[-1] == 1
    assert (np.diff(false) >= 0).all() and (np.diff(true) >= 0).all()
    for rate in RATES:
        assert risk.scores.measured_power[rate] == pytest.approx(risk.power[rate], abs=0.12)
        assert risk.scores.measured_power[rate] <= np.interp(rate, false, true) + 0.01
    # Two normal laws this far apart: the area is known.
    assert risk.scores.area == pytest.approx(norm.cdf(risk.separation / np.sqrt(2)), abs=0.03)
    # The likelihood ratio is the most powerful test; Homer's distance finds members, but fewer.
    assert 0.6 < risk.scores.homer_area < risk.scores.area


def test_a_score_by_hand():
    # Two copies of an allele at 0.6 in the cohort and 0.5 outside, none of one at 0.2 and 0.4.
    risk = membership_risk([0.6, 0.2], [0.5, 0.4], 100, genotypes=[[2, 0], [1, -1], [-1, -1]])
    scores = risk.scores
    one = 2 * np.log(0.6 / 0.5)
    two = 2 * np.log(0.8 / 0.6)
    het = np.log(0.6 / 0.5) + np.log(0.4 / 0.5)
    assert scores.log_likelihood_ratio == pytest.approx([one + two, het, 0])
    assert scores.num_called.tolist() == [2, 1, 0]
    assert np.isnan(scores.z).tolist() == [False, False, True]
    logit = np.log(0.6 / 0.4)
    assert scores.z[1] == pytest.approx((het - 2 * 0.5 * np.log(0.96)) / np.sqrt(2 * 0.25) / logit)
    # Homer: |1 - 0.5| - |1 - 0.6| = 0.1 and |0 - 0.4| - |0 - 0.2| = 0.2; mean 0.15, standard error 0.05.
    assert scores.homer[0] == pytest.approx(3.0)
    assert np.isnan(scores.homer[1:]).all()


def test_what_is_missing_is_as_if_it_had_not_been_measured():
    p = np.random.default_rng(3).uniform(0.1, 0.9, 60)
    everybody = people(4, 20, p)
    q = everybody[:10].mean(0) / 2
    holed = everybody.copy()
    holed[:, 40:] = -1
    with_holes = membership_risk(q, p, 10, genotypes=holed).scores
    shorter = membership_risk(q[:40], p[:40], 10, genotypes=everybody[:, :40]).scores
    assert with_holes.z == pytest.approx(shorter.z)
    assert with_holes.homer == pytest.approx(shorter.homer)
    nothing = np.where(np.arange(60) < 40, q, np.nan)
    masked = membership_risk(nothing, p, 10, genotypes=everybody)
    assert masked.scores.z == pytest.approx(shorter.z)
    assert (masked.num_snps, masked.num_left_out) == (40, 20)


def test_swapping_the_counted_allele_of_both_changes_nothing():
    p = np.random.default_rng(3).uniform(0.1, 0.9, 80)
    everybody = people(4, 20, p)
    q = everybody[:10].mean(0) / 2
    one = membership_risk(q, p, 10, genotypes=everybody)
    other = membership_risk(1 - q, 1 - p, 10, genotypes=2 - everybody)
    assert one.scores.z == pytest.approx(other.scores.z)
    assert one.power == pytest.approx(other.power)


def test_frequencies_of_zero_and_one_are_moved_half_a_copy():
    risk = membership_risk([0.0, 1.0, 0.3], [0.0, 1.0, 0.4], 50)
    assert (risk.num_snps, risk.num_left_out) == (1, 2)
    scores = membership_risk([0.0, 0.3], [0.1, 0.4], 50, genotypes=[[1, -1], [0, -1]]).scores
    expected = np.log(0.005 / 0.1) + np.log(0.995 / 0.9)
    assert scores.log_likelihood_ratio == pytest.approx([expected, 2 * np.log(0.995 / 0.9)])
    # An allele of the cohort that a reference of 10 people lacks.
    scores = membership_risk([0.1], [0.0], 50, reference_size=10, genotypes=[[2]]).scores
    assert scores.log_likelihood_ratio == pytest.approx([2 * np.log(0.1 / 0.025)])


def test_the_safe_number_keeps_members_hidden():
    p = np.random.default_rng(8).uniform(0.1, 0.9, 100_000)
    for power in (0.3, 0.5):
        number = safe_number_of_snps(150, p, power=power, false_positive_rate=0.05)
        found = [
            np.mean(simulated(50 + repeat, 150, number).scores.z[:150] > norm.isf(0.05))
            for repeat in range(20)
        ]
        assert np.mean(found) == pytest.approx(power, abs=0.03)


def test_the_safe_number_without_frequencies_is_the_limit_of_common_variants():
    common = safe_number_of_snps(2000, np.full(10, 0.4))
    assert common == pytest.approx(safe_number_of_snps(2000), rel=0.02)
    assert safe_number_of_snps(1000) == int(1000 * norm.isf(0.05) ** 2)
    assert safe_number_of_snps(2000) > safe_number_of_snps(1000)
    assert safe_number_of_snps(1000, power=0.9) > safe_number_of_snps(1000, power=0.5)
    stricter = safe_number_of_snps(1000, power=0.5, false_positive_rate=0.001)
    assert stricter > safe_number_of_snps(1000, power=0.5, false_positive_rate=0.05)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"released_frequencies": [0.1, 1.2]}, "released_frequencies"),
        ({"released_frequencies": [[0.1], [0.2]]}, "released_frequencies"),
        ({"released_frequencies": ["a", "b"]}, "released_frequencies"),
        ({"reference_frequencies": [0.1]}, "reference_frequencies"),
        ({"released_frequencies": [0, 0], "reference_frequencies": [0, 0]}, "released_frequencies"),
        ({"cohort_size": 1}, "cohort_size"),
        ({"reference_size": 0}, "reference_size"),
        ({"genotypes": [[0, 1, 2]]}, "genotypes"),
        ({"genotypes": [[0, 3]]}, "genotypes"),
        ({"genotypes": [[0.5, 1]]}, "genotypes"),
        ({"members": [True]}, "members"),
        ({"genotypes": [[0, 1], [1, 1]], "members": [1, 0]}, "members"),
        ({"genotypes": [[0, 1], [1, 1]], "members": [True, True]}, "members"),
        ({"false_positive_rate": 0}, "false_positive_rate"),
        ({"false_positive_rate": ()}, "false_positive_rate"),
    ],
)
def test_wrong_arguments_are_named(change, argument):
    right = {"released_frequencies": [0.1, 0.2], "reference_frequencies": [0.2, 0.3], "cohort_size": 10}
    with pytest.raises(ArgumentError) as caught:
        membership_risk(**(right | change))
    assert caught.value.argument == argument


def test_swapped_alleles_are_refused():
    p = np.linspace(0.05, 0.4, 40)
    with pytest.raises(ArgumentError, match="same allele"):
        membership_risk(p, 1 - p, 100)


def test_wrong_limits_are_named():
    for arguments in ({"power": 0.01}, {"power": 1}, {"false_positive_rate": 0}, {"frequencies": [0, 1]}):
        with pytest.raises(ArgumentError):
            safe_number_of_snps(100, **arguments)


def test_it_shows_itself():
    risk = simulated(1, 50, 100)
    assert "cohort" in str(risk) and "50 people" in str(risk)
    assert "<table>" in risk._repr_html_() and "area under the measured ROC" in risk._repr_html_()
    with pytest.raises(ArgumentError, match="members"):
        membership_risk([0.1, 0.2], [0.2, 0.2], 9, genotypes=[[0, 1]]).scores.roc()


def test_members_of_a_real_cohort_score_higher(data_folder):
    """A third of the founders of a HapMap population as cohort, a third as reference, a third outside."""
    bed_reader = pytest.importorskip("bed_reader")
    import pandas as pd

    folder = data_folder / "genotypes-hapmap3-1kg"
    with bed_reader.open_bed(folder / "HM3_thinned_autosomal_overlap.bed") as bed:
        dosages, fathers, mothers, names = bed.read(dtype="int8"), bed.father, bed.mother, bed.iid
    dosages = np.where(dosages == -127, -1, dosages)
    table = pd.read_csv(folder / "relationships_w_pops_121708.txt", sep="\t", dtype=str)
    population = table.drop_duplicates("IID").set_index("IID")["population"].reindex(names).to_numpy()
    founders = (fathers == "0") & (mothers == "0")
    for name in ("CEU", "YRI", "TSI"):
        chosen = np.flatnonzero(founders & (population == name))
        third = len(chosen) // 3
        assert third >= 20
        cohort, panel, outside = np.split(np.random.default_rng(7).permutation(chosen), [third, 2 * third])

        def frequencies(rows):
            called = np.where(dosages[rows] >= 0, dosages[rows], np.nan)
            return np.nanmean(called, axis=0) / 2

        everybody = np.r_[cohort, outside]
        risk = membership_risk(
            frequencies(cohort),
            frequencies(panel),
            len(cohort),
            reference_size=len(panel),
            genotypes=dosages[everybody],
            members=np.arange(len(everybody)) < len(cohort),
        )
        z = risk.scores.z
        assert risk.scores.area > 0.99 and risk.scores.homer_area > 0.99
        assert z[: len(cohort)].min() > z[len(cohort) :].mean() + 3
        assert risk.power[0.001] > 0.99
