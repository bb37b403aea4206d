"""Records on disk: strict JSON, versioned, refused when it is not what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qsetu.bench.records.schema import FORMAT, VERSION, BenchmarkRecord
from qsetu.core.errors import DataError
from qsetu.core.files import write_whole
from qsetu.core.strict_json import first_complaint, parse_strict

__all__ = ["parse_record", "read_record", "to_text", "write_record"]


def to_text(record: BenchmarkRecord) -> str:
    """``record`` as strict JSON (no NaN, no infinity), stable in its order."""
    return json.dumps(record.model_dump(mode="json"), allow_nan=False, ensure_ascii=False)


def write_record(record: BenchmarkRecord, path: str | Path) -> None:
    """Write ``record``; a file that was there is replaced in one step or stays as it was.

    Raises:
        OutputError: It cannot be written.
    """
    # What the command line was may hold bytes that are no text; a run is not lost for that.
    write_whole(Path(path), (to_text(record) + "\n").encode("utf-8", "replace"))


def read_record(path: str | Path) -> BenchmarkRecord:
    """Read and check the record of a run.

    Raises:
        DataError: Missing, not strict JSON, of another format or an unknown version, or damaged.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"Record '{file}' cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise DataError(f"Record '{file}' is not text.") from None
    return parse_record(text, f"Record '{file}'")


def parse_record(text: str, what: str) -> BenchmarkRecord:
    """The record that ``text`` holds; ``what`` starts the message where there is none.

    Raises:
        DataError: As :func:`read_record`.
    """
    try:
        data = parse_strict(text)
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DataError(f"{what} is damaged: it holds half a character, which no page can show.") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{what} is not valid JSON: {error}.") from None
    found: Any = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise DataError(f"{what} is not one of a benchmark: its format is {found!r}, not '{FORMAT}'.")
    version = data.get("version")
    if version != VERSION or isinstance(version, bool):
        raise DataError(
            f"{what} has version {version!r}; this qsetu reads version {VERSION}. An older one has to be "
            "measured again, a newer one needs a newer qsetu."
        )
    try:
        return BenchmarkRecord.model_validate(data)
    except ValidationError as error:
        raise DataError(f"{what} is damaged: {first_complaint(error)}.") from None
