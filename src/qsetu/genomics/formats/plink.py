"""PLINK's binary genotypes: a .bed with its .bim and .fam."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.errors import ArgumentError, DataError
from qsetu.core.memory import require_memory
from qsetu.genomics.datasets import GenotypeDataset
from qsetu.genomics.datasets.genotypes import MISSING
from qsetu.genomics.extras import needed
from qsetu.genomics.formats.describe import Describing, chosen, per_sample, repeated_note
from qsetu.genomics.formats.opening import TextFile, existing_file, hashes

__all__ = ["read_plink"]

MAGIC = b"\x6c\x1b"
_FAM = ("family", "iid", "father", "mother", "sex", "phenotype")
_BIM = ("chromosome", "id", "centimorgan", "position", "counted", "other")
_SEX = {"1": "male", "2": "female"}
_STATUS = {"1": "control", "2": "case"}
_NOT_MEASURED = {"-9", "NA", "nan", "NaN"}


def read_plink(
    path: str | os.PathLike[str],
    *,
    samples: Iterable[str] | None = None,
    variants: Iterable[str] | None = None,
    labels: Describing = None,
    groups: Describing = None,
) -> GenotypeDataset:
    """Genotypes of a PLINK .bed file with its .bim and .fam.

    Dosages count A1, the first allele of the .bim (``counted``; ``other`` is A2), as PLINK itself does. A1 is
    usually the rarer allele of these samples, not the alternate one: bring two files together by
    :func:`align_alleles`.

    Args:
        path: The .bed file, or what the names of the three files begin with.
        samples: Names of the samples to read, in the order wanted; None reads all.
        variants: IDs of the variants to read, in the order wanted; None reads all.
        labels: What is to be predicted: "phenotype" ("case" or "control"), "sex" or "family", from the .fam;
            or a mapping (or pandas Series) from sample names, a text for each sample, or a function of the
            name.
        groups: What must not straddle a split, given in the same ways; None takes families where one has
            several members.

    Returns:
        N people by M variants. ``metadata`` has family, father, mother, sex and phenotype, as text;
        ``traits`` has the phenotype if it is a measured number. A sample is called by its IID; where those
        repeat, by ``FID:IID``.

    Raises:
        ArgumentError: An argument breaks a rule.
        DataError: One of the files is missing, is not what PLINK writes, or does not fit the others; says
            which.
        InsufficientMemoryError: The matrix does not fit in memory.
    """
    bed, bim, fam = _three(path)
    notes = ["Dosages count A1 of the .bim ('counted'); 'other' is A2."]
    people, sites = _table(fam, _FAM, notes), _table(bim, _BIM, notes)
    shape = len(people["iid"]), len(sites["id"])
    _check_bed(bed, bim, fam, shape)
    names = _names(people, fam, notes)
    rows = chosen(samples, names, f"'{fam.name}'")
    columns = _chosen_variants(variants, sites["id"], bim)
    names = [names[row] for row in rows]
    people = {key: [column[row] for row in rows] for key, column in people.items()}
    table = _variants(sites, bim, columns)
    if groups is None:
        group_texts = _families(people, notes)
    else:
        group_texts = _described("groups", groups, names, people, fam)
    label_texts = _described("labels", labels, names, people, fam)
    return GenotypeDataset(
        dosages=_dosages(bed, shape, rows, columns),
        variants=table,
        traits=_traits(people, fam),
        sample_names=np.array(names, np.str_),
        labels=None if label_texts is None else np.array(label_texts, np.str_),
        groups=None if group_texts is None else np.array(group_texts, np.str_),
        metadata=_metadata(people),
        files=hashes(bed, bim, fam),
        notes=(*notes, *repeated_note(table["id"].tolist(), "variants")),
    )


def _three(path: Any) -> tuple[Path, Path, Path]:
    try:
        text = os.fspath(path)
    except TypeError:
        raise ArgumentError("path", "must be the path of a .bed file", path) from None
    if not isinstance(text, str):
        raise ArgumentError("path", "must be the path of a .bed file", path)
    base = text.removesuffix(".bed")
    bed, bim, fam = (existing_file(base + ending) for ending in (".bed", ".bim", ".fam"))
    return bed, bim, fam


def _table(path: Path, columns: tuple[str, ...], notes: list[str]) -> dict[str, list[str]]:
    text = TextFile(path)
    rows = []
    for number, line in text.lines():
        if not line.strip():
            continue
        cells = line.split()
        if len(cells) != len(columns):
            raise text.error(
                number, f"has {len(cells)} columns, and a {path.suffix} has 6: {', '.join(columns)}."
            )
        rows.append(cells)
    if not rows:
        raise DataError(f"File '{path.name}' has no line with content.")
    notes += [f"{path.name}: {note}" for note in text.notes]
    return {name: [row[i] for row in rows] for i, name in enumerate(columns)}


def _check_bed(bed: Path, bim: Path, fam: Path, shape: tuple[int, int]) -> None:
    with bed.open("rb") as stream:
        head = stream.read(3)
    if head[:2] != MAGIC:
        raise DataError(
            f"File '{bed.name}' is no PLINK .bed: its first bytes are {head[:2].hex()}, not 6c1b."
        )
    if head[2:] == b"\x00":
        raise DataError(
            f"File '{bed.name}' is ordered by samples, as PLINK did it long ago. Write it again with "
            "--make-bed."
        )
    if head[2:] != b"\x01":
        raise DataError(
            f"File '{bed.name}' is no PLINK .bed: its third byte is {head[2:].hex() or 'missing'}."
        )
    people, variants = shape
    expected = 3 + variants * ((people + 3) // 4)
    size = bed.stat().st_size
    if size != expected:
        how = "was it cut?" if size < expected else "does it belong to them?"
        raise DataError(
            f"File '{bed.name}' has {size} bytes; {people} samples of '{fam.name}' by {variants} variants of "
            f"'{bim.name}' take {expected}: {how}"
        )


def _names(people: dict[str, list[str]], fam: Path, notes: list[str]) -> list[str]:
    names = people["iid"]
    if len(set(names)) == len(names):
        return names
    names = [f"{family}:{name}" for family, name in zip(people["family"], names, strict=True)]
    if len(set(names)) < len(names):
        twice = next(name for name, number in Counter(names).items() if number > 1)
        raise DataError(f"File '{fam.name}' has the sample {twice} more than once.")
    notes.append("Some IIDs occur in several families, so samples are called FID:IID.")
    return names


def _chosen_variants(wanted: Any, ids: list[str], bim: Path) -> list[int]:
    if wanted is None:
        return list(range(len(ids)))
    if isinstance(wanted, str):
        raise ArgumentError("variants", "must be several IDs", wanted, "Put a single one in a list.")
    names = [str(one) for one in wanted]
    counts = Counter(ids)
    place = {name: i for i, name in enumerate(ids)}
    bad = [name for name in names if counts[name] != 1]
    if bad or not names or len(set(names)) < len(names):
        raise ArgumentError("variants", f"must be IDs that '{bim.name}' has once, each once", bad or names)
    return [place[name] for name in names]


def _variants(sites: dict[str, list[str]], bim: Path, columns: list[int]) -> Any:
    import pandas as pd

    table = pd.DataFrame({name: [sites[name][i] for i in columns] for name in sites})
    for name, kind in (("position", int), ("centimorgan", float)):
        try:
            table[name] = [kind(cell) for cell in table[name]]
        except ValueError:
            bad = next(i for i, cell in enumerate(table[name]) if not _is(kind, cell))
            found = table[name].iloc[bad]
            raise DataError(
                f"File '{bim.name}', line of '{table['id'].iloc[bad]}': {name} is {found!r}, not a number."
            ) from None
    for name in ("counted", "other"):
        table[name] = table[name].str.upper()
    return table[["id", "chromosome", "position", "counted", "other", "centimorgan"]]


def _is(kind: type, cell: str) -> bool:
    try:
        kind(cell)
    except ValueError:
        return False
    return True


def _dosages(bed: Path, shape: tuple[int, int], rows: list[int], columns: list[int]) -> NDArray[np.int8]:
    need = 2 * len(rows) * len(columns)
    require_memory(
        need, lambda: f"Genotypes of '{bed.name}'", lambda free: "Name fewer 'samples' or 'variants'."
    )
    reader = needed("bed_reader", "genomics", "Reading PLINK files")
    try:
        # Counts are given and no property is asked for: bed_reader opens neither .bim nor .fam.
        with reader.open_bed(bed, iid_count=shape[0], sid_count=shape[1], num_threads=1) as file:
            found = file.read(index=np.s_[rows, columns], dtype="int8", order="C", num_threads=1)
    except Exception as error:
        raise DataError(f"File '{bed.name}' cannot be read: {error}.") from None
    return np.where(found < 0, MISSING, found).astype(np.int8)


def _families(people: dict[str, list[str]], notes: list[str]) -> list[str] | None:
    families = people["family"]
    # FID 0 says that there is no family: then a sample is a group of its own.
    sizes = Counter(family for family in families if family != "0")
    if not sizes or max(sizes.values()) < 2:
        return None
    if len(sizes) == 1 and len(families) == max(sizes.values()):
        notes.append("All samples have one FID, so it says nothing about families and makes no groups.")
        return None
    several = sum(number > 1 for number in sizes.values())
    notes.append(f"{several} families have several members: 'groups' are families.")
    return [
        family if family != "0" else f"0:{name}" for family, name in zip(families, people["iid"], strict=True)
    ]


def _described(
    argument: str, spec: Any, names: list[str], people: dict[str, list[str]], fam: Path
) -> list[str] | None:
    if not isinstance(spec, str):
        return per_sample(argument, spec, names, names)
    if spec == "family":
        return people["family"]
    if spec not in ("phenotype", "sex"):
        raise ArgumentError(argument, "must be 'phenotype', 'sex', 'family', or no text", spec)
    known = _STATUS if spec == "phenotype" else _SEX
    bad = [name for name, cell in zip(names, people[spec], strict=True) if cell not in known]
    if bad:
        words = " and ".join(f"{code} ({word})" for code, word in known.items())
        raise DataError(
            f"File '{fam.name}' has another {spec} than {words} for {len(bad)} of {len(names)} samples, the "
            f"first '{bad[0]}'. Choose 'samples' where it is known."
        )
    return [known[cell] for cell in people[spec]]


def _traits(people: dict[str, list[str]], fam: Path) -> Any:
    cells = people["phenotype"]
    if set(cells) <= {"-9", "0", "1", "2", "NA", "nan", "NaN"}:
        return None
    import pandas as pd

    try:
        values = [np.nan if cell in _NOT_MEASURED else float(cell) for cell in cells]
    except ValueError:
        return None  # a text: it stays in the metadata
    return pd.DataFrame({"phenotype": values})


def _metadata(people: dict[str, list[str]]) -> Any:
    import pandas as pd

    table = pd.DataFrame({name: people[name] for name in ("family", "father", "mother", "sex", "phenotype")})
    table["sex"] = [_SEX.get(cell, "unknown") for cell in table["sex"]]
    return table
