"""The environment that computed: recorded as a lock, and held against another one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata

from qsetu.core.checkout import git_state
from qsetu.core.machine import cpu_model
from qsetu.sharing.manifest import EnvironmentRecord

__all__ = ["DECIDING", "LOCK", "environment_differences", "environment_lock", "record_environment"]

LOCK = "environment/requirements.txt"
# Those that decide numbers; the rest is told, but changes no verdict.
DECIDING = (
    "qsetu",
    "numpy",
    "scipy",
    "scikit-learn",
    "jax",
    "jaxlib",
    "optax",
    "pandas",
    "qiskit",
    "qiskit-aer",
    "pennylane",
)


def record_environment() -> EnvironmentRecord:
    """This process's environment: interpreter, processor, qsetu's code, every installed package.

    Nothing that identifies a person or a host is in it.
    """
    import platform

    from qsetu import __version__
    from qsetu.experiments.provenance import code_fingerprint

    commit, modified = git_state()
    packages: dict[str, str] = {}
    for one in metadata.distributions():
        name = one.metadata["Name"]
        if name:
            packages.setdefault(re.sub(r"[-_.]+", "-", name).lower(), one.version)
    return EnvironmentRecord(
        python=platform.python_version(),
        system=platform.system(),
        architecture=platform.machine(),
        cpu=cpu_model(),
        qsetu=__version__,
        code=code_fingerprint(),
        git_commit=commit,
        git_modified=modified,
        packages=dict(sorted(packages.items())),
    )


def environment_lock(record: EnvironmentRecord) -> bytes:
    """The packages as a requirements file that pip and Tykky take."""
    where = f"{record.system} {record.architecture}"
    head = f"# Python {record.python} on {where}; qsetu's code {record.code[:12]}\n"
    lines = [f"{name}=={version}" for name, version in record.packages.items()]
    return (head + "\n".join(lines) + "\n").encode()


def environment_differences(a: EnvironmentRecord, b: EnvironmentRecord) -> tuple[list[str], list[str]]:
    """What differs between two environments: what decides numbers, and the rest, a sentence each."""
    deciding: list[str] = []
    other: list[str] = []
    if a.python.split(".")[:2] != b.python.split(".")[:2]:
        deciding.append(f"Python {a.python} there, {b.python} here")
    if a.architecture != b.architecture:
        deciding.append(f"processor {a.architecture} there, {b.architecture} here")
    if a.code != b.code:
        deciding.append("qsetu's own code differs")
    if a.cpu != b.cpu:
        other.append(f"processor {a.cpu} there, {b.cpu} here")
    if a.system != b.system:
        other.append(f"{a.system} there, {b.system} here")
    for name in _names(a.packages, b.packages):
        there, here = a.packages.get(name), b.packages.get(name)
        if there != here:
            text = f"{name} {there or 'not installed'} there, {here or 'not installed'} here"
            (deciding if name in DECIDING else other).append(text)
    return deciding, other


def _names(*records: Iterable[str]) -> list[str]:
    return sorted({name for record in records for name in record})
