"""Finished folds on disk, each under the hash of what was run: append-only, safe against a kill."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from qsetu.core.errors import DataError, OutputError
from qsetu.core.hashing import content_hash

__all__ = ["Mismatch", "Store", "same_numbers"]

FORMAT, VERSION = "qsetu.fold", 1
Record = TypeVar("Record", bound=BaseModel)
# What a second computation of the same fold may differ in: how long it took, and what it warned of.
TIMES = frozenset(
    {"feature_seconds", "tune_seconds", "fit_seconds", "predict_seconds", "cpu_seconds", "seconds"}
)


class Mismatch(DataError):
    """Two records of the same thing say different numbers."""


class Store:
    """A folder of records.

    One file a record, written beside its place and linked there in one step, so that a reader sees a whole
    record or none, many processes (of many machines) may write at once, and nothing is ever overwritten.

    Args:
        folder: Where; made when the first record is written. None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Where the record of ``key`` lies, or would."""
        assert self.folder is not None
        return self.folder / key[:2] / f"{key}.json"

    def get(self, key: str, kind: type[Record]) -> tuple[Record, dict[str, JsonValue]] | None:
        """The record of ``key`` and the machine that computed it; None where there is none that is whole."""
        if self.folder is None:
            return None
        try:
            found = json.loads(self.path(key).read_text(encoding="utf-8"))
            whole = found["sha256"] == _digest(found) and found["key"] == key
            if not whole or (found["format"], found["version"]) != (FORMAT, VERSION):
                return None
            return kind.model_validate(found["record"]), found["environment"]
        except (OSError, ValueError, KeyError, TypeError, ValidationError, RecursionError):
            return None

    def put(
        self, key: str, what: Mapping[str, Any], record: BaseModel, environment: Mapping[str, JsonValue]
    ) -> None:
        """Keep a record; one that is there already stays.

        Raises:
            Mismatch: There is one under this key, and it says other numbers.
            OutputError: The folder cannot be written.
        """
        if self.folder is None:
            return
        there = self.get(key, type(record))
        if there is not None:
            if not same_numbers(there[0], record):
                raise Mismatch(
                    f"Store '{self.folder}': record {key[:12]} was computed again and came out differently. "
                    "Kept is the first. Different processors can round differently; on one machine something "
                    "is wrong."
                )
            return
        document: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "key": key,
            "what": what,
            "environment": environment,
            "record": record.model_dump(mode="json"),
        }
        document["sha256"] = _digest(document)
        text = json.dumps(document, allow_nan=False, ensure_ascii=False, indent=1)
        try:
            _write_once(self.path(key), text)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError(f"Store '{self.folder}' cannot be written: {reason}.") from None


def same_numbers(a: BaseModel, b: BaseModel) -> bool:
    """Whether two records agree in everything but times and warnings."""
    return _bare(a.model_dump(mode="json")) == _bare(b.model_dump(mode="json"))


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if k not in TIMES and k != "warnings"}
    return [_bare(one) for one in value] if isinstance(value, list) else value


def _digest(document: Mapping[str, Any]) -> str:
    return content_hash("qsetu.fold.v1", {key: document[key] for key in sorted(document) if key != "sha256"})


def _write_once(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        # A damaged file (a disk that filled up, an edit) was not returned by `get`, and is replaced. A whole
        # one that another process has written meanwhile says the same.
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
