"""The documentation says what is so: generated pages are current, and examples give what they show."""

import doctest
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import qsetu

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# Pages that need what is not always installed.
NEEDED = {"iqm": "iqm.qiskit_iqm"}
PAGES = sorted(page for page in DOCS.glob("*.md") if "```pycon" in page.read_text())


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_gate_page_is_the_gate_table():
    generator = load("generate_gate_table")
    committed = generator.PAGE.read_text(encoding="utf-8")
    assert committed == generator.render(), "run: python docs/generate_gate_table.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_give_what_they_show(page):
    if page.stem in NEEDED:
        pytest.importorskip(NEEDED[page.stem])
    examples = "\n".join(re.findall(r"^```pycon\n(.*?)^```", page.read_text(), re.S | re.M))
    test = doctest.DocTestParser().get_doctest(examples, {}, page.name, str(page), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(test, out=said.append)
    assert not runner.summarize(verbose=False).failed, "".join(said)


def test_every_reference_page_is_listed():
    generator = load("generate_reference")
    listed = re.findall(r"^reference/(\S+)$", (DOCS / "reference.md").read_text(), re.M)
    assert sorted(listed) == sorted(generator.PUBLIC + generator.EXTENDING)


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.M)
    assert project["version"] == qsetu.__version__ == cited[1]
    assert project["version"] in (ROOT / "CHANGELOG.md").read_text()


def test_pins_satisfy_what_the_project_allows():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            pins[canonicalize_name(pin.name)] = next(iter(pin.specifier)).version
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*data["project"]["dependencies"], *data["build-system"]["requires"]]
    wanted += [line for group in data["project"]["optional-dependencies"].values() for line in group]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name != "qsetu":
            assert name in pins, f"constraints.txt has no pin for {name}"
            assert requirement.specifier.contains(pins[name]), f"{requirement} against {name}=={pins[name]}"


README = re.findall(
    r"```python\n(.*?)```\n\nprints\n\n```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
)


@pytest.mark.parametrize(("code", "shown"), README, ids=range(len(README)))
def test_readme_examples_print_what_they_show(code, shown):
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == shown
    assert len([line for line in code.splitlines() if line]) <= 15


def test_readme_has_examples():
    assert len(README) == 3 and README[0][1].startswith("q0")
