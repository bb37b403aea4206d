"""What an entry is, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable

from qsetu.genomics.duo import DUO_TERMS
from qsetu.sharing.catalogue.lineage import Relative
from qsetu.sharing.catalogue.refs import AliasState
from qsetu.sharing.catalogue.showing import Shown

__all__ = ["fact_lines", "relative_lines"]


def fact_lines(shown: Shown) -> list[tuple[str, str]]:
    """Names and values of what is known of an entry; what is empty is left out."""
    entry = shown.entry
    facts = [("id", entry.id), ("name", f"{entry.name}@{entry.label}"), ("kind", entry.kind)]
    facts += [("access", entry.access), ("license", entry.license)]
    facts += [("data use", f"{code} ({DUO_TERMS.get(code, 'unknown')})") for code in entry.data_use]
    facts += [("institution", entry.institution), ("author", entry.author), ("added", entry.created)]
    facts += [("alias", _alias(state)) for state in (*shown.aliases, *shown.contested)]
    facts += [("version", f"{one.label}  {one.id[:12]}") for one in shown.versions if one.id != entry.id]
    return [(title, value) for title, value in facts if value]


def relative_lines(found: Iterable[Relative]) -> list[str]:
    """One line each, set in by how far away it is."""
    lines = []
    for one in found:
        what = "not in this catalogue"
        if one.entry is not None:
            what = f"{one.entry.name}@{one.entry.label}: {one.entry.title}"
        lines.append(f"{'  ' * (one.steps - 1)}{one.digest[:12]}  {what}")
    return lines


def _alias(state: AliasState) -> str:
    """What it means, and what other institutions let it mean before."""
    told = [f"{state.name} means {state.winner.target[:12]}{_by(state.winner.institution)}"]
    told += [f"{one.target[:12]}{_by(one.institution)}, earlier" for one in state.others]
    return "; ".join(told)


def _by(institution: str) -> str:
    return f" (set by {institution})" if institution else ""
