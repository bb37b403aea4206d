"""Other people's validators accept what qsetu writes: RO-Crate's, and in-toto's."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from sharing_support import Institution, card, code, declaring, packed, text, written

from experiments.report_samples import made_result
from qsetu.core.hashing import file_sha256
from qsetu.experiments.record import write_result
from qsetu.sharing import Person
from qsetu.sharing.bundle.archive import open_archive

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("QSETU_VALIDATORS") or ROOT / ".venv-validators" / "bin" / "python")

pytestmark = pytest.mark.skipif(
    not PYTHON.exists() and not os.environ.get("CI"), reason="make validators installs what is asked here"
)


def asked(*words: str | Path) -> dict:
    script = Path(__file__).parent / "validate.py"
    done = subprocess.run([PYTHON, script, *words], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def context() -> Path:
    """The context of RO-Crate 1.3, which the rocrate package carries."""
    import rocrate

    path = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
    assert json.loads(path.read_text())["@id"] == "https://w3id.org/ro/crate/1.3/context"
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """One of everything: a notebook, a result, a model, datasets, authors."""
    folder = tmp_path_factory.mktemp("bundle")
    notebook = written(
        folder, "n", text("# A study"), code("load_dataset('uci-splice')"), declaring("score", 0.5)
    )
    (folder / "run").mkdir()
    write_result(made_result(), folder / "run" / "result.json")
    (folder / "weights.csv").write_text("a,b\n0.5,0.25\n")
    return packed(
        folder,
        notebook,
        folder / "run",
        folder / "weights.csv",
        cards=[card("made-up", "Open", ("DUO:0000004",), "all")],
        authors=[Person(name="Ada Lovelace", orcid="https://orcid.org/0000-0000-0000-0000", affiliation="A")],
        institution="Institution A",
        description="Everything that a bundle can hold.",
    ).path


@pytest.mark.parametrize("profile", ["ro-crate-1.3", "process-run-crate"])
def test_the_crate_is_accepted(bundle, profile):
    assert asked("crate", bundle, context(), profile) == {"passed": True, "issues": []}


def test_a_crate_that_lacks_what_is_required_is_not(bundle, tmp_path):
    """The question is one that can be answered with no."""
    import zipfile

    with open_archive(bundle) as archive:
        files = {name: archive.read(name) for name in archive.sizes}
    crate = json.loads(files["ro-crate-metadata.json"])
    for entity in crate["@graph"]:
        if entity["@id"] == "./":
            del entity["license"], entity["datePublished"]
        if entity["@type"] == "CreateAction":
            del entity["instrument"]
    files["ro-crate-metadata.json"] = json.dumps(crate).encode()
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    for profile in ("ro-crate-1.3", "process-run-crate"):
        assert not asked("crate", tmp_path / "bad.zip", context(), profile)["passed"]


def test_the_statement_is_accepted_and_names_the_bundle(bundle, tmp_path):
    envelope = Institution(tmp_path, "Institution A").sign(bundle)
    found = asked("statement", envelope)
    assert found["passed"] and found["sha256"] == file_sha256(bundle)
