"""A dataset's card in Croissant 1.1, the JSON-LD that dataset search engines and other tools read.

Format: Akhtar et al., Croissant: a metadata format for ML-ready datasets, arXiv:2403.19546. Conditions of
use are terms of the Data Use Ontology under ``usageInfo``.
"""

from __future__ import annotations

import mimetypes
import re
from typing import Any

from qsetu.genomics.card import DataFile, DatasetCard
from qsetu.genomics.duo import DUO_TERMS, DUO_URL

__all__ = ["croissant"]

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_FORMATS = {
    ".fasta": "text/x-fasta", ".fa": "text/x-fasta", ".fna": "text/x-fasta", ".gz": "application/gzip",
    ".h5ad": "application/x-hdf5", ".tsv": "text/tab-separated-values", ".csv": "text/csv",
}  # fmt: skip


def croissant(card: DatasetCard) -> dict[str, Any]:
    """The card as Croissant 1.1, ready for ``json.dump``.

    Args:
        card: A card, built-in or your own.

    Returns:
        A dictionary of JSON-LD. It holds license, citation, files with SHA-256, the fields with unit and
        missing value, the count of
        every label, how the data were collected, their traps (as ``rai:dataLimitations``), and conditions
        of use.

    Example:
        >>> from qsetu.genomics import croissant, dataset_card
        >>> croissant(dataset_card("uci-splice"))["conformsTo"]
        'http://mlcommons.org/croissant/1.1'
    """
    files = {file.path: file for part in card.parts.values() for file in part.files}
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": card.name,
        "description": f"{card.title}. {card.summary}",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "license": card.license,
        "url": card.url,
        "citeAs": card.citation,
        "version": "1.0.0",
        "datePublished": _year(card.citation),
        "conditionsOfAccess": card.sensitivity,
        "rai:dataCollection": card.collected,
        "rai:dataLimitations": list(card.traps),
        "variableMeasured": [_variable(card, i) for i in range(len(card.columns))],
        "usageInfo": [
            {
                "@type": "sc:DefinedTerm",
                "termCode": code,
                "name": DUO_TERMS[code],
                "url": DUO_URL + code.replace(":", "_"),
                "inDefinedTermSet": DUO_URL + "duo.owl",
            }
            for code in card.data_use
        ],
        "distribution": [_file_object(file) for file in files.values()],
        "recordSet": [_label_counts(name, part.labels) for name, part in card.parts.items() if part.labels],
    }
    if card.doi:
        made["sameAs"] = f"https://doi.org/{card.doi}"
    return {key: value for key, value in made.items() if value not in ([], "")}


def _variable(card: DatasetCard, number: int) -> dict[str, Any]:
    column = card.columns[number]
    made = {
        "@type": "sc:PropertyValue",
        "name": column.name,
        "description": column.meaning,
        "unitText": column.unit,
        "measurementTechnique": column.dtype + (f" {column.shape}" if column.shape else ""),
        "valueReference": f"missing: {column.missing}" if column.missing else "",
    }
    return {key: value for key, value in made.items() if value}


def _file_object(file: DataFile) -> dict[str, Any]:
    # Where the address gives the unpacked file, that is what is described.
    unpacked = bool(file.urls) and file.unpacked_sha256 is not None
    path = file.path.removesuffix(".gz") if unpacked else file.path
    ending = "." + path.rpartition(".")[2]
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path.rpartition("/")[2],
        "description": file.origin or f"{path}, as published.",
        "contentUrl": file.urls[0] if file.urls else path,
        "contentSize": f"{file.unpacked_size if unpacked else file.size} B",
        "encodingFormat": _FORMATS.get(ending) or mimetypes.guess_type(path)[0] or "text/plain",
        "sha256": file.unpacked_sha256 if unpacked else file.sha256,
    }


def _label_counts(part: str, labels: dict[str, int]) -> dict[str, Any]:
    name = f"labels-{part}" if part else "labels"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": "Number of samples of each label.",
        "dataType": "sc:Enumeration",
        "key": {"@id": f"{name}/label"},
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/label", "name": "label", "dataType": "sc:Text"},
            {"@type": "cr:Field", "@id": f"{name}/count", "name": "count", "dataType": "sc:Integer"},
        ],
        "data": [{f"{name}/label": label, f"{name}/count": count} for label, count in labels.items()],
    }


def _year(citation: str) -> str:
    years = re.findall(r"\b(?:19|20)\d\d\b", citation)
    return years[-1] if years else ""
