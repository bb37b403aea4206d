"""What runs inside: executes one notebook in a fresh kernel, or one experiment, and writes what came out.

``python -m qsetu.sharing.rerun.worker notebook IN OUT`` or ``... result IN OUT``. Its limits are set before
anything of the sender's runs, and cannot be raised from within.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run; exit code 0, or 3 where the sender's own code failed."""
    kind, source, target = arguments
    _limit()
    for name in (".home", ".tmp"):
        (Path(target).parent / name).mkdir(exist_ok=True)
    return {"notebook": _notebook, "result": _result}[kind](Path(source), Path(target))


def _limit() -> None:
    import resource

    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 4096),
        (resource.RLIMIT_FSIZE, 4 * 2**30),
        (resource.RLIMIT_NPROC, 4096),
    ):
        _, hard = resource.getrlimit(what)
        ceiling = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (ceiling, ceiling))


def _notebook(source: Path, target: Path) -> int:
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = nbformat.read(source, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        # What the sender's run left must not be taken for what this one gives.
        cell.outputs, cell.execution_count = [], None
    done = 0

    def after(**_: object) -> None:
        nonlocal done
        done += 1
        print(f"qsetu-progress {done}/{len(code)}", flush=True)

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",  # whatever the sender's was called
        resources={"metadata": {"path": str(target.parent)}},
        on_cell_executed=after,
    )
    status: dict[str, object] = {"state": "ok", "error": ""}
    try:
        client.execute()
    except CellExecutionError as error:
        status = {"state": "error", "error": f"cell {_failed(notebook)}: {error.ename}: {error.evalue}"}
    except DeadKernelError:
        status = {"state": "error", "error": f"cell {done + 1}: the kernel died"}
    nbformat.write(notebook, target)
    target.with_suffix(".status.json").write_text(json.dumps(status), encoding="utf-8")
    return 0 if status["state"] == "ok" else 3


def _failed(notebook: object) -> int:
    cells = getattr(notebook, "cells", [])
    for number, cell in enumerate(cells, 1):
        if any(output.get("output_type") == "error" for output in cell.get("outputs", [])):
            return number
    return 0


def _result(source: Path, target: Path) -> int:
    from qsetu.core.errors import QsetuError
    from qsetu.experiments import ExperimentSpec, read_result, run_experiment

    status: dict[str, object] = {"state": "ok", "error": ""}
    try:
        before = read_result(source)
        spec = ExperimentSpec.model_validate(before.spec)
        run_experiment(spec, size=before.size, seed=before.seed, out=target, progress=False, workers=1)
    except (QsetuError, ValueError) as error:
        status = {"state": "error", "error": f"{type(error).__name__}: {error}"}
    target.with_suffix(".status.json").write_text(json.dumps(status), encoding="utf-8")
    return 0 if status["state"] == "ok" else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
