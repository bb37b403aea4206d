"""What is pushed with facts of its own: bundles with their signatures, dataset cards with their data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from qsetu.core.errors import ArgumentError, unknown_name
from qsetu.genomics.card import read_card
from qsetu.sharing.catalogue.catalogue import Catalogue
from qsetu.sharing.catalogue.schema import Entry
from qsetu.sharing.manifest import BUNDLE_ENDING, LEVELS, SIGNATURE_ENDING

__all__ = ["bundle_name", "dataset_facts", "push_bundle"]


_FACTS = (
    "name",
    "label",
    "title",
    "description",
    "license",
    "access",
    "data_use",
    "derived_from",
    "institution",
    "author",
)


def push_bundle(
    catalogue: Catalogue,
    bundle_path: str | Path,
    facts: Mapping[str, Any],
    signature_path: str | Path | None = None,
) -> Entry:
    """Push a bundle, and its signature, as the two files of one entry.

    Args:
        catalogue: Where to.
        bundle_path: A file ``something.qsetu.zip``.
        facts: ``title``, ``license`` and ``access``; optionally ``description``, ``data_use``,
            ``derived_from``, ``name`` (else it is made of the file's name), ``label``, ``institution`` and
            ``author``. See :meth:`~qsetu.sharing.catalogue.Catalogue.push`.
        signature_path: A file ``something.qsetu.zip.dsse.json`` of the same something.

    Raises:
        ArgumentError: A file is called otherwise, a fact is missing, unknown, or breaks a rule.
        DataError: A file or the catalogue cannot be read.
        OutputError: The catalogue cannot be written.
    """
    bundle = Path(bundle_path)
    stem = bundle.name.removesuffix(BUNDLE_ENDING)
    if stem == bundle.name or not stem:
        raise ArgumentError("bundle_path", f"must be a file whose name ends in {BUNDLE_ENDING}", bundle.name)
    files = [bundle]
    if signature_path is not None:
        files.append(Path(signature_path))
        if files[1].name != bundle.name + SIGNATURE_ENDING:
            rule = f"must be called {bundle.name}{SIGNATURE_ENDING}, beside this bundle"
            raise ArgumentError("signature_path", rule, files[1].name)
    for key in facts:
        if key not in _FACTS:
            raise unknown_name("facts", key, _FACTS)
    for key in ("title", "license", "access"):
        if key not in facts:
            raise ArgumentError("facts", f"must have {key}", sorted(facts))
    return catalogue.push(files, kind="bundle", **{"name": _name(stem), **facts})


def dataset_facts(files: Iterable[str | Path], access: str | None = None) -> dict[str, Any]:
    """What the card among ``files`` says of a dataset, as arguments of ``Catalogue.push``.

    Args:
        files: Of the dataset; the one that ends in ``.toml`` is its card.
        access: The level that is asked for; None for the card's.

    Returns:
        ``name``, ``title``, ``description``, ``license``, ``access``, ``data_use``; nothing without a card.

    Raises:
        CardError: It is not a card.
        ArgumentError: ``access`` is less sensitive than the card says.
    """
    cards = [Path(path) for path in files if str(path).endswith(".toml")]
    if len(cards) != 1:
        return {}
    card = read_card(cards[0])
    if access in LEVELS and LEVELS.index(access) < LEVELS.index(card.sensitivity):
        rule = f"must be at least {card.sensitivity}, which the card '{cards[0].name}' says"
        raise ArgumentError("access", rule, access)
    return {
        "name": card.name,
        "title": card.title,
        "description": card.summary,
        "license": card.license,
        "access": access or card.sensitivity,
        "data_use": card.data_use,
    }


def bundle_name(path: Path) -> str:
    """What a bundle is called in a catalogue, from the name of its file."""
    return _name(path.name.removesuffix(BUNDLE_ENDING))


def _name(stem: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).lstrip("._-")[:100] or "bundle"
