"""The data are the ones the card describes, wherever they are read from, or they are refused."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError, DataError
from qsetu.genomics import ExpressionDataset, dataset_card, load_dataset
from qsetu.genomics.storage import find_file

CARD = dataset_card("pbmc68k-reduced")
FACTS = CARD.facts()
FILE = FACTS.files[0]
# What the user has set; the fixture below unsets it for every test that does not ask for it.
GIVEN = os.environ.get("QSETU_DATA", "")


@pytest.fixture(autouse=True)
def _no_data_folder(monkeypatch):
    monkeypatch.delenv("QSETU_DATA", raising=False)


@pytest.fixture
def packaged(monkeypatch, tmp_path) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path, _ = find_file(CARD, FILE)
    return path


def test_the_packaged_cells_are_what_the_card_says():
    dataset = load_dataset("pbmc68k-reduced")
    assert dataset.values.shape == (FACTS.num_samples, FACTS.num_features) == (700, 765)
    assert dataset.values.dtype == np.float64
    assert len(set(dataset.gene_names)) == 765
    assert dataset.content_sha256 == FACTS.content_sha256
    assert not dataset.values.flags.writeable


def test_values_are_log_counts_and_not_z_scores():
    dataset = load_dataset("pbmc68k-reduced")
    assert dataset.values.min() == 0  # z-scores would be negative
    np.testing.assert_allclose(dataset.values, dataset.values.round(3), atol=1e-6)
    assert dataset.label_counts()["Dendritic"] == 240
    assert list(dataset.label_counts().values()) == [240, 129, 95, 68, 54, 43, 31, 19, 13, 8]


def test_the_trap_that_the_card_counts_is_in_the_data():
    dataset = load_dataset("pbmc68k-reduced")
    cd4_cells = np.char.startswith(dataset.labels, "CD4+")
    genes = dataset.gene_names.tolist()
    assert cd4_cells.sum() == 95
    assert (dataset.values[cd4_cells, genes.index("CD4")] > 0).sum() == 27
    assert (dataset.values[cd4_cells, genes.index("CD8A")] > 0).sum() == 6


def test_reading_is_silent_and_does_not_import_scanpy():
    code = (
        "import sys, warnings; warnings.simplefilter('error')\n"
        "from qsetu.genomics import load_dataset\n"
        "import anndata; load_dataset('pbmc68k-reduced')\n"
        "assert 'scanpy' not in sys.modules\n"
    )
    # Only what reading itself raises is of interest: imports of others may warn.
    code = code.replace(
        "warnings.simplefilter('error')\n", "\nimport anndata\nwarnings.simplefilter('error')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_filters_of_the_caller_survive():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        before = list(warnings.filters)
        load_dataset("pbmc68k-reduced")
        assert warnings.filters == before


def test_unknown_dataset_is_refused_with_a_guess():
    with pytest.raises(ArgumentError, match="Did you mean 'pbmc68k-reduced'"):
        load_dataset("pbmc68k-reducd")


def test_damaged_file_is_refused_by_name(tmp_path, packaged, monkeypatch):
    target = tmp_path / FILE.path
    target.parent.mkdir()
    content = packaged.read_bytes()
    target.write_bytes(content[: len(content) // 2])
    monkeypatch.setenv("QSETU_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"10x_pbmc68k_reduced\.h5ad.*is no "):
        load_dataset("pbmc68k-reduced")


def _rewrite(packaged: Path, path: Path, change) -> None:
    import anndata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cells = anndata.read_h5ad(packaged)
    raw = cells.raw[:, cells.var_names]
    matrix = raw.X.toarray()
    labels = cells.obs["bulk_labels"].astype(str).to_numpy().copy()
    change(matrix, labels)
    copy = anndata.AnnData(matrix, obs={"bulk_labels": labels}, var=None)
    copy.obs_names, copy.var_names = cells.obs_names, cells.var_names
    copy.raw = copy
    path.parent.mkdir(parents=True)
    copy.write_h5ad(path)


def test_rewritten_file_with_equal_content_is_accepted(tmp_path, packaged, monkeypatch):
    target = tmp_path / FILE.path
    _rewrite(packaged, target, lambda matrix, labels: None)
    monkeypatch.setenv("QSETU_DATA", str(tmp_path))
    dataset = load_dataset("pbmc68k-reduced")
    assert dataset.file_sha256 not in (FILE.sha256, *FILE.also_sha256)
    assert dataset.content_sha256 == FACTS.content_sha256


@pytest.mark.parametrize("what", ["value", "label"])
def test_one_changed_number_or_label_is_refused(tmp_path, packaged, monkeypatch, what):
    def change(matrix, labels):
        if what == "value":
            matrix[3, 5] += 0.001
        else:
            labels[0] = next(name for name in labels if name != labels[0])

    target = tmp_path / FILE.path
    _rewrite(packaged, target, change)
    monkeypatch.setenv("QSETU_DATA", str(tmp_path))
    with pytest.raises(DataError, match="dataset 'pbmc68k-reduced' can be read, but their content"):
        load_dataset("pbmc68k-reduced")


def test_data_folder_comes_first(tmp_path, packaged, monkeypatch):
    target = tmp_path / FILE.path
    target.parent.mkdir()
    shutil.copy(packaged, target)
    monkeypatch.setenv("QSETU_DATA", str(tmp_path))
    assert find_file(CARD, FILE)[0] == target
    target.unlink()
    assert find_file(CARD, FILE)[0] == packaged


def test_wrong_data_folder_and_missing_file_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install scanpy or qsetu data fetch pbmc68k-reduced"):
        load_dataset("pbmc68k-reduced")
    monkeypatch.setenv("QSETU_DATA", str(tmp_path / "missing"))
    with pytest.raises(DataError, match="QSETU_DATA is set to"):
        load_dataset("pbmc68k-reduced")


@pytest.mark.skipif(
    not GIVEN, reason="QSETU_DATA is unset: the repository's own copy of the file is not here"
)
def test_the_given_folder_holds_the_same_content(monkeypatch):
    path = Path(GIVEN) / FILE.path
    if not path.is_file():
        pytest.skip(f"QSETU_DATA has no {FILE.path}")
    packaged = load_dataset("pbmc68k-reduced")
    monkeypatch.setenv("QSETU_DATA", GIVEN)
    given = load_dataset("pbmc68k-reduced")
    assert given.file_sha256 in (FILE.sha256, *FILE.also_sha256)
    np.testing.assert_array_equal(given.values, packaged.values)
    np.testing.assert_array_equal(given.labels, packaged.labels)


def test_content_hash_sees_names_and_order():
    values = np.arange(6.0).reshape(2, 3)
    labels, genes, cells = np.array(["a", "b"]), np.array(["g", "h", "i"]), np.array(["x", "y"])

    def said(values=values, labels=labels, genes=genes, cells=cells):
        data = ExpressionDataset(values=values, labels=labels, gene_names=genes, sample_names=cells)
        return data.content_sha256

    base = said()
    assert base == said(values.copy(), labels.astype("<U9"))
    assert base != said(labels=labels[::-1])
    assert base != said(genes=genes[::-1])
    assert base != said(cells=cells[::-1])
    assert base != said(values + 1)
