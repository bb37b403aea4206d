"""PLINK's three files: dosages count A1, and files that do not belong together are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError, InsufficientMemoryError
from qsetu.core.hashing import file_sha256
from qsetu.genomics.formats import read_plink

# As PLINK documents the format: 00 two A1, 01 missing, 10 one, 11 two A2; the first sample in the low bits.
CODES = {2: 0b00, -1: 0b01, 1: 0b10, 0: 0b11}


def packed(dosages) -> bytes:
    """The bytes of a .bed, written slowly and obviously."""
    out = bytearray(b"\x6c\x1b\x01")
    for variant in np.asarray(dosages).T:
        for start in range(0, len(variant), 4):
            byte = 0
            for place, dosage in enumerate(variant[start : start + 4]):
                byte |= CODES[int(dosage)] << (2 * place)
            out.append(byte)
    return bytes(out)


@pytest.fixture
def write(tmp_path):
    def _write(dosages, fam=None, bim=None, base="x.y"):
        dosages = np.asarray(dosages)
        people, variants = dosages.shape
        fam = fam or [f"{i} p{i} 0 0 {1 + i % 2} -9" for i in range(people)]
        bim = bim or [f"1 rs{i} 0 {100 + i} A g" for i in range(variants)]
        (tmp_path / f"{base}.bed").write_bytes(packed(dosages))
        (tmp_path / f"{base}.bim").write_text("\n".join(line.replace(" ", "\t") for line in bim) + "\n")
        (tmp_path / f"{base}.fam").write_text("\n".join(fam) + "\n")
        return tmp_path / base

    return _write


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), people=st.integers(1, 11), variants=st.integers(1, 7))
def test_any_matrix_comes_back(write, data, people, variants):
    drawn = st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=people * variants, max_size=people * variants)
    dosages = np.array(data.draw(drawn), np.int8).reshape(people, variants)
    base = write(dosages)
    found = read_plink(base)
    assert np.array_equal(found.dosages, dosages)
    assert read_plink(f"{base}.bed").content_sha256 == found.content_sha256
    some = data.draw(st.permutations(range(people)))[: max(1, people // 2)]
    few = data.draw(st.permutations(range(variants)))[: max(1, variants // 2)]
    part = read_plink(base, samples=[f"p{i}" for i in some], variants=[f"rs{i}" for i in few])
    assert np.array_equal(part.dosages, dosages[np.ix_(some, few)])
    assert part.sample_names.tolist() == [f"p{i}" for i in some]
    assert part.variants["id"].tolist() == [f"rs{i}" for i in few]
    assert part.metadata["family"].tolist() == [str(i) for i in some]


def test_a1_is_counted_and_everything_is_kept(write):
    base = write(
        [[2, 0], [1, -1], [0, 1]],
        fam=["f1 a 0 0 1 2", "f1 b 0 0 2 1", "0 c a b 0 -9"],
        bim=["1 rs1 0.5 100 a G", "X rs2 0 7 0 T"],
    )
    found = read_plink(base, labels={"a": "x", "b": "y", "c": "z"})
    assert found.variants[["id", "chromosome", "position", "counted", "other"]].to_numpy().tolist() == [
        ["rs1", "1", 100, "A", "G"],
        ["rs2", "X", 7, "0", "T"],
    ]
    assert found.variants["centimorgan"].tolist() == [0.5, 0.0]
    assert found.metadata.to_dict("list") == {
        "family": ["f1", "f1", "0"],
        "father": ["0", "0", "a"],
        "mother": ["0", "0", "b"],
        "sex": ["male", "female", "unknown"],
        "phenotype": ["2", "1", "-9"],
    }
    assert found.groups.tolist() == ["f1", "f1", "0:c"]
    assert found.traits is None
    assert found.files == {
        f"x.y.{end}": file_sha256(base.with_name(f"x.y.{end}")) for end in ("bed", "bim", "fam")
    }
    assert found.notes[0].startswith("Dosages count A1")
    assert read_plink(base, samples=["b", "a"], labels="phenotype").labels.tolist() == ["control", "case"]
    assert read_plink(base, samples=["b"], labels="sex", groups="family").labels.tolist() == ["female"]
    with pytest.raises(DataError, match=r"has another phenotype than .* for 1 of 3 samples, the first 'c'"):
        read_plink(base, labels="phenotype")
    with pytest.raises(ArgumentError, match="'labels' must be 'phenotype', 'sex', 'family'"):
        read_plink(base, labels="status")


def test_families_are_groups_only_where_they_say_something(write):
    two = [[0], [1]]
    assert read_plink(write(two)).groups is None
    assert read_plink(write(two, fam=["0 a 0 0 1 1", "0 b 0 0 1 1"])).groups is None
    one = read_plink(write(two, fam=["f a 0 0 1 1", "f b 0 0 1 1"]))
    assert one.groups is None and any("one FID" in note for note in one.notes)


def test_a_measured_phenotype_is_a_trait(write):
    found = read_plink(write([[0], [1], [2]], fam=["0 a 0 0 1 1.5", "0 b 0 0 1 -9", "0 c 0 0 1 -2"]))
    np.testing.assert_array_equal(found.traits["phenotype"], [1.5, np.nan, -2])
    assert read_plink(write([[0], [1]], fam=["0 a 0 0 1 tall", "0 b 0 0 1 x"])).traits is None


def test_names_that_repeat(write):
    fam = ["f a 0 0 1 1", "g a 0 0 1 1"]
    found = read_plink(write([[0], [1]], fam=fam))
    assert found.sample_names.tolist() == ["f:a", "g:a"]
    assert any("FID:IID" in note for note in found.notes)
    with pytest.raises(DataError, match="has the sample f:a more than once"):
        read_plink(write([[0], [1]], fam=[fam[0], fam[0]]))
    twice = read_plink(write([[0, 1]], bim=["1 rs1 0 1 A G", "1 rs1 0 2 A G"]))
    assert "1 name(s) of variants occur more than once: 'rs1'." in twice.notes
    with pytest.raises(ArgumentError, match="'variants'"):
        read_plink(write([[0, 1]], bim=["1 rs1 0 1 A G", "1 rs1 0 2 A G"]), variants=["rs1"])


def test_files_that_are_not_plinks_are_refused_by_name(write):
    base = write([[0, 1], [1, 2], [2, -1]])
    bed, bim, fam = (base.with_name(f"x.y.{end}") for end in ("bed", "bim", "fam"))
    whole = {path: path.read_bytes() for path in (bed, bim, fam)}

    def refused(path, content, said):
        path.write_bytes(content)
        with pytest.raises(DataError, match=said):
            read_plink(base)
        path.write_bytes(whole[path])

    refused(bed, b"\x6c\x1c" + whole[bed][2:], r"'x\.y\.bed' is no PLINK .bed: its first bytes are 6c1c")
    refused(bed, b"\x6c\x1b\x00" + whole[bed][3:], "ordered by samples")
    refused(bed, b"\x6c\x1b\x07" + whole[bed][3:], "third byte is 07")
    refused(bed, b"\x6c\x1b", "third byte is missing")
    refused(bed, whole[bed][:-1], r"'x\.y\.bed' has 4 bytes; 3 samples .* 2 variants .* take 5: was it cut")
    refused(bed, whole[bed] + b"\0", "does it belong to them")
    refused(bim, whole[bim] + b"1\trs9\t0\t9\tA\tG\n", "3 variants of 'x.y.bim' take 6")
    refused(fam, whole[fam] + b"0 p4 0 0 1 1\n0 p5 0 0 1 1\n", "5 samples of 'x.y.fam'")
    refused(fam, b"0 p1 0 0 1\n", r"'x\.y\.fam', line 1: has 5 columns")
    refused(bim, b"1\trs1\t0\tx\tA\tG\n1\trs2\t0\t5\tA\tG\n", "'rs1': position is 'x', not a number")
    refused(bim, b"\n", "no line with content")
    fam.unlink()
    with pytest.raises(DataError, match=r"x\.y\.fam' does not exist"):
        read_plink(base)


def test_a_matrix_that_would_not_fit_is_refused_before_reading(write, monkeypatch):
    import qsetu.core.memory

    monkeypatch.setattr(qsetu.core.memory, "ALWAYS_FITS", 0)
    monkeypatch.setattr(qsetu.core.memory, "available_memory", lambda: 5)
    with pytest.raises(InsufficientMemoryError, match=r"Genotypes of 'x\.y\.bed'"):
        read_plink(write([[0, 1], [1, 2], [2, -1]]))
    assert len(read_plink(write([[0, 1], [1, 2], [2, -1]]), samples=["p1"])) == 1
