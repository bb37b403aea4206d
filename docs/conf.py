"""Sphinx configuration: `make docs`. Nothing is fetched while building."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for generate_reference

import generate_reference  # noqa: E402

import qsetu  # noqa: E402

project = "qsetu"
author = "The qsetu developers"
copyright = "The qsetu developers, Apache-2.0"
version = release = qsetu.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "myst_nb",
]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]

# Tutorials are shown without outputs, as they are committed; tests execute them.
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
# Shown by their name, not by what they stand for.
_ALIASES = ("ArrayLike", "DTypeLike", "Angle", "Channel", "Devices", "Observable")
autodoc_type_aliases = {name: name for name in _ALIASES}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False  # docstrings say types in words, with shapes
python_display_short_literal_types = True
python_use_unqualified_type_names = True
add_module_names = False

# -n reports every name that leads nowhere. Ours must lead somewhere; these belong to others, whose
# inventories would have to be fetched.
nitpick_ignore_regex = [
    (
        r"py:.*",
        r"(numpy|np|numpy\.typing|npt|collections|typing|types|pathlib|dataclasses|abc|contextlib|sklearn|jax)\..+",
    ),
    (r"py:.*", r"(NDArray|ArrayLike|DTypeLike|Any|Callable|Sequence|Mapping|Iterable|Iterator|Path|Self)"),
    (r"py:.*", r"(qiskit|qiskit_aer|pennylane|numbers)\..*"),  # documented elsewhere, or nowhere
    (r"py:.*", r"(pd|pandas|pydantic|annotated_types|os|io|scipy|matplotlib)\..+|DataFrame|Axes|[\d.]+"),
    (r"py:.*", r"datetime(\.(date|datetime))?|CryptoSigner|qsetu\.sharing\.catalogue\.storage\.base\.Store"),
    (r"py:.*", r"'[\w ]+'|Alphabet|Describing|StateKind|Severity"),  # choices, told where they are taken
    (r"py:.*", r"qsetu\.genomics\.(card\._Table|encoders\.\w+\._?\w+|splits\.\w+\._\w+)"),
    (r"py:.*", r"(Channel|Devices)"),  # told in words wherever it is taken
    (r"py:.*", r"qsetu\.learn\.\w+\.\w+\.(_\w+|Kind|Map)"),  # shared parts of families of classes
    (r"py:.*", r"(BaseEstimator|ClassifierMixin|TransformerMixin|NotFittedError)"),
    (r"py:.*", r"(Figure|QuantumCircuit|AerNoiseModel)"),
    (r"py:.*", r"(FieldInfo|NoneType|Gt|Ge|MinLen|AllowInfNan)"),  # what pydantic makes of limits of fields
]

html_theme = "pydata_sphinx_theme"
html_title = f"qsetu {version}"
html_static_path: list[str] = []
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": True,
    "header_links_before_dropdown": 8,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def _copy_notebooks() -> None:
    target = HERE / "notebooks"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for notebook in sorted((HERE.parent / "notebooks").glob("*.ipynb")):
        shutil.copy2(notebook, target)


# Before Sphinx looks for pages.
_copy_notebooks()
generate_reference.write(HERE / "reference")


def setup(app) -> None:
    app.connect("missing-reference", generate_reference.resolve)
    app.connect("autodoc-skip-member", generate_reference.skip_member)
    app.connect("autodoc-process-signature", generate_reference.tidy_signature)
    app.connect("autodoc-process-docstring", generate_reference.tidy_docstring, priority=400)


# Guides have no pages below them: nothing would stand in their left sidebar.
_GUIDES = (
    *("index", "getting-started", "circuits", "gates", "engines", "jax", "noise", "several-devices"),
    *("performance", "experiments", "results", "architecture", "mitigation", "qiskit", "pennylane"),
    *("openqasm", "iqm"),
)
html_sidebars: dict[str, list[str]] = {page: [] for page in _GUIDES}
