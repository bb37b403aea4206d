"""h5ad files, dense and sparse; and files that would end the process that reads them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from qsetu.core.errors import ArgumentError, DataError, InsufficientMemoryError
from qsetu.core.hashing import file_sha256
from qsetu.genomics.formats import probe, read_h5ad


@pytest.fixture
def annotated():
    import anndata
    import pandas as pd
    import scipy.sparse as sparse

    values = np.arange(24, dtype=np.float32).reshape(6, 4) % 5
    obs = pd.DataFrame(
        {"type": pd.Categorical(list("ababab")), "donor": list("112233")}, index=list("uvwxyz")
    )
    data = anndata.AnnData(X=values - 1, obs=obs, var=pd.DataFrame(index=["g1", "g2", "g3", "g4"]))
    data.raw = anndata.AnnData(X=sparse.csr_matrix(values), obs=obs, var=data.var)
    data.layers["csc"] = sparse.csc_matrix(values)
    data.layers["counts"] = values.astype(np.int64)
    return data


@pytest.fixture
def written(tmp_path, annotated):
    path = tmp_path / "x.h5ad"
    annotated.write_h5ad(path)
    return path


def test_every_matrix_is_read_as_it_stands(written, annotated):
    values = np.arange(24).reshape(6, 4) % 5
    for layer in ("raw", "csc", "counts"):
        found = read_h5ad(written, layer=layer, labels="type", groups="donor", trusted=True)
        assert np.array_equal(found.values, values)
        assert found.sample_names.tolist() == list("uvwxyz") and found.gene_names.tolist() == [
            "g1",
            "g2",
            "g3",
            "g4",
        ]
        assert found.labels.tolist() == list("ababab") and found.groups.tolist() == list("112233")
        assert found.metadata["donor"].tolist() == list("112233")
        assert not any("negative" in note for note in found.notes)
        few = read_h5ad(written, layer=layer, genes=["g3", "g1"], trusted=True)
        assert np.array_equal(few.values, values[:, [2, 0]]) and few.gene_names.tolist() == ["g3", "g1"]
    main = read_h5ad(written)
    assert np.array_equal(main.values, values - 1)
    assert "it has: X, raw, counts, csc." in main.notes[0]
    assert any("z-scores or residuals" in note and "raw, counts, csc" in note for note in main.notes)
    assert main.files == {"x.h5ad": file_sha256(written)}


def test_what_is_not_there_is_named(written, annotated, tmp_path):
    for options, said in (
        ({"layer": "count"}, "'layer' must be one of .*Did you mean 'counts'"),
        ({"labels": "typ"}, "'labels' must be one of donor, type.*Did you mean 'type'"),
        ({"genes": ["g9"]}, "'genes' must be genes of 'x.h5ad'"),
        ({"genes": "g1"}, "several names"),
    ):
        with pytest.raises(ArgumentError, match=said):
            read_h5ad(written, trusted=True, **options)
    annotated.obs.loc["v", "donor"] = None
    path = tmp_path / "y.h5ad"
    annotated.write_h5ad(path)
    with pytest.raises(DataError, match="Column 'donor' of obs is empty for 1 cells: 'v'"):
        read_h5ad(path, labels="donor", trusted=True)
    annotated.layers["counts"] = np.full((6, 4), np.nan)
    annotated.write_h5ad(path)
    with pytest.raises(DataError, match="has nan in row 0, column 0"):
        read_h5ad(path, layer="counts", trusted=True)


def test_files_that_are_no_h5ad(tmp_path, written):
    import h5py

    path = tmp_path / "y.h5ad"
    path.write_bytes(b"not HDF5 at all")
    with pytest.raises(DataError, match="does not start as HDF5"):
        read_h5ad(path)
    with h5py.File(path, "w") as store:
        store["x"] = [1]
    with pytest.raises(DataError, match="it has no 'obs'"):
        read_h5ad(path)
    content = written.read_bytes()
    for length in (9, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match=r"'y\.h5ad'"):
            read_h5ad(path)


def test_a_sparse_matrix_that_points_outside_of_itself_is_refused(written):
    import h5py

    for key, place, value in (("indices", 3, 99), ("indices", 3, -1), ("indptr", 2, 99), ("indptr", 0, 1)):
        for layer, where in (("raw", "raw/X"), ("csc", "layers/csc")):
            with h5py.File(written, "r+") as store:
                before = store[where][key][place]
                store[where][key][place] = value
            with pytest.raises(DataError, match="points outside of itself"):
                read_h5ad(written, layer=layer, trusted=True)
            with h5py.File(written, "r+") as store:
                store[where][key][place] = before


def test_a_matrix_that_would_not_fit_is_refused_before_it_is_read(written, monkeypatch):
    import qsetu.core.memory

    monkeypatch.setattr(qsetu.core.memory, "ALWAYS_FITS", 0)
    monkeypatch.setattr(qsetu.core.memory, "available_memory", lambda: 200)
    with pytest.raises(InsufficientMemoryError, match=r"Values of 'x\.h5ad' need .* Name fewer 'genes'"):
        read_h5ad(written, trusted=True)


def test_damaged_files_are_read_or_refused_and_end_no_process(written, tmp_path):
    # A byte in each; some make the library crash, in the process of the first reading.
    content = written.read_bytes()
    places = [place for place, byte in enumerate(content) if byte]
    path = tmp_path / "y.h5ad"
    draw = random.Random(20)
    for _ in range(12):
        changed = bytearray(content)
        changed[draw.choice(places)] = draw.randrange(256)
        path.write_bytes(changed)
        try:
            assert read_h5ad(path, labels="type").values.shape == (6, 4)
        except (ArgumentError, DataError) as error:
            assert str(error)


def test_a_reading_that_crashes_or_does_not_end_is_refused(written, monkeypatch):
    monkeypatch.setattr(probe, "_WALK", "import os; os.abort()")
    with pytest.raises(DataError, match="the HDF5 library crashes on it"):
        read_h5ad(written)
    assert len(read_h5ad(written, trusted=True)) == 6
    monkeypatch.setattr(probe, "_WALK", "while True: pass")
    run = probe.subprocess.run
    monkeypatch.setattr(probe.subprocess, "run", lambda *a, **k: run(*a, **{**k, "timeout": 0.2}))
    with pytest.raises(DataError, match="did not end"):
        read_h5ad(written)


def test_the_first_reading_needs_no_home_and_writes_nothing(written):
    before = sorted(written.parent.iterdir())
    read_h5ad(written)
    assert sorted(written.parent.iterdir()) == before


def test_raw_has_genes_of_its_own(annotated, tmp_path):
    path = tmp_path / "y.h5ad"
    annotated[:, ["g2", "g4"]].copy().write_h5ad(path)
    raw = read_h5ad(path, layer="raw", trusted=True)
    assert raw.gene_names.tolist() == ["g1", "g2", "g3", "g4"] and raw.values.shape == (6, 4)
    main = read_h5ad(path, trusted=True)
    assert main.gene_names.tolist() == ["g2", "g4"]
    assert np.array_equal(main.values, raw.values[:, [1, 3]] - 1)
