"""Writes one reference page for each room from its `__all__`, and sends links to where a name is public.

A name that `qsetu` itself exports is documented there; elsewhere the page only says so.
"""

from __future__ import annotations

import importlib
import inspect
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

# For users first, then for those who extend the package.
PUBLIC = (
    "qsetu",
    "qsetu.circuits",
    "qsetu.learn",
    "qsetu.genomics",
    "qsetu.genomics.formats",
    "qsetu.genomics.splits",
    "qsetu.genomics.encoders",
    "qsetu.genomics.simulators",
    "qsetu.genomics.privacy",
    "qsetu.genomics.views",
    "qsetu.problems.gene_network",
    "qsetu.experiments",
    "qsetu.experiments.baselines",
    "qsetu.experiments.statistics",
    "qsetu.sharing",
    "qsetu.sharing.usage",
    "qsetu.sharing.catalogue",
    "qsetu.interop.qiskit",
    "qsetu.interop.pennylane",
    "qsetu.interop.iqm",
)
EXTENDING = (
    "qsetu.core.errors",
    "qsetu.core.checks",
    "qsetu.core.hashing",
    "qsetu.core.seeds",
    "qsetu.core.machine",
    "qsetu.core.memory",
    "qsetu.circuits.affine",
    "qsetu.circuits.gate",
    "qsetu.circuits.gates",
    "qsetu.circuits.measured",
    "qsetu.circuits.nonlinear",
    "qsetu.circuits.operation",
    "qsetu.circuits.pauli",
    "qsetu.circuits.program",
    "qsetu.experiments.spec",
    "qsetu.experiments.models",
    "qsetu.experiments.steps",
    "qsetu.experiments.metrics",
    "qsetu.experiments.record",
    "qsetu.experiments.compare",
    "qsetu.compiler",
    "qsetu.engines",
    "qsetu.sharing.manifest",
    "qsetu.sharing.policy",
    "qsetu.sharing.bundle",
    "qsetu.sharing.signing",
    "qsetu.bench",
    "qsetu.bench.records",
    "qsetu.bench.gate",
    "qsetu.bench.report",
    "qsetu.bench.history",
    "qsetu.bench.export",
)


def homes() -> dict[str, str]:
    """Every documented name (last part) to its full name on the page that documents it."""
    found: dict[str, str] = {}
    for module in PUBLIC + EXTENDING:
        for name in _exported(importlib.import_module(module)):
            found.setdefault(name, f"{module}.{name}")
    return found


def write(folder: Path) -> None:
    """Write the pages, and remove pages of modules that are gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    known = homes()
    for module in PUBLIC + EXTENDING:
        (folder / f"{module}.md").write_text(_page(importlib.import_module(module), known))


def resolve(app, env, node, content):
    """Sphinx's `missing-reference`: link a short or deep name to the page that documents it."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"]
    known = homes()
    full = known.get(target.rpartition(".")[2]) if "." not in target or target.startswith("qsetu.") else None
    full = full or _inherited(target, node.get("py:class"), known)
    if full is None or full == target:
        return None
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", full, node, content)


def tidy_docstring(app, what, name, obj, options, lines):
    """`autodoc-process-docstring`, before napoleon's: what reads well as text but not as markup."""
    if what == "data" and obj.__doc__ == type(obj).__doc__:
        # A constant without a docstring shows that of its type.
        if isinstance(obj, Mapping):
            lines[:] = [f"Its names are {', '.join(f'``{key}``' for key in obj)}."]
        else:
            lines[:] = [f"Short for ``{obj}``."]
    if what in ("property", "attribute") and lines and ": " in lines[0]:
        # Napoleon would take what stands before a colon for a type; not at the end of a line.
        lines[0:1] = lines[0].replace(": ", ":\n", 1).split("\n")
    for index, line in enumerate(lines):
        # A ket outside of literals, |0>, would start a substitution.
        parts = line.split("``")
        parts[::2] = [re.sub(r"\|[\w.]+>", r"``\g<0>``", part) for part in parts[::2]]
        lines[index] = "``".join(parts)


def tidy_signature(app, what, name, obj, options, signature, returns):
    """`autodoc-process-signature`: aliases by their name, as the source has them."""

    def tidy(text: str | None) -> str | None:
        if text is None:
            return None
        text = re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", text)
        array = (
            r"~?(?:numpy\.)?ndarray\[tuple\[~?(?:typing\.)?Any, \.\.\.\], ~?(?:numpy\.)?dtype\[([^][]*)\]\]"
        )
        return re.sub(array, r"NDArray[\1]", text)

    return tidy(signature), tidy(returns)


def skip_member(app, what, name, obj, skip, options):
    """`autodoc-skip-member`: scikit-learn adds its metadata-routing methods to every estimator."""
    return True if re.fullmatch(r"set_\w+_request", name) else None


def _inherited(method: str, owner: str | None, known: dict[str, str]) -> str | None:
    """A method named in the docstring of a class that inherits it: its name on the base class's page."""
    if owner is None or owner.rpartition(".")[2] not in known:
        return None
    module, _, name = known[owner.rpartition(".")[2]].rpartition(".")
    for base in getattr(importlib.import_module(module), name).__mro__[1:]:
        if method in vars(base) and base.__name__ in known:
            return f"{known[base.__name__]}.{method}"
    return None


def _exported(module: ModuleType) -> list[str]:
    names = [name for name in module.__all__ if not name.startswith("__")]
    return [name for name in names if not inspect.ismodule(getattr(module, name))]


def _page(module: ModuleType, known: dict[str, str]) -> str:
    lines = [
        f"# {module.__name__}",
        "",
        "```{eval-rst}",
        f".. automodule:: {module.__name__}",
        "   :no-members:",
        "",
    ]
    elsewhere = []
    for name in _exported(module):
        full = f"{module.__name__}.{name}"
        if known[name] == full:
            lines += _directive(getattr(module, name), full, known)
        else:
            elsewhere.append(f":py:obj:`{known[name]}`")
    if elsewhere:
        lines += [f"Also here: {', '.join(elsewhere)}.", ""]
    return "\n".join([*lines, "```", ""])


def _directive(value: object, full: str, known: dict[str, str]) -> list[str]:
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        options = ["   :members:"]
        # A base class without a page of its own would be a link to nowhere.
        bases = [base.__name__ for base in value.__bases__ if base.__module__.startswith("qsetu.")]
        options += ["   :show-inheritance:"] if set(bases) <= set(known) else []
        if full == "qsetu.Circuit":
            options = ["   :members:", "   :inherited-members:"]  # with the builder methods
        return [f".. {kind}:: {full}", *options, ""]
    if callable(value):
        return [f".. autofunction:: {full}", ""]
    return [f".. autodata:: {full}", "   :no-value:", ""]
