"""Getting the files of a dataset: what is missing is downloaded, checked, and goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qsetu.core.errors import DataError
from qsetu.genomics.card import DataFile, DatasetCard, builtin_cards, find_card
from qsetu.genomics.storage import download_folder, find_file, is_right

__all__ = ["FileState", "fetch_dataset", "verify_dataset"]

_CHUNK = 1 << 16
_SECONDS = 30


@dataclass(frozen=True)
class FileState:
    """What is known of one file of a dataset.

    Attributes:
        dataset: Name of the dataset.
        file: Name below the data folder.
        state: "right" (the bytes of the card), "other bytes" (accepted by content), "wrong" or "missing".
        path: Where it lies; None for a missing one.
        sha256: What its bytes hash to; "" for a missing one.
    """

    dataset: str
    file: str
    state: Literal["right", "other bytes", "wrong", "missing"]
    path: Path | None = None
    sha256: str = ""


def verify_dataset(name: str) -> list[FileState]:
    """The state of every file of a dataset (all parts, or the one named), each read and hashed.

    Args:
        name: A dataset, or ``dataset/part``.

    Raises:
        ArgumentError: No dataset has that name.
    """
    card, files = _files(name)
    states = []
    for file in files:
        path, _ = find_file(card, file)
        if path is None:
            states.append(FileState(card.name, file.path, "missing"))
            continue
        right, digest = is_right(path, file)
        states.append(
            FileState(
                card.name,
                file.path,
                "right" if right else "other bytes" if file.by_content else "wrong",
                path,
                digest,
            )
        )
    return states


def fetch_dataset(
    name: str,
    folder: Path | str | None = None,
    *,
    progress: bool = True,
    card: DatasetCard | None = None,
) -> list[Path]:
    """Download what is missing of a dataset; what is there and right is left alone.

    A download that is cut off goes on where it stopped, the next time. Nothing becomes a file of the dataset
    before its SHA-256 is the card's.

    Args:
        name: A dataset, or ``dataset/part``.
        folder: Where to put files; default: the user's cache, where loading looks for them. For a site
            without network, name a folder, carry it over, and set ``QSETU_DATA`` to it there.
        progress: Whether a bar shows how far a download is.
        card: The card, for data of your own; default: the built-in one called ``name``.

    Returns:
        Paths of all files, those that were there too.

    Raises:
        ArgumentError: No dataset has that name.
        DataError: A file has no address, none of its addresses answers, or what came is another file.
    """
    card, files = _files(name, card)
    target = Path(folder) if folder is not None else download_folder()
    if target is None:
        raise DataError("There is no home folder to keep downloads in; name one with folder= (--folder).")
    paths, failures = [], []
    for file in files:
        there = _already(card, file, target, only_there=folder is not None)
        if there is not None:
            paths.append(there)
            continue
        try:
            paths.append(_download(card, file, target, progress))
        except DataError as error:
            failures.append(str(error))
    if failures:
        raise DataError("\n".join(failures))
    return paths


def _files(name: str, card: DatasetCard | None = None) -> tuple[DatasetCard, list[DataFile]]:
    if card is None:
        card, part = find_card(name)
        whole = name in builtin_cards()
    else:
        part, whole = name.partition("/")[2], "/" not in name
    parts = card.parts.values() if whole else [card.facts(part)]
    return card, list({file.path: file for one in parts for file in one.files}.values())


def _already(card: DatasetCard, file: DataFile, target: Path, only_there: bool) -> Path | None:
    if only_there:
        names = [file.path] + ([file.path.removesuffix(".gz")] if file.unpacked_sha256 else [])
        path = next((target / name for name in names if (target / name).is_file()), None)
    else:
        path, _ = find_file(card, file)
    return path if path is not None and (file.by_content or is_right(path, file)[0]) else None


def _download(card: DatasetCard, file: DataFile, target: Path, progress: bool) -> Path:
    import pooch

    if not file.urls:
        raise DataError(
            f"'{file.path}' of dataset '{card.name}' cannot be downloaded: no address has this very file. "
            f"{file.origin[:1].upper()}{file.origin[1:]}. Put it below a folder and set QSETU_DATA to it."
        )
    unpacked = file.unpacked_sha256 is not None
    path = target / (file.path.removesuffix(".gz") if unpacked else file.path)
    wanted = file.unpacked_sha256 if unpacked else file.sha256
    size = file.unpacked_size if unpacked else file.size
    reasons = []
    for url in file.urls:
        part = path.with_name(f".{path.name}.{str(wanted)[:12]}.part")
        fresh = not part.exists()
        for attempt in ("go on", "afresh"):
            try:
                with _quiet(pooch.get_logger()):
                    got = pooch.retrieve(
                        url,
                        known_hash=f"sha256:{wanted}",
                        fname=path.name,
                        path=path.parent,
                        downloader=_resuming(part, size, progress),
                    )
            except (OSError, ValueError) as error:  # no answer, or another file than expected
                cause = " ".join(str(error).split())[:300]
                if isinstance(error, ValueError):
                    part.unlink(missing_ok=True)
                    # The beginning kept from an earlier time may have been what was wrong.
                    if attempt == "go on" and not fresh:
                        continue
                reasons.append(f"{url}: {cause}")
                break
            part.unlink(missing_ok=True)
            return Path(got)
    raise DataError(f"'{file.path}' of dataset '{card.name}' was not fetched: " + "; ".join(reasons))


@contextmanager
def _quiet(logger: Any) -> Iterator[None]:
    """pooch announces each download on standard error; a progress bar says more."""
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)


def _resuming(part: Path, size: int | None, progress: bool) -> Callable[[str, Any, Any], None]:
    """A downloader for pooch that collects in ``part``, and goes on where an earlier one was cut off."""

    def download(url: str, output_file: Any, _: Any) -> None:
        import requests
        from tqdm.auto import tqdm

        have = part.stat().st_size if part.exists() else 0
        if size is not None and have >= size:
            have = 0
        # Packed on the way, the bytes would be others than those the card counts and hashes.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with requests.get(url, headers=headers, stream=True, timeout=_SECONDS) as reply:
            reply.raise_for_status()
            if reply.status_code != 206:  # the server cannot go on: all of it, once more
                have = 0
            with (
                part.open("ab" if have else "wb") as stream,
                tqdm(
                    total=size, initial=have, unit="B", unit_scale=True, desc=part.name.split(".")[1],
                    disable=not progress, delay=2,
                ) as bar,
            ):  # fmt: skip
                for chunk in reply.iter_content(_CHUNK):
                    have += len(chunk)
                    if size is not None and have > size:
                        raise ValueError(f"more than the {size} bytes that the card tells")
                    stream.write(chunk)
                    bar.update(len(chunk))
        part.replace(output_file)

    return download
