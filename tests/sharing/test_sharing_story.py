"""Two institutions: one packs, signs, pushes; the other pulls, verifies, runs again, gets the same numbers.

Each has a home of its own; the second one's interpreter is another virtual environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sharing_support import ROWS, code, printed, written

from qsetu.sharing.rerun import why_not_isolated

isolated = pytest.mark.skipif(bool(why_not_isolated()), reason=f"no isolation here: {why_not_isolated()}")
PROGRAM = "import sys; from qsetu.cli.main import main; sys.argv[0] = 'qsetu'; main()"
SOURCE = """
import numpy as np
import qsetu
from qsetu import Circuit, param
from qsetu.sharing import declare_metric

circuit = Circuit(4)
for q in range(4):
    circuit = circuit.ry(param(q), q)
for q in range(3):
    circuit = circuit.cx(q, q + 1)
angles = np.random.default_rng(7).uniform(-3, 3, 4)
declare_metric("energy", qsetu.expectation(circuit, "Z0 Z1 + 0.5 X2", angles), tolerance=1e-5)
shots = qsetu.sample(circuit, angles, shots=4000, seed=SEED)
ones = np.mean(shots & 1)
declare_metric("P(q0 = 1)", ones, std_error=float(np.sqrt(ones * (1 - ones) / 4000)), shots=4000)
"""


class Home:
    """An institution as its people work: a home folder, an interpreter, the command line."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        folder.mkdir(parents=True)
        self.folder, self.python = folder, python
        kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        self.environment = {
            **kept,
            "HOME": str(folder),
            "COLUMNS": "160",
            "NO_COLOR": "1",
            "QSETU_TRUST_CACHE": "off",
        }

    def qsetu(self, *words: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            [self.python, "-c", PROGRAM, *map(str, words)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def public_key(self) -> Path:
        [path] = (self.folder / ".config" / "qsetu" / "keys").glob("*.public.json")
        return path

    def fingerprint(self) -> str:
        return json.loads(self.public_key().read_text())["keyid"][:32]


def other_python(folder: Path) -> str:
    """Another virtual environment, that finds the packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    [site] = folder.glob("lib/python*/site-packages")
    lines = [one for one in sys.path if one and Path(one).is_dir() and "site-packages" in one]
    (site / "of-the-other.pth").write_text(
        "".join(f"import site; site.addsitedir({one!r})\n" for one in lines)
    )
    return str(folder / "bin" / "python")


def run_notebook(home: Home, name: str, source: str) -> Path:
    """A researcher runs a notebook and saves it."""
    import nbformat
    from nbclient import NotebookClient

    path = written(
        home.folder, name, {"cell_type": "markdown", "metadata": {}, "source": "# Four qubits"}, code(source)
    )
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    nbformat.write(notebook, path)
    return path


@isolated
@pytest.mark.slow
def test_two_institutions(tmp_path):
    a, b = Home(tmp_path / "a"), Home(tmp_path / "b", other_python(tmp_path / "venv"))
    shared = tmp_path / "shared"

    # A: an experiment, a notebook, a key.
    tiny = Path(__file__).parent / "tiny.toml"
    a.qsetu("run", tiny, "--quick", "--workers", "1", "--out", a.folder / "tiny")
    notebook = run_notebook(a, "four-qubits", SOURCE.replace("SEED", "1"))
    a.qsetu("share", "keys", "make", "Institution A")
    bundle = a.folder / "study.qsetu.zip"
    said = a.qsetu(
        "share",
        "pack",
        notebook,
        a.folder / "tiny",
        "--out",
        bundle,
        "--for",
        "Institution B",
        "--purpose",
        "methods",
    )
    assert "declared metrics" in said
    a.qsetu("share", "sign", bundle)

    # A pushes, B pulls.
    a.qsetu("catalogue", "init", shared, "--title", "A and B")
    a.qsetu("catalogue", "push", bundle, "--to", shared)
    assert "Four qubits" in b.qsetu("catalogue", "search", "qubits", "--in", shared)
    b.qsetu("catalogue", "pull", "study", "--from", shared, "-o", b.folder / "received")
    received = b.folder / "received" / bundle.name
    assert received.read_bytes() == bundle.read_bytes()

    # B does not know A yet; then compares the fingerprint by telephone.
    assert "nobody on your list" in " ".join(b.qsetu("share", "verify", received, code=1).split())
    b.qsetu("share", "keys", "add", a.public_key(), "--fingerprint", "0" * 32, code=2)
    b.qsetu("share", "keys", "add", a.public_key(), "--fingerprint", a.fingerprint())

    # B verifies and runs again: the same numbers.
    said = b.qsetu("share", "verify", received, "--rerun", "--json", b.folder / "report.json")
    report = json.loads((b.folder / "report.json").read_text())
    states = {one["agreement"]["name"]: one["agreement"]["state"] for one in report["metrics"]}
    assert set(states.values()) == {"pass"}
    assert {"energy", "P(q0 = 1)"} <= set(states) and len(states) >= 4
    assert "came out again" in said

    # A tampered copy is refused.
    data = bytearray(received.read_bytes())
    data[len(data) // 2] ^= 1
    tampered = b.folder / "tampered.qsetu.zip"
    tampered.write_bytes(bytes(data))
    Path(f"{tampered}.dsse.json").write_bytes(Path(f"{received}.dsse.json").read_bytes())
    b.qsetu("share", "verify", tampered, "--rerun", code=1)
    b.qsetu("share", "unpack", tampered, b.folder / "never", code=2)
    assert not (b.folder / "never").exists()

    # A copy with Restricted rows in an output is refused where it is packed.
    card_file = a.folder / "cohort.toml"
    card_file.write_text(CARD)
    reads = "from qsetu.genomics.formats import read_vcf\nread_vcf('cohort.vcf')"
    leaking = written(a.folder, "leaking", code(reads, printed(ROWS)))
    said = a.qsetu(
        "share", "pack", leaking, "-o", a.folder / "leaking.qsetu.zip", "--for", "Institution B",
        "--card", card_file, "--receiver-kind", "non-profit", "--keep-outputs", code=2,
    )  # fmt: skip
    assert "cannot be overridden" in " ".join(said.split())
    assert not (a.folder / "leaking.qsetu.zip").exists()

    # A loses its laptop; B revokes the key.
    b.qsetu("share", "keys", "revoke", "Institution A", "--reason", "the laptop was stolen")
    assert "the laptop was stolen" in " ".join(b.qsetu("share", "verify", received, code=1).split())


CARD = """
format = "qsetu.dataset"
version = 1
name = "cohort"
title = "A cohort that does not exist"
summary = "People who do not exist."
kind = "genotypes"
collected = "Drawn at random."
license = "by agreement"
redistribution = false
citation = "Nobody (2026)"
url = "https://example.org/cohort"
sensitivity = "Restricted"
data_use = ["DUO:0000042"]
samples = "people"
traps = ["They do not exist."]
columns = [{ name = "genotypes", dtype = "int", meaning = "copies of the allele" }]
[parts.""]
title = "all"
num_samples = 3
files = [{ path = "cohort/calls.vcf", size = 1, sha256 = "ZEROS" }]
""".replace("ZEROS", "0" * 64)
