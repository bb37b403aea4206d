"""What a notebook's code reads, found without running it: datasets by name, and everything that has no card.

Names of calls decide. To ask once too often does no harm, since a card or a reason answers; what hides from
names on purpose is not found, and outputs are scanned all the same.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Inputs", "inputs_of_notebook"]

_READERS = frozenset(
    """
    read_csv read_table read_excel read_parquet read_hdf read_json read_pickle read_feather read_sql read_fwf
    read_h5ad read_loom read_10x_h5 read_10x_mtx read_mtx read_zarr read_vcf iter_vcf read_plink read_fasta
    iter_fasta read_fastq iter_fastq read_intervals read_interval_sequences read_sequence_table loadtxt
    genfromtxt fromfile memmap loadmat read_text read_bytes AlignmentFile VariantFile VCF open_bed urlopen
    urlretrieve
    """.split()  # noqa: SIM905 - a list to be read and added to
)
# Common words that mean reading, or running something else, only of these modules.
_OF_MODULES = {
    "load": ("np", "numpy", "joblib", "torch", "jnp"),
    "get": ("requests", "httpx"),
    "run": ("subprocess",),
    "system": ("os",),
    "popen": ("os",),
    "call": ("subprocess",),
    "check_output": ("subprocess",),
    "Popen": ("subprocess",),
}
_PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")
# Commands of a shell and magics that read no data.
_HARMLESS = re.compile(r"[!%]{1,2}(pip|conda|mamba|ls|pwd|echo|matplotlib|config|time|timeit|who|whos|env)\b")


@dataclass(frozen=True)
class Inputs:
    """What a notebook reads, as far as its code says.

    Attributes:
        datasets: Names given to ``load_dataset``, each once, in order.
        computed: Places (cell numbers from 1) where a dataset's name is computed, or that are no Python.
        own: Places where something else is read, with the call's name: "cell 3: read_vcf".
    """

    datasets: tuple[str, ...]
    computed: tuple[str, ...]
    own: tuple[str, ...]


def inputs_of_notebook(notebook: dict[str, Any]) -> Inputs:
    """What the code cells of a notebook of format 4 read."""
    datasets: dict[str, None] = {}
    computed: dict[str, None] = {}
    own: dict[str, None] = {}
    for number, cell in enumerate(notebook["cells"], 1):
        if cell["cell_type"] != "code":
            continue
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        tree, commands = _python(source)
        if tree is None:
            computed[f"cell {number}: no Python"] = None
            continue
        own |= {f"cell {number}: {command}": None for command in commands}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = _name(call)
            if name == "load_dataset":
                wanted = _argument(call, 0, "name")
                if isinstance(wanted, str):
                    datasets[wanted] = None
                else:
                    computed[f"cell {number}: {name}"] = None
            elif _reads(call, name):
                own[f"cell {number}: {name}"] = None
    return Inputs(tuple(datasets), tuple(computed), tuple(own))


def _python(source: str) -> tuple[ast.Module | None, list[str]]:
    """The Python of a cell, None where it is none, and the commands of a shell in it."""
    text = source.lstrip()
    if text.startswith("%%"):
        # Of a cell in another language nobody here can tell what it reads.
        return _python(text.partition("\n")[2]) if text.startswith(_PYTHON_CELLS) else (None, [])
    lines, commands = [], []
    for line in source.split("\n"):
        command = line.strip()
        if not command.startswith(("!", "%", "?")):
            lines.append(line)
            continue
        lines.append(line[: len(line) - len(line.lstrip())] + "pass")
        if not command.startswith("?") and not _HARMLESS.match(command):
            commands.append(command.split()[0])
    try:
        return ast.parse("\n".join(lines)), commands
    except (SyntaxError, ValueError, RecursionError):
        return None, []


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _reads(call: ast.Call, name: str) -> bool:
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    if name == "open":
        # Of a path the mode comes first, else after the name.
        mode = _argument(call, 1 if of is None else 0, "mode")
        return not (isinstance(mode, str) and "r" not in mode and "+" not in mode)
    if name in _OF_MODULES:
        return isinstance(of, ast.Name) and of.id in _OF_MODULES[name]
    return name in _READERS


def _argument(call: ast.Call, place: int, name: str) -> object:
    """The value of an argument that is written down; None for one that is computed or not given."""
    given: Iterator[ast.expr] = (one.value for one in call.keywords if one.arg == name)
    found = call.args[place] if len(call.args) > place else next(given, None)
    return found.value if isinstance(found, ast.Constant) else None
