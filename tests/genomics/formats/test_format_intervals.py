"""Intervals of BED, GFF3 and GTF, and what they cut out of a FASTA."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsetu.core.errors import ArgumentError, DataError
from qsetu.core.hashing import file_sha256
from qsetu.genomics import reverse_complement
from qsetu.genomics.formats import read_interval_sequences, read_intervals

quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
chromosomes = st.sampled_from(["chr1", "chrX", "MT", "scaffold.7"])
places = st.tuples(st.integers(0, 10**8), st.integers(0, 5000)).map(lambda pair: (pair[0], pair[0] + pair[1]))
strands = st.sampled_from("+-.")


@pytest.fixture
def write(tmp_path):
    def _write(text: str, name: str = "x.bed"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return _write


@quick
@given(
    rows=st.lists(
        st.tuples(chromosomes, places, st.text("abc:_1", min_size=1, max_size=5), strands),
        min_size=1,
        max_size=8,
    ),
    width=st.sampled_from([3, 4, 5, 6, 9, 12]),
    separator=st.sampled_from(["\t", " "]),
)
def test_bed_comes_back(tmp_path, rows, width, separator):
    path = tmp_path / "x"
    lines = ["# me", "track name=me", "browser position 1"]
    for chromosome, (start, end), name, strand in rows:
        cells = [chromosome, start, end, name, 7, strand, start, end, 0, 1, 5, 0][:width]
        lines.append(separator.join(map(str, cells)))
    path.write_text("\n".join(lines) + "\n")
    found = read_intervals(path, genome="me1")
    assert found.intervals.to_numpy().tolist() == [
        [chromosome, start, end, strand if width >= 6 else "."]
        for chromosome, (start, end), _, strand in rows
    ]
    if width >= 4:
        assert found.sample_names.tolist() == [name for _, _, name, _ in rows]
    assert (found.metadata is not None) == (width >= 5)
    assert found.genome == "me1" and found.files == {"x": file_sha256(path)}


@quick
@given(
    rows=st.lists(
        st.tuples(
            chromosomes,
            places.filter(lambda place: place[0] < place[1]),
            st.sampled_from(["exon", "CDS"]),
            strands,
        ),
        min_size=1,
        max_size=8,
    ),
    gtf=st.booleans(),
    packed=st.booleans(),
)
def test_gff_counts_from_one_and_comes_back_from_zero(tmp_path, rows, gtf, packed):
    text = "" if gtf else "##gff-version 3\n"
    for i, (chromosome, (start, end), kind, strand) in enumerate(rows):
        attributes = f'gene_id "g"; transcript_id "t{i}";' if gtf else f"Parent=p;ID=t{i};Name=n"
        text += (
            "\t".join([chromosome, "me", kind, str(start + 1), str(end), ".", strand, ".", attributes]) + "\n"
        )
    text += "" if gtf else "##FASTA\n>chr1\nACGT\n"
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    found = read_intervals(path, labels="feature", groups="chromosome")
    assert found.intervals.to_numpy().tolist() == [
        [c, start, end, strand] for c, (start, end), _, strand in rows
    ]
    assert found.sample_names.tolist() == [f"t{i}" for i in range(len(rows))]
    assert found.labels.tolist() == [kind for _, _, kind, _ in rows]
    assert found.groups.tolist() == [chromosome for chromosome, _, _, _ in rows]
    exons = [i for i, row in enumerate(rows) if row[2] == "exon"]
    if exons:
        assert read_intervals(path, feature="exon").sample_names.tolist() == [f"t{i}" for i in exons]
    else:
        with pytest.raises(DataError, match="no interval of type exon; it has: 'CDS'"):
            read_intervals(path, feature="exon")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chr1\t1\n", "line 1: has 2 columns; BED has 3 to 12"),
        ("chr1\t1\t5\nchr1\t1\t5\ta\n", "line 2: has 4 columns"),
        ("chr1\tx\t5\n", "'x' is no position"),
        ("chr1\t-1\t5\n", "'-1' is no position"),
        ("chr1\t1\t99999999999\n", "is no position"),
        ("chr1\t9\t5\n", "ends at 5, before it starts"),
        ("chr1\t1\t5\ta\t0\tx\n", "strand is 'x'"),
        ("\t1\t5\n", "name is empty"),
        ("# only a comment\n", "holds no interval"),
        ("c\tme\texon\t0\t5\t.\t+\t.\tx\n", "starts at 0"),
        ("c\tme\texon\t1\t5\t.\t+\t.\tx\nc\tme\texon\t1\t5\n", "line 2: has 5 columns"),
        ("c\tme\texon\t7\t5\t.\t+\t.\tx\n", "ends at 5"),
    ],
)
def test_lines_that_are_no_intervals(write, text, said):
    with pytest.raises(DataError, match=said):
        read_intervals(write(text))


def test_empty_intervals_and_repeated_names_are_noted_and_types_are_gffs(write):
    found = read_intervals(write("c\t5\t5\ta\nc\t5\t9\ta\n"))
    assert "1 interval(s) are empty: they end where they start." in found.notes
    assert "1 name(s) of intervals occur more than once: 'a'." in found.notes
    with pytest.raises(ArgumentError, match="'feature' must be None for BED"):
        read_intervals(write("c\t5\t9\n"), feature="exon")
    for bad in (3, [], [""]):
        with pytest.raises((ArgumentError, TypeError)):
            read_intervals(write("c\t5\t9\n"), feature=bad)


@quick
@given(
    genome=st.dictionaries(
        chromosomes, st.text("ACGTacgtN", min_size=1, max_size=60), min_size=1, max_size=3
    ),
    data=st.data(),
    width=st.integers(1, 70),
)
def test_letters_are_cut_where_the_intervals_say(tmp_path, genome, data, width):
    fasta, bed = tmp_path / "g.fa", tmp_path / "x.bed"
    fasta.write_text(
        "".join(
            f">{name} more\n" + "".join(letters[i : i + width] + "\n" for i in range(0, len(letters), width))
            for name, letters in genome.items()
        )
    )
    rows = []
    for i in range(data.draw(st.integers(1, 6))):
        name = data.draw(st.sampled_from(sorted(genome)))
        start = data.draw(st.integers(0, len(genome[name]) - 1))
        end = data.draw(st.integers(start + 1, len(genome[name])))
        rows.append((name, start, end, f"i{i}", data.draw(strands)))
    bed.write_text(
        "".join(f"{c}\t{start}\t{end}\t{name}\t0\t{strand}\n" for c, start, end, name, strand in rows)
    )
    intervals = read_intervals(bed, labels=[str(i % 2) for i in range(len(rows))])
    found = read_interval_sequences(intervals, fasta)
    expected = []
    for name, start, end, _, strand in rows:
        piece = genome[name][start:end].upper()
        expected.append(reverse_complement(piece) if strand == "-" else piece)
    assert found.sequences.tolist() == expected
    assert found.sample_names.tolist() == intervals.sample_names.tolist()
    assert found.labels.tolist() == intervals.labels.tolist()
    assert found.metadata[["chromosome", "start", "end", "strand"]].equals(intervals.intervals)
    assert set(found.files) == {"g.fa", "x.bed"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g.fa", "x.bed"]  # no index was written


@pytest.mark.parametrize(
    ("bed", "said"),
    [
        ("1\t0\t4\n", "no sequence called '1'; it has 'chr1', 'chr2'. It has 'chr1': if that is the same"),
        ("chrZ\t0\t4\n", "no sequence called 'chrZ'; it has 'chr1', 'chr2'.$"),
        ("chr1\t0\t9\n", r"\(chr1:0-9, from 0\) is not within its 8 letters in 'g.fa'"),
        ("chr1\t8\t9\n", "is not within its 8 letters"),
        ("chr1\t3\t3\n", "is empty"),
    ],
)
def test_intervals_that_do_not_fit_a_genome(write, bed, said):
    genome = write(">chr1\nACGTACGT\n>chr2\nAC\n", "g.fa")
    with pytest.raises(DataError, match=said):
        read_interval_sequences(read_intervals(write(bed)), genome)


def test_a_genome_with_two_sequences_of_one_name_and_rna(write):
    intervals = read_intervals(write("c\t0\t4\ta\t0\t-\n"))
    with pytest.raises(DataError, match="two sequences called 'c'"):
        read_interval_sequences(intervals, write(">c\nACGT\n>c\nACGT\n", "g.fa"))
    assert (
        read_interval_sequences(intervals, write(">c\nACGG\n", "g.fa"), alphabet="RNA").sequences[0] == "CCGU"
    )
    with pytest.raises(ArgumentError, match="'intervals'"):
        read_interval_sequences([("c", 0, 4)], write(">c\nACGT\n", "g.fa"))
