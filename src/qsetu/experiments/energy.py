"""Energy of the processor, where the kernel counts it and lets us read."""

from __future__ import annotations

from pathlib import Path

__all__ = ["EnergyMeter"]

POWERCAP = Path("/sys/class/powercap")


class EnergyMeter:
    """Joules of all processor packages since it was made (Intel and AMD RAPL counters of Linux).

    Whatever else ran on the machine meanwhile is in it. The counters turn over after some minutes to hours at
    full load: :meth:`read` must be called at least that often, and is, after every fold.

    Args:
        folder: Where the counters are.
    """

    def __init__(self, folder: Path = POWERCAP) -> None:
        self._zones = [zone for zone in sorted(folder.glob("intel-rapl:*")) if zone.name.count(":") == 1]
        self._last = [_number(zone / "energy_uj") for zone in self._zones]
        self._range = [_number(zone / "max_energy_range_uj") for zone in self._zones]
        self._microjoules = 0

    @property
    def note(self) -> str:
        """What was measured, or why nothing was."""
        if not self._zones:
            return "not measured: this machine has no energy counters"
        if None in self._last or None in self._range:
            return "not measured: the energy counters of this machine may not be read"
        return f"measured: {len(self._zones)} processor package(s), whatever ran on them"

    def read(self) -> float | None:
        """Joules so far; None where nothing can be measured."""
        if not self._zones:
            return None
        for place, zone in enumerate(self._zones):
            now, last, most = _number(zone / "energy_uj"), self._last[place], self._range[place]
            if now is None or last is None or most is None:
                return None
            self._microjoules += now - last if now >= last else now + most - last
            self._last[place] = now
        return self._microjoules / 1e6


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
