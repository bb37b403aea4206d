"""What one line alone gives away. Every repetition is bounded or followed by what it cannot match itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["Hit", "hits_in_line"]

Hit = tuple[str, str, int]
"""Kind, severity, column from 0."""

_CHROMOSOME = r"(?:chr)?(?:\d{1,2}|X|Y|XY|MT?)"
_RS_ANY = re.compile(r"\b(?:[rR][sS]|i)\d{3}")
_GAP = r"[\s,;|\"']{1,8}"
_LINK = (
    r"(?:[\s:=,;|()\[\]{}\"'>*`_→-]"
    r"|\b(?:is|was|are|were|has|had|with|as|of|genotyp(?:e|es|ed|ing)|called|call|GT|carries|shows?|the|a|my|result)\b)"
)
# rs number, up to 12 links, genotype; in prose, JSON and tables.
_RS_THEN = re.compile(
    rf"\b[rR][sS]\d{{3,12}}(?P<link>{_LINK}{{1,12}})"
    r"(?:(?P<sure>[ACGT]{2}|(?P<one>[ACGT])[/;|](?P=one)|[ACGT][;|][ACGT]|[0-3][/|][0-3])"
    r"|(?P<pair>[ACGT]/[ACGT]))(?![\w/;|])"
)
_SAYS = re.compile(r"\b(?:is|was|genotyp(?:e|es|ed|ing)|called|call|GT|has|had|carries)\b|[:=]")
_RS_AFTER = re.compile(
    r"\b(?:[ACGT]{2}|[ACGT][/;|][ACGT]|[0-3][/|][0-3])\s{1,3}(?:at|for|in|on|of)\s{1,3}"
    r"(?:\w{1,12}\s{1,3})?[rR][sS]\d{3,12}\b"
)
# The rows of 23andMe, AncestryDNA, MyHeritage: rs number, chromosome, position, genotype.
_RS_ROW = re.compile(
    rf"\b(?:[rR][sS]|i)\d{{3,12}}{_GAP}{_CHROMOSOME}{_GAP}\d{{1,10}}{_GAP}"
    rf"(?:(?P<sure>[ACGT]{{2}}|[DI]{{2}}|(?P<one>[ACGTDI])(?:{_GAP}|[/;|])(?P=one))"
    rf"|[ACGTDI](?:(?:{_GAP}|[/;|])[ACGTDI])?)(?![\w/;|])"
)
_RS_WORD = re.compile(r"\b[rR][sS]\d{3,12}\b.{0,40}?\b(?:homo|hetero)zyg")

_VCF_COLUMNS = re.compile(
    r"#CHROM\s{1,4}POS\s{1,4}ID\s{1,4}REF\s{1,4}ALT(?P<samples>.{0,60}?FORMAT\s{1,4}\S)?"
)
_VCF_GT = re.compile(r"(?<!\S)GT(?::[A-Za-z0-9_:]{1,200})?\s{1,8}[\d.][/|][\d.]")
_VCF_ROW = re.compile(
    r"^\S{1,64}\t\d{1,10}\t[^\t]{1,1000}\t[A-Za-z*.]{1,5000}\t[^\t]{1,5000}\t[^\t]{0,64}\t[^\t]{0,500}\t"
    r"[^\t]{0,20000}\tGT(?::[^\t]{0,200})?\t[\d.]"
)
_IN_BETWEEN = r"[\s,;'\"\[\]()]{1,6}"
_CALL = r"[0-3.][/|][0-3.](?::[^\s,;'\"\[\]()]{0,60})?"
_CALLS = re.compile(rf"(?<![\w./|-]){_CALL}(?:{_IN_BETWEEN}{_CALL}){{3,}}(?![\w/|])")
_PAIR = r"[ACGT][/|]?[ACGT](?![A-Za-z0-9/|])"
_PAIRS = re.compile(rf"(?<![\w/|-]){_PAIR}(?:[\s,;|'\"\[\]()]{{1,6}}(?:{_PAIR}|--|00)){{7,}}")
_TWO_LETTERS = re.compile(r"[ACGT][/|]?[ACGT]")

_PED = re.compile(
    r"^\s{0,4}(?:\S{1,64}\s{1,4}){4}[012]\s{1,4}-?\d{1,4}(?:\.\d{1,6})?(?P<alleles>(?:\s{1,4}[ACGT0]){6,})\s{0,4}$"
)
_FAM = re.compile(
    r"^\s{0,4}\S{1,64}\s{1,4}(?P<person>\S{1,64})\s{1,4}(?P<father>\S{1,64})\s{1,4}(?P<mother>\S{1,64})"
    r"\s{1,4}[012]\s{1,4}(?:-9|[012]|-?\d{1,6}\.\d{1,6}|NA)\s{0,4}$"
)
_NAME_LIKE = re.compile(r"(?=\S{0,63}\d)(?=\S{0,63}[A-Za-z])[\w.:@-]{2,64}|\d{5,12}")

_SAMPLES = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:HG|NA)\d{5}(?![A-Za-z0-9])|TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}(?![A-Za-z0-9])"
    r"|GTEX-[A-Z0-9]{4,5}(?![A-Za-z0-9])|TARGET-\d{2}-[A-Z]{6}(?![A-Za-z0-9])|EGAN\d{11}(?!\d))"
)
_GISAID = re.compile(r"(?<![A-Za-z0-9])EPI_ISL_\d{3,12}", re.I)
_SAM = re.compile(
    r"^[^\t@][^\t]{0,253}\t\d{1,5}\t[^\t]{1,100}\t\d{1,10}\t\d{1,3}\t(?:\*|(?:\d{1,9}[MIDNSHPX=])+)\t"
    r"[^\t]{1,100}\t\d{1,10}\t-?\d{1,10}\t(?:\*|[A-Za-z=.]+)\t\S"
)
_SAM_HEADER = re.compile(r"^@(?:HD\tVN:|SQ\tSN:|PG\tID:|RG\t)")


def hits_in_line(line: str) -> Iterator[Hit]:
    """Everything that this line alone gives away, kind by kind."""
    if _RS_ANY.search(line):
        yield from _beside_rs_numbers(line)
    if "GT" in line:
        found = _VCF_GT.search(line) or _VCF_ROW.search(line)
        if found:
            yield "vcf-row", "leak", found.start()
    if "#" in line:
        place = line.find("##fileformat" + "=VCF")
        if place >= 0:
            yield "vcf-header", "caution", place
        for found in _VCF_COLUMNS.finditer(line):
            named = bool(found["samples"])
            yield (
                ("vcf-samples", "leak", found.start()) if named else ("vcf-header", "caution", found.start())
            )
    if "/" in line or "|" in line:
        for found in _CALLS.finditer(line):
            yield "genotype-calls", "leak", found.start()
    for found in _PAIRS.finditer(line):
        pairs = _TWO_LETTERS.findall(found[0])
        if len(set(pairs)) < len(pairs):
            yield "letter-genotypes", "leak", found.start()
    for found in _SAMPLES.finditer(line):
        yield "sample-id", "leak", found.start()
    for found in _GISAID.finditer(line):
        yield "restricted-accession", "leak", found.start()
    yield from _people_and_reads(line)


def _beside_rs_numbers(line: str) -> Iterator[Hit]:
    taken: set[int] = set()
    for found in _RS_ROW.finditer(line):
        taken.add(found.start())
        yield "rs-genotype", "leak" if found["sure"] else "caution", found.start()
    for found in _RS_THEN.finditer(line):
        if found.start() not in taken:
            taken.add(found.start())
            sure = found["sure"] or _SAYS.search(found["link"])
            yield "rs-genotype", "leak" if sure else "caution", found.start()
    for found in _RS_AFTER.finditer(line):
        yield "rs-genotype", "leak", found.start()
    for found in _RS_WORD.finditer(line):
        if found.start() not in taken:
            yield "rs-genotype", "caution", found.start()


def _people_and_reads(line: str) -> Iterator[Hit]:
    row = _PED.match(line)
    if row and not set(row["alleles"]) <= set(" \t0"):
        yield "ped-row", "leak", 0
    row = _FAM.match(line)
    if row and _NAME_LIKE.fullmatch(row["person"]):
        parents = (row["father"], row["mother"])
        if all(one in ("0", "NA") or _NAME_LIKE.fullmatch(one) for one in parents):
            yield "fam-row", "leak", 0
    if "\t" in line:
        if _SAM.match(line):
            yield "sam-record", "leak", 0
        elif _SAM_HEADER.match(line):
            names = line.startswith("@RG") and "\tSM:" in line
            yield ("sam-record", "leak", 0) if names else ("sam-header", "caution", 0)
