"""Making a new catalogue."""

from __future__ import annotations

import hashlib
import secrets

from qsetu.core.checks import as_choice
from qsetu.core.errors import OutputError
from qsetu.sharing.catalogue.pushing import checked
from qsetu.sharing.catalogue.reading import CARD, read_card
from qsetu.sharing.catalogue.schema import LEVELS, CatalogueCard, canonical, timestamp
from qsetu.sharing.catalogue.storage import Store

__all__ = ["make_catalogue"]


def make_catalogue(store: Store, title: str, holds: str, institution: str) -> CatalogueCard:
    """Write the card of a new catalogue; arguments and errors as of ``Catalogue.init``."""
    as_choice("holds", holds, LEVELS)
    card = checked(
        CatalogueCard,
        id=secrets.token_hex(16),
        title=title,
        institution=institution,
        holds=holds,
        created=timestamp(),
    )
    if not store.writable:
        raise store.read_only()
    if store.size(CARD) is not None:
        raise OutputError(f"'{store.shown}' is a catalogue already; it is used as it is.")
    if store.occupied():
        raise OutputError(f"'{store.shown}' holds other things. Choose a new folder or location.")
    data = canonical(card)
    store.put(CARD, data, hashlib.sha256(data).hexdigest())
    # Two that make one at once: the later one's card is there, and who is not it must know.
    if read_card(store).id != card.id:
        raise OutputError(f"'{store.shown}' became a catalogue of somebody else at this moment. Open it.")
    return card
