"""Results on disk: strict JSON, versioned, refused when it is not what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qsetu.core.errors import DataError
from qsetu.core.strict_json import first_complaint, parse_strict
from qsetu.experiments.record.schema import FORMAT, VERSION, Result

__all__ = ["read_result", "write_result"]


def write_result(result: Result, path: Path) -> None:
    """Write ``result`` as strict JSON (no NaN, no infinity), readable and stable in its order."""
    text = json.dumps(result.model_dump(mode="json"), indent=1, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_result(path: str | Path) -> Result:
    """Read and check a ``result.json``.

    Args:
        path: The file, or the results folder that holds it.

    Raises:
        DataError: Missing, not strict JSON, of another format or an unknown version, or damaged.
    """
    file = Path(path)
    file = file / "result.json" if file.is_dir() else file
    try:
        data = parse_strict(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"Result '{file}' cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise DataError(f"Result '{file}' is not valid JSON: {error}.") from None
    _check_version(file, data)
    try:
        return Result.model_validate(data)
    except ValidationError as error:
        raise DataError(f"Result '{file}' is damaged: {first_complaint(error)}.") from None


def _check_version(file: Path, data: Any) -> None:
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise DataError(f"'{file}' is not a result of qsetu: its format is {found!r}, not '{FORMAT}'.")
    version = data.get("version")
    if version != VERSION or isinstance(version, bool):
        raise DataError(
            f"Result '{file}' has version {version!r}; this qsetu reads version {VERSION}. "
            "A newer qsetu may have written it: upgrade qsetu to read it."
        )
