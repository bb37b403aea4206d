"""The data card: what a reader of a result must know about the data behind it, declared in a TOML file."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from qsetu.core.errors import DataError, QsetuError, unknown_name
from qsetu.genomics.duo import DUO_TERMS

__all__ = [
    "CardError",
    "ColumnFacts",
    "DataFile",
    "DatasetCard",
    "PartFacts",
    "builtin_cards",
    "find_card",
    "read_card",
]

_CARDS = Path(__file__).parent / "cards"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class CardError(QsetuError, ValueError):
    """A dataset card breaks a rule; the message names the file and the key."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnFacts(_Table):
    """One field of the data: what it holds, in which unit, and how missing values are written."""

    name: Text
    dtype: Literal["text", "int", "float", "bool"]
    meaning: Text
    shape: str = ""
    unit: str = ""
    missing: str = ""


class DataFile(_Table):
    """One file: where it belongs below the data folder, what it must hold, where it can be had.

    ``sha256`` is of the file as it lies there. A file whose name ends in ``.gz`` may also lie there unpacked,
    without that ending; then ``unpacked_sha256`` decides. ``urls`` give the file itself or, where
    ``unpacked_sha256`` is told, its unpacked content. With ``by_content`` other bytes are accepted too, if
    what they say has the part's ``content_sha256``.
    """

    path: Annotated[str, StringConstraints(pattern=r"^[\w.+-]+(/[\w.+-]+)*$")]
    size: int = Field(ge=0)
    sha256: Digest
    also_sha256: tuple[Digest, ...] = ()
    unpacked_sha256: Digest | None = None
    unpacked_size: int | None = None
    by_content: bool = False
    urls: tuple[Annotated[str, StringConstraints(pattern=r"^https?://\S+$")], ...] = ()
    origin: str = ""

    @model_validator(mode="after")
    def _stays_below(self) -> DataFile:
        if ".." in self.path.split("/"):
            raise ValueError(f"path: must stay below the data folder; got {self.path}")
        return self


class PartFacts(_Table):
    """What differs between the parts of one dataset, and what the loaded part must hold."""

    title: Text
    num_samples: int = Field(ge=0)
    num_features: int | None = None
    labels: dict[str, int] = Field(default_factory=dict)
    files: tuple[DataFile, ...] = Field(min_length=1)
    content_sha256: Digest | None = None


class DatasetCard(_Table):
    """Declared facts about one dataset; loading never changes them.

    Attributes:
        name: Name used on the command line and in experiment files.
        title: One line for people.
        summary: What the data are, one or two sentences.
        kind: What loading gives.
        collected: How samples and labels came to be.
        license: License, with the source of that statement.
        redistribution: Whether the files may be passed on, as far as the license says.
        citation: Whom to cite.
        doi: DOI of the publication.
        url: Where the data officially come from.
        sensitivity: "Open", "Restricted" (approval needed) or "Private".
        data_use: Codes of the Data Use Ontology, such as "DUO:0000004" (no restriction).
        samples: What one sample is, in the plural ("cells").
        features: What one feature is, in the plural ("genes"); "" for none.
        grouping: What must not straddle a split, and why; "" where nothing is known.
        split: The published split; "" for none.
        traps: What has misled people, or could, in these data.
        columns: The fields of the data.
        parts: The parts, by name; a dataset of one part calls it "".
        carried_by: A Python package that carries the file, and the path inside it ("scanpy:datasets/x.h5ad").
    """

    format: Literal["qsetu.dataset"]
    version: Literal[1]
    name: Name
    title: Text
    summary: Text
    kind: Literal[
        "sequences", "structures", "expression", "genotypes", "intervals", "motifs", "matrix", "files"
    ]
    collected: Text
    license: Text
    redistribution: bool
    citation: Text
    doi: str = ""
    url: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
    sensitivity: Literal["Open", "Restricted", "Private"]
    data_use: tuple[str, ...] = ()
    samples: Text
    features: str = ""
    grouping: str = ""
    split: str = ""
    traps: tuple[Text, ...] = Field(min_length=1)
    columns: tuple[ColumnFacts, ...] = Field(min_length=1)
    parts: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]*$")], PartFacts] = Field(min_length=1)
    carried_by: str = ""

    @model_validator(mode="after")
    def _codes_exist(self) -> DatasetCard:
        for code in self.data_use:
            if code not in DUO_TERMS:
                raise ValueError(f"data_use: must be codes of the Data Use Ontology; got {code}")
        if "" in self.parts and len(self.parts) > 1:
            raise ValueError("parts: must all have names, because there are several")
        return self

    def names(self) -> list[str]:
        """What this dataset and its parts are called: ``name``, or ``name/part`` for each part."""
        return [self.name] if list(self.parts) == [""] else [f"{self.name}/{part}" for part in self.parts]

    def facts(self, part: str = "") -> PartFacts:
        """Facts of one part; "" is the first."""
        if part and part not in self.parts:
            raise unknown_name("part", part, self.parts)
        return self.parts[part or next(iter(self.parts))]


def read_card(path: Path) -> DatasetCard:
    """The card in a TOML file, of one's own data too.

    Raises:
        CardError: The file is not a card; says which key breaks which rule.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CardError(f"Card '{path}' cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CardError(f"Card '{path}' is not TOML: {error}.") from None
    try:
        return DatasetCard.model_validate(content)
    except ValidationError as error:
        found = [
            f"{'.'.join(map(str, one['loc'])) or 'card'}: {re.sub('^Value error, ', '', one['msg'])}"
            for one in error.errors()
        ]
        raise CardError(f"Card '{path}' breaks {len(found)} rule(s): " + "; ".join(found) + ".") from None


@cache
def _builtin() -> MappingProxyType[str, DatasetCard]:
    cards = [read_card(path) for path in sorted(_CARDS.glob("*.toml"))]
    return MappingProxyType({card.name: card for card in cards})


def builtin_cards() -> MappingProxyType[str, DatasetCard]:
    """All cards that qsetu carries, by name."""
    return _builtin()


def find_card(name: Any) -> tuple[DatasetCard, str]:
    """Card and part that ``name`` means: a dataset's name (its first part), or ``name/part``.

    Raises:
        ArgumentError: There is none; lists the names and guesses.
    """
    cards = builtin_cards()
    known = [*cards, *(one for card in cards.values() for one in card.names())]
    if not isinstance(name, str) or name not in known:
        raise unknown_name("dataset", name, dict.fromkeys(known))
    base, _, part = name.partition("/")
    card = cards[base]
    return card, part or next(iter(card.parts))


def check_counts(card: DatasetCard, part: str, dataset: Any) -> None:
    """Refuse loaded data that are not what the card says; the files were right, so the loader is wrong.

    Raises:
        DataError: Samples, features or labels differ from the card's.
    """
    facts = card.facts(part)
    found = (
        len(dataset),
        getattr(dataset, "num_features", None),
        dict(getattr(dataset, "label_counts", dict)()),
    )
    expected = (facts.num_samples, facts.num_features, facts.labels)
    if found != expected:
        raise DataError(
            f"Dataset '{card.name}' (part '{part}') has samples, features and labels {found}; its card says "
            f"{expected}. Card and loader disagree: report this, with the version of qsetu."
        )
