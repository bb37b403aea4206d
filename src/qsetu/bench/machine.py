"""The machine as a measurement needs to know it: vector units, governor, and who else is working."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qsetu.bench.records import CaseRecord, NoiseRecord
from qsetu.core.machine import cpu_model, environment_record, package_version

__all__ = ["THREAD_VARIABLES", "Watch", "machine_class", "machine_record", "thread_variables"]

# Whoever computes gets its number of threads from one of these, when it is loaded.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "QULACS_NUM_THREADS",
    "QSETU_NUM_THREADS",
)
VECTOR_UNITS = ("avx512f", "avx2", "asimd")
# From here on a run is called noisy.
SPREAD, STOLEN, OTHERS = 0.05, 0.02, 0.10


def thread_variables(threads: int) -> dict[str, str]:
    """What gives every library so many threads; to be set before any of them is loaded."""
    # Kokkos asks to be told about binding, and pinning would pin everybody.
    return {**dict.fromkeys(THREAD_VARIABLES, str(threads)), "OMP_PROC_BIND": "false"}


def machine_record(packages: list[str]) -> dict[str, Any]:
    """The environment record, with what matters to speed; versions of ``packages``, too."""
    record = environment_record()
    record["packages"] |= {name: v for name in packages if (v := package_version(name))}
    flags = _flags()
    return {
        **record,
        "vector_units": [unit for unit in VECTOR_UNITS if unit in flags],
        "governor": _first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "caches": _caches(),
        "virtual": "hypervisor" in flags,
    }


def machine_class() -> str:
    """What runs share whose ratios can be compared: kind of processor and its widest vectors."""
    unit = next((unit for unit in VECTOR_UNITS if unit in _flags()), "scalar")
    name = re.sub(r"\(r\)|\(tm\)|cpu|processor|@.*", " ", cpu_model().lower())
    return "-".join([*re.findall(r"[a-z0-9]+", name), unit])


def _flags() -> set[str]:
    try:
        with Path("/proc/cpuinfo").open() as lines:
            for line in lines:
                if line.startswith(("flags", "Features")):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return set()


def _first_line(path: str) -> str | None:
    try:
        return Path(path).read_text().strip() or None
    except OSError:
        return None


def _caches() -> dict[str, str]:
    """Level and kind to size, as the system writes it: {"L2 Unified": "1024K"}."""
    found = {}
    for cache in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        parts = [_first_line(str(cache / name)) for name in ("level", "type", "size")]
        if all(parts):
            found[f"L{parts[0]} {parts[1]}"] = str(parts[2])
    return found


@dataclass(frozen=True)
class _Ticks:
    """Processor time since the system started, in its own unit."""

    total: float
    idle: float
    stolen: float


def _ticks() -> _Ticks | None:
    try:
        fields = [float(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return None
    return _Ticks(sum(fields), fields[3] + fields[4], fields[7]) if len(fields) == 8 else None


class Watch:
    """Sees what else the machine did from when it was made."""

    def __init__(self) -> None:
        self._load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        self._begun = _ticks()
        self._own = _own_seconds()

    def noise(self, cases: list[CaseRecord]) -> NoiseRecord:
        """What disturbed the run, as far as the system tells and the reference workload shows."""
        spreads = [one.spread / one.median for case in cases if (one := case.the("reference"))]
        spread = sorted(spreads)[len(spreads) // 2] if spreads else None
        stolen, others = self._shares()
        reasons = []
        if spread is not None and spread > SPREAD:
            reasons.append(f"the same fixed work varied by {spread:.0%} from round to round")
        if stolen is not None and stolen > STOLEN:
            reasons.append(f"{stolen:.0%} of the time the hypervisor gave the processors to others")
        if others is not None and others > OTHERS:
            reasons.append(f"other processes used {others:.0%} of the processors")
        return NoiseRecord(
            noisy=bool(reasons),
            reasons=reasons,
            reference_spread=spread,
            load_before=self._load,
            stolen=stolen,
            others=others,
        )

    def _shares(self) -> tuple[float | None, float | None]:
        now = _ticks()
        if now is None or self._begun is None or now.total <= self._begun.total:
            return None, None
        total = now.total - self._begun.total
        stolen = (now.stolen - self._begun.stolen) / total
        busy = total - (now.idle - self._begun.idle) - (now.stolen - self._begun.stolen)
        own = (_own_seconds() - self._own) * os.sysconf("SC_CLK_TCK")
        return stolen, max(0.0, (busy - own) / total)


def _own_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
