"""A catalogue as pages that any web server can serve, together with what ``qsetu`` reads from there."""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
from pathlib import Path
from typing import Any

import qsetu.documents
from qsetu.core.checks import as_choice
from qsetu.core.files import staged_folder
from qsetu.genomics.duo import DUO_TERMS
from qsetu.sharing.catalogue.catalogue import Catalogue
from qsetu.sharing.catalogue.reading import CARD, LIST, LIST_FORMAT, Contents, object_name
from qsetu.sharing.catalogue.refs import alias_states
from qsetu.sharing.catalogue.schema import KINDS, LEVELS, VERSION, canonical, may_hold
from qsetu.sharing.catalogue.showing import show_entry
from qsetu.sharing.catalogue.storage import open_store
from qsetu.sharing.catalogue.syncing import Carried, sync

__all__ = ["write_site"]

_HEADINGS = {
    "bundle": "Bundles",
    "notebook": "Notebooks",
    "experiment": "Experiments",
    "model": "Models",
    "dataset": "Datasets",
}


def write_site(
    catalogue: Catalogue, folder: str | Path, *, holds: str = "Open", files: bool = True, address: str = ""
) -> Carried:
    """Write a copy of a catalogue that can be served: ``index.html``, a page an entry, and all that is read.

    What may go into it is what may go into a catalogue that holds ``holds``; see
    :func:`~qsetu.sharing.catalogue.sync`. Served by any web server the folder is a catalogue to read from;
    without one, ``index.html`` opens from the folder.

    Args:
        catalogue: What is told.
        folder: Not there yet, or empty.
        holds: The most sensitive level that may go there.
        files: Whether files are copied; else cards alone.
        address: Where it will be served, for the commands that pages show.
            The location of ``catalogue`` itself is not told.

    Returns:
        What was copied, and what could not be.

    Raises:
        ArgumentError: There is no such level.
        DataError: The catalogue cannot be listed.
        OutputError: The folder cannot be written.
    """
    as_choice("holds", holds, LEVELS)
    level = next(one for one in LEVELS if one in (holds, catalogue.card.holds))  # the less sensitive one
    with staged_folder(Path(folder)) as stage:
        card = catalogue.card.model_copy(update={"holds": level})
        (stage / CARD).write_bytes(canonical(card))
        copy = Catalogue(open_store(stage, {}), card)
        done = sync(catalogue, copy, one_way=True, files=files).to_b
        contents = copy.read()
        ids = sorted([*contents.entries, *contents.aliases, *contents.withdrawals])
        listed = {"format": LIST_FORMAT, "version": VERSION, "entries": ids}
        (stage / LIST).write_text(json.dumps(listed), encoding="ascii")
        _write_pages(copy, contents, stage, address or "URL")
    return done


def _write_pages(copy: Catalogue, contents: Contents, folder: Path, address: str) -> None:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    here = Path(__file__).parent / "templates"
    environment = Environment(
        # The look is that of all our documents.
        loader=FileSystemLoader([here, Path(qsetu.documents.__file__).parent / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["terms"] = DUO_TERMS
    script = (here / "find.js").read_text(encoding="utf-8")
    # The one script of ours may run, by its hash; whatever else got into a page may not.
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    newest = contents.newest()
    card = copy.card
    shared: dict[str, Any] = {
        "kicker": f"Catalogue of {card.institution}" if card.institution else "Catalogue",
        "footer": f"Catalogue {card.id}, up to {card.holds}. Names and texts are those of who pushed them.",
    }
    index = environment.get_template("index.html.j2").render(
        shared,
        title=card.title,
        lead=_lead(contents),
        kinds=[(k, found) for k in KINDS if (found := [one for one in newest if one.kind == k])],
        headings=_HEADINGS,
        aliases=list(alias_states(contents).values()),
        entries=contents.entries,
        gone=contents.gone(),
        script=Markup(script),
        script_source=f"'sha256-{allowed}'",
    )
    (folder / "index.html").write_text(index, encoding="utf-8")
    (folder / "pages").mkdir()
    page = environment.get_template("entry.html.j2")
    for entry in newest:
        text = page.render(
            shared,
            title=f"{entry.title} ({card.title})",
            entry=entry,
            shown=show_entry(copy.store, contents, entry),
            place=object_name,
            address=shlex.quote(address),
            script_source="'none'",
        )
        (folder / "pages" / f"{entry.id}.html").write_text(text, encoding="utf-8")


def _lead(contents: Contents) -> str:
    count = len(contents.entries)
    said = f"{count} {'entry' if count == 1 else 'entries'}"
    hidden = [one for one in contents.entries.values() if not may_hold("Open", one.access)]
    more = f", {len(hidden)} of them not open to all" if hidden else ""
    return f"{said}{more}. Newest first."
