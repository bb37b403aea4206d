"""Catalogues and files to try them with."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from qsetu.sharing.catalogue import Catalogue
from qsetu.sharing.catalogue.reading import CARD, entry_name, object_name
from qsetu.sharing.catalogue.schema import canonical

FACTS = {"kind": "model", "title": "A model", "access": "Open", "license": "CC-BY-4.0"}


def made(tmp_path: Path, name: str = "cat", holds: str = "Open", institution: str = "Lab A") -> Catalogue:
    return Catalogue.init(tmp_path / name, f"Catalogue {name}", holds, institution=institution)


def written(tmp_path: Path, content: bytes | str = b"weights", name: str = "m.bin") -> Path:
    path = tmp_path / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def pushed(catalogue: Catalogue, tmp_path: Path, content: bytes | str = b"weights", file="m.bin", **facts):
    path = written(tmp_path, content, file)
    return catalogue.push([path], **{"name": "net", **FACTS, **facts})


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder but the card."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != CARD
    }


def object_path(catalogue: Catalogue, entry, place: int = 0) -> Path:
    return catalogue.store.root / object_name(entry.files[place].sha256)


def plant(catalogue: Catalogue, data: bytes | dict, name: str | None = None) -> str:
    """Put an entry file by hand; returns its id."""
    if isinstance(data, dict):
        data = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    key = name or hashlib.sha256(data).hexdigest()
    path = catalogue.store.root / entry_name(key)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return key


def as_data(record, **changes) -> dict:
    """A record as plain data, with changes."""
    return {**json.loads(canonical(record)), **changes}
