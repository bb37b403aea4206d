"""Motifs and splice sites: exact against slow and sampled, classical models against the ceiling."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from sklearn.naive_bayes import CategoricalNB

from genomics.simulators.simulated import AT_RICH, PWM, motif, splice
from qsetu.core.errors import ArgumentError
from qsetu.genomics import MotifCollection, SequenceDataset, load_dataset, reverse_complement
from qsetu.genomics.encoders import PositionWeightMatrix
from qsetu.genomics.simulators import (
    SiteModel,
    default_acceptor,
    default_donor,
    estimate_weights,
    motif_probabilities,
    planted_motif,
    splice_sites,
)
from qsetu.genomics.simulators.checks import pick
from qsetu.genomics.simulators.motifs import _Maker, _sampled
from qsetu.genomics.simulators.splice import _sampled as _sampled_splice


def words(length):
    return ["".join(letters) for letters in itertools.product("ACGT", repeat=length)]


def probability(text, columns):
    return np.prod([column["ACGT".index(letter)] for letter, column in zip(text, columns, strict=True)])


def by_hand(text, pwm, background, both):
    """P(text | motif) letter by letter, place by place."""
    total, width = 0.0, pwm.shape[1]
    strands = [text, reverse_complement(text)] if both else [text]
    for start in range(len(text) - width + 1):
        for strand, one in enumerate(strands):
            # On the reverse strand the background letters are those of the text, not of its complement.
            at = len(text) - width - start if strand else start
            site, rest = one[at : at + width], text[:start] + text[start + width :]
            total += probability(site, pwm.T) * probability(rest, [background] * len(rest))
    return total / (len(text) - width + 1) / len(strands)


@pytest.mark.parametrize("strand", ["forward", "both"])
def test_the_motif_posterior_is_that_by_hand(strand):
    made = planted_motif(
        5, 5, PWM, background=AT_RICH, strand=strand, prior={"motif": 0.3, "background": 0.7}, seed=1
    )
    texts = words(5)
    planted = np.array([by_hand(one, PWM, AT_RICH, strand == "both") for one in texts])
    plain = np.array([probability(one, [AT_RICH] * 5) for one in texts])
    assert planted.sum() == pytest.approx(1)
    joint = np.stack([0.7 * plain, 0.3 * planted], axis=1)
    np.testing.assert_allclose(made.posterior(texts), joint / joint.sum(axis=1, keepdims=True), atol=1e-12)
    assert made.bayes_accuracy == pytest.approx(joint.max(axis=1).sum(), abs=1e-12)
    assert made.bayes_balanced_accuracy == pytest.approx(np.maximum(plain, planted).sum() / 2, abs=1e-12)
    assert (made.method, made.bayes_error_of_estimate) == ("exact", 0.0)


def test_sampling_gives_what_enumeration_gives():
    made = planted_motif(5, 8, PWM, background=AT_RICH, strand="both", seed=1)
    strands = np.stack([PWM.T, PWM[::-1, ::-1].T])
    maker = _Maker(8, strands, np.arange(5), np.array(AT_RICH))
    found = _sampled(made.posterior, maker, 20_000, 1)
    assert 0 < found.error < 0.005
    assert abs(found.accuracy - made.bayes_accuracy) < 4 * found.error
    short = splice_sites(
        5, window=8, donor=SiteModel.consensus("AGGTA", junction=2), prior={"EI": 0.4, "N": 0.6},
        decoys=0.5, background=AT_RICH, seed=1,
    )  # fmt: skip
    found = _sampled_splice(short.posterior, 20_000, 1)
    assert short.method == "exact" and abs(found.accuracy - short.bayes_accuracy) < 4 * found.error
    assert abs(found.balanced - short.bayes_balanced_accuracy) < 4 * found.balanced_error


def test_the_error_of_a_ceiling_is_its_spread():
    prior = {"motif": 0.1, "background": 0.9}
    made = planted_motif(1, 8, "TATA", background=AT_RICH, prior=prior, seed=1)
    maker = _Maker(8, made.truth["motif"].T[None], np.arange(5), np.array(AT_RICH))
    found = [_sampled(made.posterior, maker, 400, seed) for seed in range(200)]
    for of, error, exact in (
        ("accuracy", "error", made.bayes_accuracy),
        ("balanced", "balanced_error", made.bayes_balanced_accuracy),
    ):
        values = np.array([getattr(one, of) for one in found])
        said = np.mean([getattr(one, error) for one in found])
        assert said == pytest.approx(values.std(), rel=0.2)
        assert abs(values.mean() - exact) < 4 * said / np.sqrt(200)
    assert made.bayes_balanced_accuracy > made.bayes_accuracy + 0.01


def test_nothing_of_probability_zero_is_drawn():
    shares = np.array([0.0, *[0.1] * 10, 0.0])
    assert np.cumsum(shares)[-1] < 1
    assert pick(np.array([0.0, 0.05, np.nextafter(1, 0)]), shares).tolist() == [1, 1, 10]


def test_sites_are_where_they_are_said_to_be():
    made = planted_motif(2000, 12, "GATTC", strand="both", background=AT_RICH, seed=2)
    table, y = made.dataset.metadata, made.dataset.y
    for text, start, strand, label in zip(made.dataset.X, table.start, table.strand, y, strict=True):
        if label == "motif":
            assert text[start : start + 5] == {"+": "GATTC", "-": "GAATC"}[strand]
        else:
            assert (start, strand) == (-1, ".")
    counts = np.bincount(table.start[y == "motif"], minlength=8)
    assert len(counts) == 8 and abs(counts - counts.sum() / 8).max() < 4 * np.sqrt(counts.sum() / 8)
    assert abs((table.strand == "+").sum() - (y == "motif").sum() / 2) < 4 * np.sqrt(250)
    places, forward = table.start[y == "motif"], table.strand[y == "motif"] == "+"
    assert abs(np.corrcoef(places, forward)[0, 1]) < 4 / np.sqrt(len(places))
    letters = np.array([list(one) for one in made.dataset.X[y == "background"]])
    for letter, share in zip("ACGT", AT_RICH, strict=True):
        assert abs((letters == letter).mean() - share) < 4 * np.sqrt(share * (1 - share) / letters.size)


def test_planted_letters_follow_the_matrix():
    made = planted_motif(8000, 6, PWM, position=1, background=AT_RICH, seed=2)
    sites = np.array([list(one) for one in made.dataset.X[made.dataset.y == "motif"]])
    for row, letter in enumerate("ACGT"):
        share = np.column_stack([AT_RICH[row], PWM[row, None], AT_RICH[row]])[0]
        error = np.sqrt(share * (1 - share) / len(sites))
        assert (abs((sites == letter).mean(axis=0) - share) < 4 * error).all()


def test_a_certain_motif_of_all_letters_is_seen_by_its_absence():
    made = planted_motif(20, 4, "ACGT", seed=1)
    assert made.bayes_accuracy == pytest.approx(1 - 0.5 / 256)
    np.testing.assert_allclose(made.posterior(["ACGT", "ACGA"]), [[1 / 257, 256 / 257], [1, 0]], atol=1e-15)
    with pytest.raises(ArgumentError, match="probability 0 in all of them, row 1"):
        splice_sites(
            2, window=2, junction=0, donor=SiteModel.consensus("GT", certain="!!"), decoys=1,
            prior={"EI": 0.5, "N": 0.5}, seed=1,
        ).posterior(["GT", "CC"])  # fmt: skip


def test_ambiguous_letters_are_one_of_these():
    for made in (motif(3), splice(3)):
        text = made.dataset.X[0]
        likelihood = made.posterior.log_likelihoods
        plain = [text[:7] + one + text[8:] for one in "AG"]
        apart = np.exp(likelihood(made.posterior.read(plain)))
        ratio = np.array([AT_RICH[0], AT_RICH[2]]) / (AT_RICH[0] + AT_RICH[2])
        # The motif's likelihoods are over background, so background shares weigh them.
        expected = ratio @ apart if len(made.classes) == 2 else apart.sum(axis=0)
        together = np.exp(likelihood(made.posterior.read([text[:7] + "R" + text[8:]])))[0]
        np.testing.assert_allclose(together, expected, rtol=1e-9)
        unknown = made.posterior(["N" * len(text)])[0]
        np.testing.assert_allclose(unknown, [made.truth["prior"][name] for name in made.classes], rtol=1e-9)


def test_motifs_come_as_text_counts_or_probabilities():
    same = planted_motif(1, 8, "TR", seed=1).truth["motif"]
    np.testing.assert_allclose(same, [[0, 0.5], [0, 0], [0, 0.5], [1, 0]])
    mixed = planted_motif(1, 8, "TR", mutation=0.2, background=AT_RICH, seed=1).truth["motif"]
    np.testing.assert_allclose(mixed, 0.8 * same + 0.2 * np.array(AT_RICH)[:, None])
    counts = np.array([[8.0, 0], [0, 2], [0, 2], [0, 4]])
    one = MotifCollection(sample_names=["m1"], counts=[counts], factors=["f"])
    found = planted_motif(1, 8, one, seed=1).truth["motif"]
    np.testing.assert_allclose(found, (counts + 0.25) / 9)
    np.testing.assert_allclose(motif_probabilities(counts, pseudocount=0), counts / 8)


def test_a_weight_matrix_of_much_data_approaches_the_ceiling():
    """Independent letters at known places: naive Bayes is the right model; a wrong one stays below."""
    make = lambda n, part: splice_sites(  # noqa: E731
        n, window=14, prior={"EI": 0.4, "N": 0.6}, donor=default_donor(0.6), decoys=1.0, seed=5, part=part
    )
    train, test = make(20_000, "train"), make(20_000, "test")
    codes = lambda made: made.posterior.read(made.dataset.X)  # noqa: E731
    bayes = CategoricalNB(min_categories=4).fit(codes(train), train.dataset.y)
    score = bayes.score(codes(test), test.dataset.y)
    error = np.hypot(np.sqrt(score * (1 - score) / 20_000), test.bayes_error_of_estimate)
    assert test.bayes_accuracy - 0.01 < score < test.bayes_accuracy + 4 * error
    np.testing.assert_allclose(bayes.predict_proba(codes(test)), test.posterior(test.dataset.X), atol=0.08)
    scores = PositionWeightMatrix().fit(train.dataset.X, train.dataset.y).transform(test.dataset.X)
    matrix = np.where(scores[:, 0] - scores[:, 1] > np.log2(0.6 / 0.4), "EI", "N")
    assert test.bayes_accuracy - 0.01 < (matrix == test.dataset.y).mean() < test.bayes_accuracy + 4 * error
    guess = max(test.truth["prior"].values())
    shuffled = np.random.default_rng(0).permutation(train.dataset.y)
    chance = CategoricalNB(min_categories=4).fit(codes(train), shuffled).score(codes(test), test.dataset.y)
    assert chance < guess + 4 * error


def test_a_motif_scan_approaches_the_ceiling_and_naive_bayes_does_not():
    """The largest score of the matrix over all places is nearly the likelihood ratio."""
    train, test = (planted_motif(10_000, 20, "TGACTCA", seed=6, part=part) for part in ("train", "test"))

    def scan(made):
        codes = made.posterior.read(made.dataset.X)
        table = np.log(0.05 + made.truth["motif"])
        places = [sum(table[codes[:, p + i], i] for i in range(7)) for p in range(14)]
        return np.max(places, axis=0)

    cuts = np.unique(scan(train))
    cut = max(cuts, key=lambda one: ((scan(train) >= one) == (train.dataset.y == "motif")).mean())
    score = ((scan(test) >= cut) == (test.dataset.y == "motif")).mean()
    error = np.hypot(np.sqrt(score * (1 - score) / 10_000), test.bayes_error_of_estimate)
    assert test.bayes_accuracy - 4 * error < score < test.bayes_accuracy + 4 * error
    codes = lambda made: made.posterior.read(made.dataset.X)  # noqa: E731
    naive = CategoricalNB(min_categories=4).fit(codes(train), train.dataset.y)
    assert naive.score(codes(test), test.dataset.y) < test.bayes_accuracy - 0.1


def test_chains_are_followed():
    steps = np.array([[[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0, 0, 0, 1], [0.25] * 4]] * 2)
    chain = SiteModel(np.array([0.4, 0.3, 0.2, 0.1]), steps, junction=1)
    texts = words(3)
    codes = np.array([["ACGT".index(letter) for letter in one] for one in texts])
    p = chain.first[codes[:, 0]] * steps[0][codes[:, 0], codes[:, 1]] * steps[1][codes[:, 1], codes[:, 2]]
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(chain.log_probabilities(codes), np.log(p))
    assert p.sum() == pytest.approx(1)
    for place in range(3):
        shares = [p[codes[:, place] == letter].sum() for letter in range(4)]
        np.testing.assert_allclose(chain.frequencies()[:, place], shares)
    drawn = chain.draw(20_000, np.random.default_rng(0))
    seen = np.bincount(drawn @ [16, 4, 1], minlength=64) / 20_000
    assert (abs(seen - p) <= 4 * np.sqrt(p * (1 - p) / 20_000) + 1e-12).all()
    wide = chain.within(7, 3, np.array(AT_RICH))
    np.testing.assert_allclose(wide.frequencies()[:, 2:5], chain.frequencies())
    np.testing.assert_allclose(wide.frequencies()[:, [0, 1, 5, 6]], np.tile(np.array(AT_RICH)[:, None], 4))
    np.testing.assert_allclose(wide.steps[2:4], steps)
    forced = chain.forced(1, "GT")
    np.testing.assert_allclose(forced.frequencies()[:, 1:], [[0, 0], [0, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(chain.forced(0, "G").frequencies()[:, 1], [0, 0, 0, 1])


@pytest.mark.parametrize("order", [0, 1])
def test_weights_are_found_again(order):
    chain = default_acceptor(0.8)
    if order:
        steps = np.random.default_rng(0).dirichlet([1, 1, 1, 1], (5, 4))
        chain = SiteModel(np.array(AT_RICH), steps)
    drawn = chain.draw(20_000, np.random.default_rng(1))
    texts = np.array(list("ACGT"))[drawn]
    found = estimate_weights(["".join(row) for row in texts], order=order)
    assert len(found) == len(chain)
    np.testing.assert_allclose(found.frequencies(), chain.frequencies(), atol=0.02)
    if order:
        often = chain.frequencies()[:, :-1].T > 0.1
        np.testing.assert_allclose(found.steps[often], chain.steps[often], atol=0.05)


def test_weights_by_hand():
    data = SequenceDataset(sample_names=list("abcd"), sequences=["ACG", "ANG", "CCT", "GCG"])
    model = estimate_weights(data, pseudocount=0.5)
    np.testing.assert_allclose(model.first, [2.5 / 6, 1.5 / 6, 1.5 / 6, 0.5 / 6])
    # N at place 1 counts neither as what follows A nor as what G follows.
    np.testing.assert_allclose(model.steps[0][0], [0.5 / 3, 1.5 / 3, 0.5 / 3, 0.5 / 3])
    np.testing.assert_allclose(model.steps[1][1], [0.5 / 5, 0.5 / 5, 2.5 / 5, 1.5 / 5])
    assert model.junction == 1
    with pytest.raises(ArgumentError, match="'pseudocount' must be above 0"):
        estimate_weights(data, pseudocount=0)


def test_built_in_sites_are_the_consensus():
    donor, acceptor = default_donor(), default_acceptor()
    assert (len(donor), donor.junction, len(acceptor), acceptor.junction) == (9, 3, 15, 14)
    np.testing.assert_allclose(donor.frequencies()[:, 3:5], [[0, 0], [0, 0], [1, 0], [0, 1]])
    np.testing.assert_allclose(donor.frequencies()[:, 0], [0.35, 0.35, 0.15, 0.15])
    np.testing.assert_allclose(acceptor.frequencies()[:, 10], 0.25)
    np.testing.assert_allclose(acceptor.frequencies()[:, 12:14], [[1, 0], [0, 0], [0, 1], [0, 0]])
    made = splice_sites(3000, decoys=0.4, seed=1)
    for text, label in zip(made.dataset.X, made.dataset.y, strict=True):
        assert label != "EI" or text[30:32] == "GT"
        assert label != "IE" or text[28:30] == "AG"
    other = made.dataset.take(made.dataset.y == "N")
    decoy = other.metadata["decoy"].to_numpy()
    sites = np.array([(one[30:32] == "GT") or (one[28:30] == "AG") for one in other.X])
    assert sites[decoy].all() and sites[~decoy].mean() < 0.2
    assert abs(decoy.mean() - 0.4) < 4 * np.sqrt(0.24 / len(decoy))
    assert splice_sites(400, decoys=1.0, seed=1).dataset.metadata["decoy"].sum() > 150


@pytest.mark.usefixtures("data_folder")
def test_sites_of_real_data():
    data = load_dataset("uci-splice")
    models = {name: estimate_weights(data.take(data.y == name)) for name in ("EI", "IE", "N")}
    made = splice_sites(
        400, donor=models["EI"], acceptor=models["IE"], neither=models["N"], bayes_samples=3000, seed=1
    )
    assert made.bayes_accuracy > 0.9
    # The chains, as a classifier of the data that they are from, do what weight arrays do.
    assert (made.posterior.predict(data.X) == data.y).mean() > 0.9
