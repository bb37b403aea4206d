"""A catalogue: entries and the files that they name, at a location without a server."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qsetu.sharing.catalogue.making import make_catalogue
from qsetu.sharing.catalogue.pulling import DEFAULT_LIMIT, pull_entry
from qsetu.sharing.catalogue.pushing import (
    check_leaks,
    check_levels,
    check_name,
    checked,
    file_facts,
    new_entry,
)
from qsetu.sharing.catalogue.reading import (
    Contents,
    entry_name,
    object_name,
    read_card,
    read_contents,
)
from qsetu.sharing.catalogue.refs import alias_states, resolve
from qsetu.sharing.catalogue.schema import (
    Alias,
    CatalogueCard,
    Entry,
    Record,
    Withdrawal,
    canonical,
    may_hold,
    timestamp,
)
from qsetu.sharing.catalogue.searching import find_words
from qsetu.sharing.catalogue.showing import Shown, show_entry
from qsetu.sharing.catalogue.storage import Store, open_store
from qsetu.sharing.catalogue.verifying import VerifyReport, verify_catalogue

__all__ = ["Catalogue"]


class Catalogue:
    """A shared catalogue: a folder, or any location that fsspec can write, or a web address to read from.

    Entries and files are named by their hash and never changed, so that several may push at once and two
    catalogues are merged by copying. Everything read is checked; what is wrong is left out, and told in
    :attr:`problems`. Made by :meth:`init` and :meth:`open`.

    Attributes:
        card: What it is, who keeps it, and up to which level it may hold.
        store: Where its files lie.

    Examples:
        >>> catalogue = Catalogue.init("memory://example", "Shared by two labs")
        >>> catalogue.card.holds, catalogue.entries()
        ('Open', [])
    """

    def __init__(self, store: Store, card: CatalogueCard) -> None:
        self.store = store
        self.card = card
        self._known: dict[str, Record] = {}
        self._problems: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Catalogue({self.location!r}, {self.card.title!r}, holds={self.card.holds!r})"

    @classmethod
    def init(
        cls,
        url: str | Path,
        title: str,
        holds: str = "Open",
        *,
        institution: str = "",
        **storage_options: Any,
    ) -> Catalogue:
        """Make a new catalogue.

        Args:
            url: A folder or location that is empty, or not yet there.
            title: For people.
            holds: The most sensitive level it may hold: "Open", "Restricted" or "Private".
            institution: Who keeps it, and whose entries are pushed unless said otherwise.
            **storage_options: For fsspec.

        Raises:
            ArgumentError: The location is read only or unknown, or a fact breaks a rule.
            OutputError: There is something already, or it cannot be written.
        """
        store = open_store(url, storage_options)
        return cls(store, make_catalogue(store, title, holds, institution))

    @classmethod
    def open(cls, url: str | Path, **storage_options: Any) -> Catalogue:
        """Open a catalogue that is there.

        Raises:
            ArgumentError: The location is of a kind that is not known, or needs a package that is not here.
            DataError: There is no catalogue, or one that this qsetu cannot read.
        """
        store = open_store(url, storage_options)
        return cls(store, read_card(store))

    @property
    def location(self) -> str:
        """Where it is, without passwords."""
        return self.store.shown

    @property
    def problems(self) -> tuple[str, ...]:
        """What was left out when it was last read, and why."""
        return self._problems

    def may_hold(self, entry: Entry) -> bool:
        """Whether the files of an entry may lie here; its card may, unless it is Private."""
        return may_hold(self.card.holds, entry.access)

    def read(self) -> Contents:
        """What it says now.

        Raises:
            DataError: It cannot be listed.
        """
        contents = read_contents(self.store, self._known)
        self._problems = contents.problems
        return contents

    def entries(self) -> list[Entry]:
        """All entries, newest first, withdrawn ones too; raises as :meth:`read`."""
        return self.read().newest()

    def search(
        self,
        text: str = "",
        *,
        kind: str | None = None,
        access: str | None = None,
        institution: str | None = None,
        withdrawn: bool = False,
    ) -> list[Entry]:
        """Entries with all these words, best first; see :func:`~qsetu.sharing.catalogue.find_words`."""
        return find_words(
            self.read(), text, kind=kind, access=access, institution=institution, withdrawn=withdrawn
        )

    def show(self, ref: str) -> Shown:
        """An entry and all that is known of it.

        Args:
            ref: An id, 8 of its first digits or more, ``name``, ``name@label``, or an alias.

        Raises:
            ArgumentError: It means nothing here, or several entries.
            DataError: The catalogue cannot be read.
        """
        contents = self.read()
        return show_entry(self.store, contents, resolve(contents, ref))

    def push(
        self,
        files: Iterable[str | Path],
        *,
        kind: str,
        name: str,
        title: str,
        access: str,
        license: str,
        description: str = "",
        data_use: Iterable[str] = (),
        label: str | None = None,
        institution: str | None = None,
        author: str = "",
        derived_from: Iterable[str] = (),
    ) -> Entry:
        """Add an entry with its files: files first, the entry last, so that a push cut short shows nothing.

        The card of a Restricted entry may go to any catalogue, its bytes only to one that holds Restricted.
        The same push again adds nothing.

        Args:
            files: Paths; they are known by their last part.
            kind: "bundle", "notebook", "experiment", "model" or "dataset".
            name: What all versions share: small letters, digits, ``.``, ``_`` and ``-``.
            title: One line.
            access: "Open", "Restricted" or "Private"; never guessed.
            license: License, with the source of that statement.
            description: More than the title says.
            data_use: Codes of the Data Use Ontology.
            label: This version, for people; None for the date and a number.
            institution: Whose it is; None for the one that keeps the catalogue.
            author: Whom to ask.
            derived_from: What it was made of: references to entries here, or a SHA-256.

        Raises:
            ArgumentError: A fact breaks a rule, this catalogue may not hold it, or it is read only.
            PolicyRefusal: An Open notebook, experiment or model holds people, genotypes or secrets.
            DataError: A file or the catalogue cannot be read.
            OutputError: The catalogue cannot be written.
        """
        self._writable()
        contents = self.read()
        found = file_facts(files)
        entry = new_entry(
            contents,
            self.card,
            [fact for _, fact in found],
            kind=kind,
            name=name,
            title=title,
            access=access,
            license=license,
            description=description,
            data_use=data_use,
            label=label,
            institution=institution,
            author=author,
            derived_from=derived_from,
        )
        check_levels(contents, self.card, entry)
        if self.may_hold(entry):
            check_leaks(found, entry)
            for path, fact in found:
                # Of another size it is what a push that was cut short has left.
                if self.store.size(object_name(fact.sha256)) != fact.size:
                    self.store.put(object_name(fact.sha256), path, fact.sha256)
        if entry.id not in contents.entries:
            self._write(entry)
        return entry

    def pull(
        self, ref: str, folder: str | Path, *, limit: int = DEFAULT_LIMIT, withdrawn: bool = False
    ) -> list[Path]:
        """Write the files of an entry into a new folder, every one checked by its hash.

        Args:
            ref: As for :meth:`show`.
            folder: Not there yet, or empty.
            limit: Bytes at most, all files together.
            withdrawn: Whether a withdrawn entry may be pulled.

        Raises:
            ArgumentError: ``ref`` means nothing here, or several entries.
            DataError: It is withdrawn, too large, not here, or not what the entry names; nothing is written.
            OutputError: The folder cannot be written.
        """
        contents = self.read()
        entry = resolve(contents, ref)
        return pull_entry(self.store, contents, entry, Path(folder), limit, withdrawn)

    def alias(self, name: str, ref: str, *, institution: str | None = None, author: str = "") -> Alias:
        """Let ``name`` mean an entry, from now on.

        Raises:
            ArgumentError: The name breaks a rule or is an entry's, or ``ref`` means nothing here.
            OutputError: The catalogue cannot be written.
        """
        self._writable()
        contents = self.read()
        target = resolve(contents, ref).id
        whose = self.card.institution if institution is None else institution
        state = alias_states(contents).get(name)
        created = timestamp(after=() if state is None else [state.winner.created])
        made = checked(Alias, created=created, name=name, target=target, institution=whose, author=author)
        check_name(contents, made.name, alias=True)
        if state is not None and (state.winner.target, state.winner.institution) == (target, whose):
            return state.winner
        self._write(made)
        return made

    def withdraw(
        self, ref: str, reason: str, *, institution: str | None = None, author: str = ""
    ) -> Withdrawal:
        """Say that an entry is to be used no more. It stays, with the reason beside it.

        Raises:
            ArgumentError: ``ref`` means nothing here, or the reason is empty.
            OutputError: The catalogue cannot be written.
        """
        self._writable()
        contents = self.read()
        target = resolve(contents, ref).id
        whose = self.card.institution if institution is None else institution
        made = checked(
            Withdrawal, created=timestamp(), target=target, reason=reason, institution=whose, author=author
        )
        before = contents.withdrawn(target)
        if before is None:
            self._write(made)
        return before or made

    def verify(self) -> VerifyReport:
        """Read and hash everything; raises DataError where the catalogue cannot be listed."""
        self._known.clear()  # what was read before says nothing about what lies there now
        return verify_catalogue(self.store, self.card, self.read())

    def _writable(self) -> None:
        if not self.store.writable:
            raise self.store.read_only()

    def _write(self, record: Record) -> None:
        self.store.put(entry_name(record.id), canonical(record), record.id)
