"""A notebook that is to be shared: read and checked, its title, how it looks without outputs."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

from qsetu.core.strict_json import parse_strict
from qsetu.sharing.errors import BundleError
from qsetu.sharing.metrics import MEDIA_TYPE

__all__ = ["as_bytes", "parse_notebook", "read_notebook", "title_of", "without_outputs"]

LARGEST = 64 * 2**20


def parse_notebook(data: bytes, source: str) -> dict[str, Any]:
    """A notebook of format 4, checked by nbformat's own schema.

    Raises:
        BundleError: It is none, or larger than 64 MiB.
    """
    import nbformat

    if len(data) > LARGEST:
        raise BundleError(f"Notebook '{source}' has {len(data):,} bytes; at most {LARGEST:,} are taken.")
    try:
        content = parse_strict(data.decode("utf-8"))
        if not isinstance(content, dict) or content.get("nbformat") != 4:
            raise BundleError(f"'{source}' is no notebook of format 4. Convert it with: jupyter nbconvert.")
        # A copy: validation repairs what it is given, and what is shared is what was there.
        nbformat.validate(nbformat.from_dict(copy.deepcopy(content)))
    except (ValueError, RecursionError, nbformat.ValidationError) as error:
        reason = str(error).split("\n")[0][:200]
        raise BundleError(f"'{source}' is no notebook: {reason}.") from None
    return content


def _source(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def title_of(notebook: dict[str, Any], otherwise: str) -> str:
    """The first heading of a notebook, on one line."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            found = re.search(r"^#\s+(.+)$", _source(cell), re.MULTILINE)
            if found:
                return " ".join(found[1].split())[:200]
    return otherwise


def without_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with no output but its declared metrics, as a copy."""
    stripped = copy.deepcopy(notebook)
    for cell in stripped["cells"]:
        cell.pop("attachments", None)
        if cell["cell_type"] != "code":
            continue
        cell["execution_count"] = None
        cell["outputs"] = [
            {
                **output,
                "metadata": {},
                "data": {
                    key: output["data"][key] for key in (MEDIA_TYPE, "text/plain") if key in output["data"]
                },
            }
            for output in cell["outputs"]
            if isinstance(output.get("data"), dict) and MEDIA_TYPE in output["data"]
        ]
    stripped["metadata"] = {
        key: value
        for key, value in stripped["metadata"].items()
        if key in ("kernelspec", "language_info", "qsetu")
    }
    return stripped


def as_bytes(notebook: dict[str, Any]) -> bytes:
    """The notebook as a file, as Jupyter writes it."""
    return (json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8")


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook from its file.

    Raises:
        BundleError: It cannot be read, or is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"Notebook '{path}' cannot be read ({error.strerror or error}).") from None
    return parse_notebook(data, str(path))
