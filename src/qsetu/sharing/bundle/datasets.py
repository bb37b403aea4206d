"""The datasets behind what is shared: referred to by their cards, packed only where that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from qsetu.experiments.spec.agree import SIMULATORS
from qsetu.genomics.card import DatasetCard, builtin_cards
from qsetu.genomics.fetch import verify_dataset
from qsetu.sharing.bundle.items import OWN_FILE, SIMULATED, Draft
from qsetu.sharing.manifest import DatasetReference

__all__ = ["SMALL", "as_reference", "data_files", "references"]

SMALL = 8 * 2**20
"""Bytes of a dataset that is small enough to be packed."""


def as_reference(card: DatasetCard, part: str, *, own: bool, packed: Sequence[str] = ()) -> DatasetReference:
    """What a bundle says of a dataset, from its card."""
    facts = card.facts(part)
    return DatasetReference(
        name=f"{card.name}/{part}" if part else card.name,
        title=_line(card.title),
        access=card.sensitivity,
        data_use=list(card.data_use),
        license=_line(card.license),
        redistribution=card.redistribution,
        citation=_line(card.citation + (f", doi:{card.doi}" if card.doi else "")),
        url=card.url,
        files={file.path: file.sha256 for file in facts.files},
        packed=list(packed),
        card="own" if own else "built-in",
    )


def _line(text: str) -> str:
    """Of a card's text, which may have several lines, one."""
    return " ".join(text.split())[:1000]


def references(
    drafts: Iterable[Draft], named: Iterable[str], cards: Sequence[DatasetCard]
) -> list[DatasetReference]:
    """One reference for each dataset that anything reads.

    A dataset that has neither a built-in card nor one of the sender's is Private: nobody has said otherwise.

    Args:
        drafts: What is to be packed.
        named: Further names of datasets.
        cards: Cards of the sender's own data; all of them count as read.
    """
    own = {card.name: card for card in cards}
    found: dict[str, DatasetReference] = {}
    files: dict[str, Mapping[str, str]] = {}
    names = list(named)
    for draft in drafts:
        # A record of a file of the sender's own has no name to find a card by: any card will be for it.
        names += [name for name in draft.datasets if not (name == OWN_FILE and own)]
        if draft.result is not None:
            files[draft.result.dataset.name] = draft.result.dataset.files
    for name in [*names, *own]:
        base, _, part = name.partition("/")
        card = own.get(base) or builtin_cards().get(base)
        if base == SIMULATED and part in SIMULATORS:
            found[name] = _simulated(name, part)
        elif card is None or (part and part not in card.parts):
            found[name] = _unknown(name, files.get(name, {}))
        else:
            found[name] = as_reference(card, part, own=base in own)
    return [found[name] for name in sorted(found)]


def _simulated(name: str, simulator: str) -> DatasetReference:
    return DatasetReference(
        name=name,
        title=f"Simulated by qsetu ({simulator}); nobody's data",
        access="Open",
        data_use=["DUO:0000004"],
        license="CC0-1.0",
        redistribution=True,
        citation="",
        url="",
        files={},
        packed=[],
        card="simulated",
    )


def _unknown(name: str, files: Mapping[str, str]) -> DatasetReference:
    return DatasetReference(
        name=name,
        title=name,
        access="Private",
        data_use=[],
        license="nobody has said",
        redistribution=False,
        citation="",
        url="",
        files=dict(files),
        packed=[],
        card="none",
    )


def data_files(reference: DatasetReference) -> dict[str, Path]:
    """Files of a dataset that may go into a bundle, by name in it: Open, redistributable, small, right.

    Others give nothing; the reference then says by hash which files are meant.
    """
    if reference.access != "Open" or not reference.redistribution or reference.card != "built-in":
        return {}
    states = verify_dataset(reference.name)
    here = [one for one in states if one.path is not None and one.state == "right"]
    if len(here) < len(states) or sum(one.path.stat().st_size for one in here if one.path) > SMALL:
        return {}
    return {f"data/{one.file}": one.path for one in here if one.path is not None}
