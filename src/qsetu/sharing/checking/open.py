"""Unpacking, after checking: into a new folder, and nowhere else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qsetu.core.files import staged_folder
from qsetu.sharing.bundle.archive import MAX_BYTES, Archive, open_archive
from qsetu.sharing.checking.contents import check_content, read_manifest
from qsetu.sharing.errors import BundleError
from qsetu.sharing.manifest import Manifest
from qsetu.sharing.signing import KeyList, default_envelope, verify_envelope

__all__ = ["extract", "unpack"]


def unpack(
    bundle: str | Path,
    folder: str | Path,
    *,
    keys: KeyList | None = None,
    envelope: str | Path | None = None,
    unsigned: bool = False,
    max_bytes: int = MAX_BYTES,
    today: date | None = None,
) -> Manifest:
    """Unpack a bundle whose signature and content hold.

    The folder appears in one piece at the end, or not at all. Nothing in it is run; a notebook that is opened
    in Jupyter shows its outputs without running scripts in them until somebody trusts it.

    Args:
        bundle: The file.
        folder: New or empty.
        keys: The keys that are believed; None means the user's list.
        envelope: The signature; None means the file beside the bundle.
        unsigned: Unpack it although nobody vouches for it.
        max_bytes: Larger files are refused.
        today: For keys that expire; None means today.

    Raises:
        BundleError: It is no bundle, or was changed.
        SignatureError: The signature does not hold.
        OutputError: The folder is not empty, or cannot be written.
    """
    bundle = Path(bundle)
    with open_archive(bundle, max_bytes) as archive:
        if not unsigned:
            where = Path(envelope) if envelope is not None else default_envelope(bundle)
            verify_envelope(where, archive.sha256, keys or KeyList(), bundle=str(bundle), today=today)
        manifest = read_manifest(archive, str(bundle))
        complaints = check_content(archive, manifest)
        if complaints:
            raise BundleError(f"Bundle '{bundle}' is not unpacked: {'; '.join(complaints[:5])}.")
        with staged_folder(Path(folder)) as stage:
            extract(archive, manifest, stage)
    return manifest


def extract(archive: Archive, manifest: Manifest, folder: Path) -> None:
    """Write every file below ``folder``, hashed once more as it is written.

    Raises:
        BundleError: A file is not the one of the manifest.
    """
    for name in archive.sizes:
        # Names were checked when the bundle was opened; they cannot leave the folder.
        target = folder.joinpath(*name.split("/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            digest = archive.copy(name, stream)
        record = manifest.files.get(name)
        if record is not None and digest != record.sha256:
            raise BundleError(f"'{name}' changed while it was unpacked.")
