"""Verdicts on disk: small JSON files in the user's cache folder, each named by all that could change it.

A verdict saves the second that the xla engine's self-test takes, no more: what cannot be read, is not
understood or cannot be written is passed over in silence.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from qsetu.core.checks import as_choice
from qsetu.core.files import cache_folder
from qsetu.core.hashing import content_hash
from qsetu.core.machine import cpu_model, package_version
from qsetu.trust.places import Place
from qsetu.trust.verdict import TOLERANCE, CheckResult

__all__ = ["as_plain", "forget", "read", "versions", "write"]

_FORMAT, _VERSION = "qsetu-verdict", 1
# A verdict is some hundred bytes; whatever is far larger is none.
_MOST_BYTES, _MOST_FILES = 2**16, 200
_SETTINGS = ("jax_disable_jit", "jax_default_matmul_precision")


def read(engine: str, place: Place, dtype: str) -> tuple[CheckResult, ...] | None:
    """The checks that failed when these versions last were tested here; None where nobody knows."""
    folder = _folder()
    if folder is None:
        return None
    try:
        names = [file.name for file in folder.iterdir()]
        if not any(name.startswith(f"{_plainly(engine)}-{dtype}-") for name in names):
            return None  # known before the name is: that costs some milliseconds
        path = _path(engine, place, dtype)
        # A file, not a pipe that would be waited for.
        if path is None or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return None
        found = json.loads(path.read_text(encoding="utf-8"))
        if not (found["format"] == _FORMAT and found["version"] == _VERSION and found["key"] == path.stem):
            return None
        return tuple(_as_failure(item, engine, dtype) for item in found["failures"])
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def write(engine: str, place: Place, dtype: str, failures: Sequence[CheckResult]) -> None:
    """Remember a verdict. A reader finds the old file or the new one, never a part."""
    path = _path(engine, place, dtype)
    if path is None:
        return
    content = {
        "format": _FORMAT,
        "version": _VERSION,
        "key": path.stem,
        "failures": [as_plain(failure) for failure in failures],
    }
    import tempfile

    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, stage = tempfile.mkstemp(prefix=".", suffix=".partial", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump(content, stream, allow_nan=False)
            Path(stage).replace(path)
        except BaseException:
            Path(stage).unlink(missing_ok=True)
            raise
        _clear_out(path.parent)


def forget(engine: str, place: Place, dtype: str) -> None:
    """Remove a verdict, if there is one."""
    path = _path(engine, place, dtype)
    if path is not None:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def as_plain(result: CheckResult) -> dict[str, Any]:
    """A result as JSON can hold it: an infinite error, which JSON has no word for, is null."""
    return {
        "engine": result.engine,
        "device": result.device,
        "dtype": result.dtype,
        "check": result.check,
        "error": result.error if math.isfinite(result.error) else None,
        "tolerance": result.tolerance,
        "passed": result.passed,
        "message": result.message,
    }


def _as_failure(item: Any, engine: str, dtype: str) -> CheckResult:
    device, check, error = item["device"], item["check"], item["error"]
    if not (isinstance(device, str) and isinstance(check, str)):
        raise TypeError
    failure = CheckResult(
        engine, device, dtype, check, math.inf if error is None else float(error), TOLERANCE[dtype]
    )
    if failure.passed:
        raise ValueError
    return failure


def versions(place: Place) -> dict[str, str]:
    """What took part in a computation: names and versions."""
    # By name: to the import rules the package itself stands above all its rooms.
    own = str(importlib.import_module("qsetu").__version__)
    found = {"qsetu": own, "numpy": np.__version__, "Python": platform.python_version()}
    if place.device is not None:
        import jax
        import jaxlib.version

        found["jax"], found["jaxlib"] = jax.__version__, jaxlib.version.__version__
    installed = {name: package_version(name) for name in place.packages}
    return found | {name: version for name, version in installed.items() if version}


def _path(engine: str, place: Place, dtype: str) -> Path | None:
    folder = _folder()
    if folder is None:
        return None
    key: dict[str, Any] = {
        "engine": [engine, place.platform, place.kind, dtype],
        "versions": versions(place),
        "python": [platform.python_implementation(), platform.machine(), cpu_model()],
        "code": _own_code(),
        "environment": {
            name: value
            for name, value in os.environ.items()
            if name.startswith(("XLA_", "JAX_")) or name in ("QSETU_SIMD", "NVIDIA_TF32_OVERRIDE")
        },
    }
    if place.device is not None:
        import jax

        key["runtime"] = str(place.device.client.platform_version)  # of CUDA, for one
        key["settings"] = [str(getattr(jax.config, name, None)) for name in _SETTINGS]
    return folder / f"{_plainly(engine)}-{dtype}-{content_hash(key)}.json"


def _plainly(engine: str) -> str:
    return engine.replace(":", "-")  # no name of a file everywhere


def _folder() -> Path | None:
    switch = os.environ.get("QSETU_TRUST_CACHE", "").strip() or "on"
    if as_choice("QSETU_TRUST_CACHE", switch, ("on", "off")) == "off":
        return None
    return cache_folder("verdicts")


@lru_cache(maxsize=1)
def _own_code() -> list[list[Any]]:
    """Sizes and times of our own files: who works on an engine is not told yesterday's verdict."""
    package = Path(__file__).parents[1]
    return sorted(
        [path.relative_to(package).as_posix(), path.stat().st_size, path.stat().st_mtime_ns]
        for room in ("trust", "engines", "compiler", "circuits")
        for path in package.glob(f"{room}/**/*")
        if path.suffix in (".py", ".so", ".pyd")
    )


def _clear_out(folder: Path) -> None:
    files = list(folder.glob("*.json"))
    if len(files) > _MOST_FILES:
        for path in sorted(files, key=lambda file: file.stat().st_mtime)[: len(files) // 2]:
            path.unlink(missing_ok=True)
