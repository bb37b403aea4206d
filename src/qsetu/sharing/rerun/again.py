"""One item of a bundle, run again, and what it gave."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qsetu.core.errors import ArgumentError, DataError
from qsetu.core.strict_json import parse_strict
from qsetu.experiments.record import read_result
from qsetu.genomics.card import builtin_cards
from qsetu.genomics.fetch import verify_dataset
from qsetu.sharing.bundle.items import metrics_of_result
from qsetu.sharing.manifest import Item
from qsetu.sharing.metrics import Agreement, Metric, agreement, metrics_of_notebook
from qsetu.sharing.rerun.sandbox import Limits, Outcome, run_apart

__all__ = ["Rerun", "rerun_item"]

_LARGEST = 256 * 2**20


@dataclass(frozen=True)
class Rerun:
    """An item that was run again.

    Attributes:
        item: Its name.
        metrics: Each declared metric, whether it came out again.
        trouble: Why it could not be run to its end; empty where it was.
        outcome: What it took; None where it was not started.
        output: What it left: the executed notebook or the results folder; None without one.
    """

    item: str
    metrics: tuple[Agreement, ...]
    trouble: str
    outcome: Outcome | None
    output: Path | None


def rerun_item(
    item: Item,
    files: Path,
    folder: Path,
    limits: Limits | None = None,
    *,
    isolate: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Rerun:
    """Run a notebook in a fresh kernel, or an experiment, apart from this machine; compare what it declares.

    Args:
        item: What to run.
        files: Where the bundle was unpacked.
        folder: An empty folder to run in; its files are the run's, and not to be trusted.
        limits: What it may take; None means 30 minutes, 8 GiB, 256 processes, 4 GiB of disk.
        isolate: False runs it with this account's files and network.
        progress: Called with the number of cells that are done, and of all.

    Raises:
        IsolationError: It cannot be isolated here.
    """
    limits = limits or Limits()
    if item.kind == "model":
        return Rerun(item.name, (), "a model is not run", None, None)
    output = folder / ("executed.ipynb" if item.kind == "notebook" else "result")
    # A name of ours: a notebook called as the output is must not be taken for what its run left.
    source = folder / ("given" + Path(item.main).suffix)
    source.write_bytes((files / item.main).read_bytes())
    _lay_data(item, files, folder / "data")
    outcome = run_apart(
        [
            sys.executable,
            "-m",
            "qsetu.sharing.rerun.worker",
            item.kind,
            f"{{folder}}/{source.name}",
            f"{{folder}}/{output.name}",
        ],
        folder,
        limits,
        variables={"QSETU_DATA": "{folder}/data"},
        isolate=isolate,
        progress=progress,
    )
    trouble = _trouble(outcome, output.with_suffix(".status.json"), limits)
    found: dict[str, Metric] = {}
    try:
        metrics = _notebook_metrics(output) if item.kind == "notebook" else _result_metrics(output)
        found = {metric.name: metric for metric in metrics}
    except (ArgumentError, DataError, OSError, ValueError, RecursionError) as error:
        trouble = trouble or f"what it left cannot be read: {str(error)[:200]}"
    agreements = tuple(agreement(metric, found.get(metric.name)) for metric in item.metrics)
    return Rerun(item.name, agreements, trouble, outcome, output if output.exists() else None)


def _lay_data(item: Item, files: Path, folder: Path) -> None:
    """The datasets that the item names and no others, from the bundle or from this machine, as copies.

    Whatever else lies where this machine keeps its data is none of the sender's business.
    """
    folder.mkdir()
    packed = files / "data"
    if packed.is_dir():
        shutil.copytree(packed, folder, dirs_exist_ok=True)
    for name in item.datasets:
        if name.partition("/")[0] not in builtin_cards():
            continue
        for one in verify_dataset(name):
            if one.path is None or one.state == "wrong":
                continue
            # A file may lie here unpacked, under the name that has no ending for it.
            target = (folder / one.file).with_name(one.path.name)
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(one.path, target)


def _trouble(outcome: Outcome, status: Path, limits: Limits) -> str:
    if outcome.state != "finished":
        what = {
            "time": f"more than {limits.seconds:g} s",
            "memory": f"more than {limits.memory / 2**30:.2g} GiB of memory",
            "processes": f"more than {limits.processes} processes at once",
            "disk": f"more than {limits.disk / 2**30:.2g} GiB on disk",
        }[outcome.state]
        return f"it took {what}, and was ended"
    try:
        content = parse_strict(_read(status, 2**20).decode("utf-8"))
        if content["state"] == "ok" and outcome.code == 0:
            return ""
        return _plain(str(content["error"])) or "it failed"
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        last = [line for line in outcome.tail.split("\n") if line.strip()][-1:]
        return f"it ended with exit code {outcome.code}: {_plain(' '.join(last))}"


def _plain(text: str) -> str:
    """Somebody else's text on one line, without what a terminal would act on."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(line.split())[:500]


def _notebook_metrics(path: Path) -> list[Metric]:
    content: Any = json.loads(_read(path, _LARGEST))
    if not isinstance(content, dict):
        raise DataError("no notebook")
    return metrics_of_notebook(content)


def _result_metrics(folder: Path) -> tuple[Metric, ...]:
    if folder.is_symlink():
        raise DataError("the results folder is a link")
    _read(folder / "result.json", _LARGEST)  # a file, and not too large
    return metrics_of_result(read_result(folder))


def _read(path: Path, limit: int) -> bytes:
    """A file that somebody else's code wrote: no link, no pipe, not too large."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            raise DataError(f"'{path.name}' is no file, or too large")
        return stream.read(limit + 1)
