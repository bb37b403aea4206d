"""What a catalogue is told of a bundle: read from the bundle itself, not typed once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qsetu.sharing.bundle.archive import open_archive
from qsetu.sharing.manifest import MANIFEST, MAX_MANIFEST, parse_manifest

__all__ = ["bundle_facts"]


def bundle_facts(path: str | Path) -> dict[str, Any]:
    """Title, description, license, access, data-use codes, institution and authors of a bundle.

    Access is that of its most sensitive input: what was computed of Restricted data goes where Restricted may
    be held, though the data are not in it.

    Raises:
        BundleError: The file is no bundle.
    """
    with open_archive(path) as archive:
        manifest = parse_manifest(archive.read(MANIFEST, MAX_MANIFEST), str(path))
    return {
        "title": manifest.title,
        "description": manifest.description,
        "license": manifest.license,
        "access": manifest.policy.access,
        "data_use": tuple(sorted({code for one in manifest.datasets for code in one.data_use})),
        "institution": manifest.institution or None,
        "author": ", ".join(one.name for one in manifest.authors),
    }
