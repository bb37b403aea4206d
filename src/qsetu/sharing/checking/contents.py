"""What a bundle says it holds, with nothing of it believed, unpacked or run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qsetu.core.strict_json import parse_strict
from qsetu.sharing.bundle.archive import MAX_BYTES, Archive, open_archive
from qsetu.sharing.bundle.crate import CRATE
from qsetu.sharing.errors import BundleError
from qsetu.sharing.manifest import MANIFEST, MAX_MANIFEST, Manifest, parse_manifest

__all__ = ["Contents", "check_content", "inspect_bundle", "read_manifest"]


@dataclass(frozen=True)
class Contents:
    """A bundle, looked into.

    Attributes:
        path: The file.
        sha256: Of all its bytes, hex.
        size: Bytes.
        manifest: What it says of itself.
        sizes: Bytes of each file.
        complaints: Where the files are not those of the manifest; empty where all are.
    """

    path: Path
    sha256: str
    size: int
    manifest: Manifest
    sizes: dict[str, int]
    complaints: tuple[str, ...]


def inspect_bundle(path: str | Path, *, max_bytes: int = MAX_BYTES) -> Contents:
    """Look into a bundle without unpacking or believing anything.

    Args:
        path: The file.
        max_bytes: Larger files are refused.

    Raises:
        BundleError: It is no bundle, was changed, is too large, or of a newer format.
    """
    with open_archive(path, max_bytes) as archive:
        manifest = read_manifest(archive, str(path))
        complaints = check_content(archive, manifest)
        return Contents(
            Path(path), archive.sha256, archive.size, manifest, dict(archive.sizes), tuple(complaints)
        )


def read_manifest(archive: Archive, source: str) -> Manifest:
    """What an open bundle says of itself.

    Raises:
        BundleError: It says nothing, or nothing that can be understood.
    """
    if MANIFEST not in archive.sizes:
        raise BundleError(f"'{source}' is no bundle of qsetu: it has no {MANIFEST}.")
    return parse_manifest(archive.read(MANIFEST, MAX_MANIFEST), source)


def check_content(archive: Archive, manifest: Manifest) -> list[str]:
    """Where the files are not those that the manifest names, a sentence each."""
    complaints = []
    there, named = set(archive.sizes) - {MANIFEST}, set(manifest.files)
    complaints += [f"'{name}' is named and missing" for name in sorted(named - there)]
    complaints += [f"'{name}' is there and not named" for name in sorted(there - named)]
    for name in sorted(there & named):
        if archive.digest(name) != manifest.files[name].sha256:
            complaints.append(f"'{name}' was changed: its SHA-256 is not the one of {MANIFEST}")
    for item in manifest.items:
        absent = [name for name in {item.main, *item.files} if name not in named]
        complaints += [
            f"{item.kind} '{item.name}' names '{name}', which is not in the bundle" for name in absent
        ]
    for dataset in manifest.datasets:
        complaints += [
            f"dataset '{dataset.name}' names '{name}', which is not there"
            for name in dataset.packed
            if name not in named
        ]
    return complaints or _check_crate(archive, manifest)


def _check_crate(archive: Archive, manifest: Manifest) -> list[str]:
    """The crate, which other tools read, must not tell of other files than the manifest does."""
    if CRATE not in archive.sizes:
        return [f"'{CRATE}' is missing"]
    try:
        content: Any = parse_strict(archive.read(CRATE, MAX_MANIFEST).decode("utf-8"))
        entities = {one["@id"]: one for one in content["@graph"]}
        parts = entities["./"]["hasPart"]
        parts = parts if isinstance(parts, list) else [parts]
        listed = {part["@id"] for part in parts}
    except (ValueError, KeyError, TypeError, RecursionError):
        return [f"'{CRATE}' is damaged"]
    if listed != set(archive.sizes) - {CRATE}:
        return [f"'{CRATE}' does not list the files that are there"]
    wrong = [
        name
        for name in sorted(listed - {MANIFEST})
        if entities.get(name, {}).get("sha256") != manifest.files[name].sha256
    ]
    return [f"'{CRATE}' has another SHA-256 for '{name}'" for name in wrong]
