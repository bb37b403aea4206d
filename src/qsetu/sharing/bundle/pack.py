"""Packing: items and all that is needed to check them, as one file, if the policy allows it."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import ValidationError

from qsetu.core.errors import ArgumentError, Said
from qsetu.core.files import write_whole
from qsetu.core.strict_json import first_complaint
from qsetu.genomics.card import DatasetCard
from qsetu.sharing.bundle.archive import write_archive
from qsetu.sharing.bundle.citation import CITATION, citation_file
from qsetu.sharing.bundle.crate import CRATE, crate_metadata
from qsetu.sharing.bundle.datasets import data_files, references
from qsetu.sharing.bundle.environment import LOCK, environment_lock, record_environment
from qsetu.sharing.bundle.items import Draft, plain_name, read_item
from qsetu.sharing.manifest import MANIFEST, FileRecord, FindingRecord, Manifest, Person, as_json
from qsetu.sharing.policy.decision import Asked, decide, most_sensitive
from qsetu.sharing.policy.scan import scan_files

__all__ = ["Packed", "pack"]


@dataclass(frozen=True)
class Packed:
    """A bundle that was written.

    Attributes:
        path: The file.
        sha256: Of all its bytes, hex; equal content has an equal one.
        manifest: What it says of itself.
    """

    path: Path
    sha256: str
    manifest: Manifest


def pack(
    items: Sequence[str | Path],
    out: str | Path,
    asked: Asked,
    *,
    title: str = "",
    description: str = "",
    license: str = "CC-BY-4.0",
    authors: Sequence[Person] = (),
    institution: str = "",
    datasets: Sequence[str] = (),
    cards: Sequence[DatasetCard] = (),
    include_data: bool = False,
    keep_outputs: bool = False,
    day: date | None = None,
    replace: bool = False,
) -> Packed:
    """Pack notebooks, results and models into one file that others can open, check and run again.

    The file is an RO-Crate 1.3 with Process Run Crate. It holds the items, the metrics they declare, the
    environment as a lock, references to datasets (hash, license, data-use codes; the data only where they
    are Open, small, redistributable and asked for), how to cite it, and the decision of the policy. Where an
    input is not Open, outputs and values of single samples are taken out. Equal content gives equal bytes.

    Args:
        items: Notebooks (``.ipynb``, run and saved), results folders, files of exported models.
        out: The file to write; its name should end in ``.qsetu.zip``.
        asked: Purpose and receiver, promises and overrides.
        title: One line; "" takes that of the first item.
        description: Some sentences.
        license: Of what is shared, an SPDX identifier or a sentence.
        authors: Who made it.
        institution: Who sends it.
        datasets: Datasets that the items read beyond those that can be seen in them.
        cards: Cards of the sender's own data that the items read.
        include_data: Whether to pack Open data.
        keep_outputs: Keep a notebook's outputs although an input is not Open; they are scanned all the same.
        day: Date of publication; None means ``SOURCE_DATE_EPOCH`` if that is set, else the day on which the
            last result was finished, else today (UTC).
        replace: Whether a file that is there may go.

    Returns:
        The file, its hash and its manifest.

    Raises:
        PolicyRefusal: It may not be shared; lists every reason. Nothing is written.
        BundleError: An item cannot be read, or holds a pickle.
        ArgumentError: There is no item, or an argument breaks its rule.
        OutputError: The file cannot be written, or is there.
    """
    if not items:
        raise ArgumentError("items", "must name at least one notebook, result or model", list(items))
    try:
        manifest, files = _decided(
            [Path(one) for one in items], asked, title, description, license, authors, institution, datasets,
            cards, include_data, keep_outputs, day,
        )  # fmt: skip
    except ValidationError as error:
        rule = "must be plain text, of one line but for the description"
        hint = "Look for control characters in titles, names and licenses."
        raise ArgumentError("bundle", rule, Said(first_complaint(error)), hint) from None
    return _written(manifest, files, Path(out), replace)


def _decided(
    items: Sequence[Path],
    asked: Asked,
    title: str,
    description: str,
    license: str,
    authors: Sequence[Person],
    institution: str,
    datasets: Sequence[str],
    cards: Sequence[DatasetCard],
    include_data: bool,
    keep_outputs: bool,
    day: date | None,
) -> tuple[Manifest, dict[str, bytes | Path]]:
    """What goes in, once the policy allows it: the manifest (without the crate) and the files it names."""
    drafts = _drafts(items)
    problems = _problems(drafts, datasets, cards)
    found = references(drafts, datasets, cards)
    removed: list[str] = []
    if most_sensitive(found) != "Open":
        for number, draft in enumerate(drafts):
            if draft.kind == "notebook" and keep_outputs:
                continue
            drafts[number], notes = draft.reduced()
            removed += notes
    files: dict[str, bytes | Path] = {}
    for draft in drafts:
        files |= draft.files
    if include_data:
        for number, reference in enumerate(found):
            data = data_files(reference)
            files |= data
            found[number] = reference.model_copy(update={"packed": sorted(data)})
    # Open data were published by others; everything else leaves here, and is looked at.
    findings = problems + scan_files({name: data for name, data in files.items() if isinstance(data, bytes)})
    policy = decide(asked, found, findings, removed)
    environment = record_environment()
    files[LOCK] = environment_lock(environment)
    name = title or drafts[0].title
    when = _day(day, drafts)
    files[CITATION] = citation_file(name, license, authors, institution, when)
    manifest = Manifest(
        title=name,
        description=description,
        license=license,
        date=when.isoformat(),
        authors=list(authors),
        institution=institution,
        items=[draft.item() for draft in drafts],
        datasets=found,
        environment=environment,
        policy=policy,
        files={name: _record(data) for name, data in sorted(files.items())},
    )
    return manifest, files


def _drafts(paths: Sequence[Path]) -> list[Draft]:
    taken: set[str] = set()
    drafts = []
    for path in paths:
        if not path.exists():
            raise ArgumentError("items", "must be files or folders that are there", str(path))
        folder = path.resolve() if path.is_dir() else path
        stem = (
            folder.parent.name
            if path.name == "result.json"
            else folder.stem
            if path.is_file()
            else folder.name
        )
        base = plain_name(stem)
        name = next(n for n in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if n.lower() not in taken)
        taken.add(name.lower())
        drafts.append(read_item(path, name))
    return drafts


def _problems(
    drafts: Sequence[Draft], datasets: Sequence[str], cards: Sequence[DatasetCard]
) -> list[FindingRecord]:
    """Inputs that nobody has described. A card says what is read; a name says which datasets."""
    told = {"undeclared-input": bool(cards), "computed-dataset": bool(datasets or cards)}
    return [one for draft in drafts for one in draft.problems if not told[one.kind]]


def _day(day: date | None, drafts: Sequence[Draft]) -> date:
    if day is not None:
        return day
    if (epoch := os.environ.get("SOURCE_DATE_EPOCH", "")).isdecimal():
        return datetime.fromtimestamp(int(epoch), UTC).date()
    finished = [draft.result.provenance.finished for draft in drafts if draft.result]
    return datetime.fromisoformat(max(finished)).date() if finished else datetime.now(UTC).date()


def _record(data: bytes | Path) -> FileRecord:
    if isinstance(data, bytes):
        return FileRecord(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    with data.open("rb") as stream:
        return FileRecord(sha256=hashlib.file_digest(stream, "sha256").hexdigest(), size=data.stat().st_size)


def _written(manifest: Manifest, files: Mapping[str, bytes | Path], out: Path, replace: bool) -> Packed:
    # The manifest names all files but itself; the crate is made from the manifest, and is named in it, too.
    crate = crate_metadata(manifest)
    manifest = manifest.model_copy(update={"files": {**manifest.files, CRATE: _record(crate)}})
    content = as_json(manifest)
    whole = io.BytesIO()
    write_archive({**files, CRATE: crate, MANIFEST: content}, whole)
    data = whole.getvalue()
    write_whole(out, data, replace=replace)
    return Packed(out, hashlib.sha256(data).hexdigest(), manifest)
