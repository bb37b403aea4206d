"""Views show the right numbers, say them in words, and leave matplotlib as it was."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.genomics import (
    ExpressionDataset,
    GenotypeDataset,
    SequenceDataset,
    dataset_card,
    load_dataset,
)
from qsetu.genomics.views import (
    class_balance,
    genotype_heatmap,
    kmer_enrichment,
    sample_map,
    sequence_logo,
)


def sequences(texts, labels, alphabet="DNA", **more):
    return SequenceDataset(
        sequences=np.array(texts, dtype=object),
        sample_names=[f"s{i}" for i in range(len(texts))],
        labels=labels,
        alphabet=alphabet,
        **more,
    )


def picture(view) -> np.ndarray:
    from matplotlib.image import imread

    return imread(io.BytesIO(view._repr_png_()))


def people(**more):
    variants = pd.DataFrame(
        {
            "id": ["rs1", "rs2", "rs3"],
            "chromosome": ["1"] * 3,
            "position": [1, 2, 3],
            "counted": ["A"] * 3,
            "other": ["G"] * 3,
        }
    )
    dosages = np.array([[0, 1, 2], [2, 2, -1], [0, 0, 0], [1, 1, 1]])
    names = ["p0", "p1", "p2", "p3"]
    return GenotypeDataset(dosages=dosages, variants=variants, sample_names=names, **more)


# ---- logo --------------------------------------------------------------------------------------------


def test_logo_heights_are_frequency_times_information():
    view = sequence_logo(["AC", "AG", "AT", "AT"], small_sample_correction=False)
    assert view.table.index.tolist() == [1, 2]
    assert view.table.loc[1, ["bits", "A", "C"]].tolist() == [2, 2, 0]
    entropy = 0.25 * 2 + 0.25 * 2 + 0.5 * 1
    np.testing.assert_allclose(view.table.loc[2, "bits"], 2 - entropy)
    np.testing.assert_allclose(view.table.loc[2, "T"], (2 - entropy) / 2)
    assert "position 1 tells most, 2.00 bits" in view.description


def test_logo_takes_off_what_chance_would_tell():
    plain = sequence_logo(["A"] * 10, small_sample_correction=False).table["bits"].iloc[0]
    corrected = sequence_logo(["A"] * 10).table["bits"].iloc[0]
    np.testing.assert_allclose(plain - corrected, 3 / (2 * np.log(2) * 10))
    # One of each letter tells nothing, and never less than nothing.
    assert sequence_logo(["A", "C", "G", "T"]).table["bits"].tolist() == [0]


def test_logo_shares_ambiguous_letters_and_leaves_gaps_out():
    table = sequence_logo(["A", "R", "-", "A"], small_sample_correction=False).table
    share = np.array([2.5, 0.5]) / 3
    bits = 2 + np.sum(share * np.log2(share))
    np.testing.assert_allclose(table[["A", "G"]].iloc[0], share * bits)


def test_logo_of_one_class_of_a_dataset_and_of_other_alphabets():
    data = sequences(["AC", "AC", "GG"], ["x", "x", "y"])
    table = sequence_logo(data, label="x", small_sample_correction=False, first_position=-1).table
    assert table.index.tolist() == [-1, 0]
    assert table["bits"].tolist() == [2, 2]
    assert "U" in sequence_logo(sequences(["ACU"], ["x"], "RNA")).table.columns
    protein = sequence_logo(["MK", "ML"], alphabet="protein", small_sample_correction=False).table
    np.testing.assert_allclose(protein["bits"], [np.log2(20), np.log2(20) - 1])


def test_logo_refuses_what_it_cannot_show():
    with pytest.raises(ArgumentError, match="same length"):
        sequence_logo(["AC", "ACG"])
    with pytest.raises(ArgumentError, match="at most 200 letters"):
        sequence_logo(["A" * 300])
    assert len(sequence_logo(["A" * 300], start=250).table) == 50
    with pytest.raises(ArgumentError, match="'label' must be one of"):
        sequence_logo(sequences(["AC"], ["x"]), label="z")
    with pytest.raises(ArgumentError, match="dataset with labels"):
        sequence_logo(["AC"], label="x")


# ---- classes -----------------------------------------------------------------------------------------


def test_class_balance_counts_samples_groups_and_splits():
    data = sequences(
        ["A", "C", "G", "T"],
        ["x", "x", "x", "y"],
        groups=["g", "g", "h", "h"],
        official_split=["train", "test", "train", "train"],
    )
    table = class_balance(data).table
    assert table.loc["x"].to_dict() == {"samples": 3, "share": 0.75, "groups": 2, "train": 2, "test": 1}
    assert table.loc["y", ["samples", "train", "test"]].tolist() == [1, 1, 0]
    with pytest.raises(ArgumentError, match="labels"):
        class_balance(people())
    with pytest.raises(ArgumentError, match="must be a dataset"):
        class_balance([1, 2])


# ---- genotypes ---------------------------------------------------------------------------------------


def test_heat_map_sorts_by_label_and_shows_what_is_missing():
    view = genotype_heatmap(people(labels=["b", "a", "b", "a"]))
    assert view.table.index.tolist() == ["p1", "p3", "p0", "p2"]
    assert view.table.loc["p1"].tolist() == [2, 2, -1]
    assert "8.33 % not called" in view.description
    pixels = picture(view)[..., :3]
    orange = np.array([0xD5, 0x5E, 0x00]) / 255
    assert (np.abs(pixels - orange).max(-1) < 0.02).any()


def test_heat_map_takes_evenly_of_many():
    view = genotype_heatmap(people(), max_samples=2, max_variants=2)
    assert view.table.index.tolist() == ["p0", "p3"]
    assert view.table.columns.tolist() == ["rs1", "rs3"]
    assert "2 of 4 samples" in view.figure.axes[0].get_ylabel()
    with pytest.raises(ArgumentError, match="GenotypeDataset"):
        genotype_heatmap(np.zeros((2, 2)))


# ---- maps --------------------------------------------------------------------------------------------


def test_map_of_expression_is_the_principal_plane():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(40, 5)) * np.array([1, 10, 100, 1, 1])
    values[:20, :2] += np.array([4, 40])
    labels = np.array(["x"] * 20 + ["y"] * 20)
    data = ExpressionDataset(
        values=values, gene_names=list("abcde"), sample_names=[str(i) for i in range(40)], labels=labels
    )
    view = sample_map(data)
    scaled = (values - values.mean(0)) / values.std(0)
    _, s, directions = np.linalg.svd(scaled, full_matrices=False)
    np.testing.assert_allclose(np.abs(view.table["x"]), np.abs(scaled @ directions[0]), atol=1e-8)
    share = 100 * (s[:2] ** 2).sum() / (s**2).sum()
    assert f"{share:.1f} % of the variance" in view.description
    assert view.table["label"].tolist() == labels.tolist()


@pytest.mark.slow
def test_umap_of_separate_clusters_keeps_them_apart():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(60, 8))
    values[:30] += 20
    data = ExpressionDataset(
        values=values,
        gene_names=list("abcdefgh"),
        sample_names=[str(i) for i in range(60)],
        labels=["x"] * 30 + ["y"] * 30,
    )
    places = sample_map(data, method="umap").table
    again = sample_map(data, method="umap").table
    pd.testing.assert_frame_equal(places, again)
    x = places.loc[places["label"] == "x", ["x", "y"]]
    y = places.loc[places["label"] == "y", ["x", "y"]]
    spread = max(x.std().max(), y.std().max())
    assert np.linalg.norm(x.mean() - y.mean()) > 3 * spread


def test_maps_of_genotypes_and_sequences():
    assert sample_map(people()).table.shape == (4, 2)
    texts = ["ACGTACGTAC", "ACGTACGTAA", "TTTTTTTTTT", "TTTTTTTTTA"]
    table = sample_map(sequences(texts, ["x", "x", "y", "y"])).table
    assert abs(table["x"].iloc[0] - table["x"].iloc[1]) < abs(table["x"].iloc[0] - table["x"].iloc[2])
    with pytest.raises(ArgumentError, match="at least 3"):
        sample_map(sequences(["ACGTA", "ACGTT"], ["x", "y"]))
    with pytest.raises(ArgumentError, match="must hold expression"):
        sample_map("nothing")


# ---- k-mers ------------------------------------------------------------------------------------------


def test_enrichment_is_fishers_test():
    from scipy.stats import fisher_exact

    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list("ACGT"), 12)) for _ in range(40)]
    texts[:15] = [text[:4] + "TATA" + text[8:] for text in texts[:15]]
    data = sequences(texts, ["on"] * 15 + ["off"] * 25)
    view = kmer_enrichment(data, "on", k=3)
    assert set(view.table.index[:2]) == {"TAT", "ATA"}
    assert len(view.table) == 64
    for kmer in ("TAT", "ACG", "GGG"):
        inside = sum(kmer in text for text in texts[:15])
        outside = sum(kmer in text for text in texts[15:])
        row = view.table.loc[kmer]
        assert (row["in_class"], row["elsewhere"]) == (inside, outside)
        expected = fisher_exact(
            [[inside, 15 - inside], [outside, 25 - outside]], alternative="greater"
        ).pvalue
        np.testing.assert_allclose(row["p"], expected, rtol=1e-9)
        odds = (inside + 0.5) * (25 - outside + 0.5) / ((15 - inside + 0.5) * (outside + 0.5))
        np.testing.assert_allclose(row["log2_odds"], np.log2(odds))
    order = view.table["p"].to_numpy()
    ranks = np.arange(1, 65)
    corrected = np.minimum.accumulate((order * 64 / ranks)[::-1])[::-1].clip(max=1)
    np.testing.assert_allclose(view.table["q"], corrected, rtol=1e-9)


def test_enrichment_refuses_what_has_no_answer():
    with pytest.raises(ArgumentError, match="two classes"):
        kmer_enrichment(sequences(["ACG"], ["x"]), "x")
    with pytest.raises(ArgumentError, match="'k' must be"):
        kmer_enrichment(sequences(["ACG", "ACC"], ["x", "y"]), "x", k=9)


# ---- all of them -------------------------------------------------------------------------------------


def test_views_are_pictures_with_words_and_change_nothing(tmp_path):
    before = dict(mpl.rcParams)
    data = sequences(["ACGT", "ACGA", "TTTT", "TTTA"], ["x", "x", "y", "y"])
    views = [
        sequence_logo(data),
        class_balance(data),
        sample_map(data),
        kmer_enrichment(data, "x", k=2),
        genotype_heatmap(people()),
    ]
    assert dict(mpl.rcParams) == before
    for view in views:
        assert picture(view)[..., :3].std() > 0.01
        shown = view._repr_html_()
        assert 'alt="' in shown
        assert "http" not in shown
        assert repr(view) == f"View({view.description})"
    views[0].save(tmp_path / "logo.svg")
    assert (tmp_path / "logo.svg").stat().st_size > 1000
    with pytest.raises(OutputError, match="cannot be written"):
        views[0].save(tmp_path / "no" / "logo.png")
    with pytest.raises(OutputError, match="cannot be written"):
        views[0].save(tmp_path / "logo.nonsense")


def test_a_dataset_shows_its_card_and_escapes_what_files_say():
    shown = load_dataset("pbmc68k-reduced")._repr_html_()
    assert "Dendritic" in shown
    assert "What to know before believing a score" in shown
    assert "10.1038/ncomms14049" in shown
    assert "<script" not in shown
    hostile = "<script>alert(1)</script>"
    data = sequences(["A"], [hostile], notes=("<b>note</b>",), files={hostile: "00"})
    own = data._repr_html_()
    assert "<script" not in own
    assert "&lt;b&gt;note" in own
    assert "Your own data" in own
    texts = ("title", "summary", "license", "citation", "doi", "grouping", "split")
    card = dataset_card("uci-splice").model_copy(update=dict.fromkeys(texts, hostile) | {"traps": (hostile,)})
    carded = sequences(["A"], ["x"], card=card)._repr_html_()
    assert "<script" not in carded
    assert carded.count("&lt;script&gt;") == len(texts) + 1
