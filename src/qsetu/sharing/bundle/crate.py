"""The bundle in RO-Crate 1.3 with Process Run Crate 0.6, for tools that know nothing of qsetu.

Specifications: https://w3id.org/ro/crate/1.3 and https://w3id.org/ro/wfrun/process/0.6. Everything here is
derived from the manifest; nothing is decided here.
"""

from __future__ import annotations

import json
import mimetypes
import re
from typing import Any

from qsetu.genomics.duo import DUO_TERMS, DUO_URL
from qsetu.sharing.manifest import MANIFEST, DatasetReference, Item, Manifest

__all__ = ["CRATE", "crate_metadata"]

CRATE = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.6"
_TYPES = {
    ".ipynb": "application/x-ipynb+json",
    ".cff": "application/yaml",
    ".qasm": "text/plain",
    ".md": "text/markdown",
}


def crate_metadata(manifest: Manifest) -> bytes:
    """``ro-crate-metadata.json`` of a bundle, from what the bundle says of itself."""
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.3")

    def add(at: str, /, **properties: Any) -> Any:
        return crate.add(
            ContextEntity(crate, at, properties={k: _plain(v) for k, v in properties.items() if v})
        )

    root = crate.root_dataset
    root["name"] = manifest.title
    root["description"] = manifest.description or manifest.title
    root["datePublished"] = manifest.date
    root["license"] = _license(manifest.license, add)
    root["conformsTo"] = add(
        PROFILE, **{"@type": ["CreativeWork", "Profile"]}, name="Process Run Crate", version="0.6"
    )
    authors = _authors(manifest, add)
    if authors:
        root["author"] = _plain(authors)
    if manifest.institution:
        root["publisher"] = add("#institution", **{"@type": "Organization"}, name=manifest.institution)
    for path, record in sorted(manifest.files.items()):
        if path != CRATE:
            crate.add_file(dest_path=path, properties=_file(path, record.size, record.sha256, manifest))
    crate.add_file(
        dest_path=MANIFEST,
        properties={"name": "What this bundle says of itself", "encodingFormat": "application/json"},
    )
    datasets = {one.name: _dataset(one, add) for one in manifest.datasets}
    # A package URL is an identifier that every scanner of software knows, and the only address qsetu has.
    package = f"pkg:pypi/qsetu@{manifest.environment.qsetu}"
    program = add(
        package,
        **{"@type": "SoftwareApplication"},
        name="qsetu",
        url=package,
        version=manifest.environment.qsetu,
        description="Quantum-classical research sandbox for genomics.",
        identifier=f"sha256:{manifest.environment.code}" if manifest.environment.code else "",
    )
    agent = (
        authors[0]
        if authors
        else add("#sender", **{"@type": "Organization"}, name=manifest.institution or "unknown")
    )
    root["mentions"] = _plain(
        [_action(item, crate, add, program, agent, datasets, manifest.date) for item in manifest.items]
    )
    content = crate.metadata.generate()
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _plain(value: Any) -> Any:
    """A list of one as what is in it, as RO-Crate recommends."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _license(text: str, add: Any) -> Any:
    if re.fullmatch(r"[A-Za-z0-9.+-]+", text):
        return add(f"https://spdx.org/licenses/{text}", **{"@type": "CreativeWork"}, name=text)
    return add("#license", **{"@type": "CreativeWork"}, name=text, description=text)


def _authors(manifest: Manifest, add: Any) -> list[Any]:
    made = []
    for number, person in enumerate(manifest.authors, 1):
        place = None
        if person.affiliation:
            place = add(f"#affiliation-{number}", **{"@type": "Organization"}, name=person.affiliation)
        made.append(
            add(
                person.orcid or f"#author-{number}",
                **{"@type": "Person"},
                name=person.name,
                affiliation=place,
            )
        )
    return made


def _file(path: str, size: int, digest: str, manifest: Manifest) -> dict[str, Any]:
    ending = "." + path.rpartition(".")[2]
    made: dict[str, Any] = {
        "name": path.rpartition("/")[2],
        "contentSize": str(size),
        "sha256": digest,
        "encodingFormat": _TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream",
    }
    item = next((one for one in manifest.items if one.main == path), None)
    if item is not None:
        made["name"] = item.title or item.name
    if item is not None and item.kind == "notebook":
        made["@type"] = ["File", "SoftwareSourceCode"]
        made["programmingLanguage"] = "Python"
        made["version"] = digest[:12]
    return made


def _dataset(dataset: DatasetReference, add: Any) -> Any:
    terms = [
        add(
            DUO_URL + code.replace(":", "_"),
            **{"@type": "DefinedTerm"},
            termCode=code,
            name=DUO_TERMS.get(code, code),
            inDefinedTermSet=DUO_URL + "duo.owl",
        )
        for code in dataset.data_use
    ]
    cited = re.search(r"(.*), doi:(10\.\S+)$", dataset.citation)
    article = cited and add(
        f"https://doi.org/{cited[2]}", **{"@type": "ScholarlyArticle"}, name=cited[1], identifier=cited[2]
    )
    return add(
        f"#dataset-{re.sub(r'[^a-z0-9]+', '-', dataset.name.lower())}",
        **{"@type": "Dataset"},
        name=dataset.title or dataset.name,
        conditionsOfAccess=dataset.access,
        license=dataset.license,
        citation=article,
        creditText=dataset.citation,
        url=dataset.url,
        usageInfo=terms,
        identifier=[f"sha256:{digest}" for digest in dataset.files.values()],
    )


def _action(
    item: Item, crate: Any, add: Any, program: Any, agent: Any, datasets: dict[str, Any], date: str
) -> Any:
    main = crate.get(item.main)
    inputs = [datasets[name] for name in item.datasets if name in datasets]
    results = [crate.get(path) for path in item.files if path != item.main]
    results += [
        add(
            f"#metric-{item.name}-{number}",
            **{"@type": "PropertyValue"},
            name=metric.name,
            value=str(metric.value),
            unitText=metric.unit,
            description=str(metric),
        )
        for number, metric in enumerate(item.metrics, 1)
    ]
    notebook = item.kind == "notebook"
    return add(
        f"#run-{item.kind}-{item.name}",
        **{"@type": "CreateAction"},
        name=f"Run of {item.title or item.name}",
        description=f"The {item.kind} '{item.name}', run by its sender: {len(item.metrics)} metrics.",
        instrument=main if notebook else program,
        object=inputs,
        result=results if notebook else [main, *results],
        agent=agent,
        startTime=item.started,
        endTime=item.finished or date,
        actionStatus="http://schema.org/CompletedActionStatus",
    )
