"""Which devices run a circuit, how wide its blocks are there, and how many rows fit at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from qsetu.circuits.program import GateProgram
from qsetu.core.errors import ArgumentError, Said
from qsetu.engines.xla.plan import AXIS

__all__ = ["as_devices", "block_width", "default_device", "free_memory", "mesh_of", "rows_at_once"]

# Qubits of a block, by the kind of device. On a CPU small states take small blocks: building a block's matrix
# costs 4^width a gate and row (measured); on an H200 5 qubits balance arithmetic and memory; a TPU's matrix
# unit is 128 wide.
_WIDTHS = {"gpu": 5, "tpu": 7}
_CPU_WIDTHS = ((8, 2), (13, 3))
_WIDEST_ON_CPU = 4
# Amplitudes in work at a time on a CPU: more rows at once are no faster.
_CPU_AMPLITUDES = 2**21


def as_devices(value: Any) -> tuple[jax.Device, ...]:
    """``devices=`` of the door: a number, a device or a sequence of devices, as a tuple.

    Raises:
        ArgumentError: Not a power of two of them, one twice, or more than JAX has.
    """
    rule = "must be a number of devices, a jax.Device, or a sequence of jax.Device"
    if isinstance(value, jax.Device):
        return (value,)
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        present = jax.devices()
        if not 1 <= value <= len(present):
            hint = (
                "To try several on a CPU, set XLA_FLAGS=--xla_force_host_platform_device_count=8 before JAX "
                "is imported."
            )
            there = f"must be from 1 to {len(present)}, the number of devices of JAX here"
            raise ArgumentError("devices", there, value, hint)
        value = present[:value]
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ArgumentError("devices", rule, value)
    chosen = tuple(value)
    if not chosen or not all(isinstance(device, jax.Device) for device in chosen):
        raise ArgumentError("devices", rule, value)
    if len(set(chosen)) < len(chosen):
        raise ArgumentError("devices", "must not name a device twice", value)
    if len(chosen) & (len(chosen) - 1):
        hint = "A state is cut in halves; take a power of two of them."
        raise ArgumentError("devices", "must be 1, 2, 4, 8, ... devices", Said(f"{len(chosen)}"), hint)
    return chosen


def default_device() -> jax.Device:
    """Where JAX computes in this process when nothing else is said."""
    chosen = getattr(jax.config, "jax_default_device", None)  # a device, or a platform by name
    if chosen is None or isinstance(chosen, str):
        return jax.local_devices(backend=chosen)[0]
    return chosen


def mesh_of(devices: tuple[jax.Device, ...], program: GateProgram) -> Mesh | None:
    """The mesh that shares a state of this program; None where one device has it all.

    Small states are shared by fewer devices: the qubits that number the devices change places with as many
    others, and those must not be a gate's that is to run next, or already where they shall be.
    """
    most = min((program.num_qubits - _widest(program) + 1) // 2, (program.num_qubits + 1) // 3)
    spread = min(len(devices).bit_length() - 1, most)
    if spread <= 0:
        return None
    return Mesh(np.array(devices[: 2**spread]), (AXIS,))


def block_width(platform: str, program: GateProgram, local: int) -> int:
    """Qubits of a block on such a device, for states of ``local`` qubits on each."""
    width = _WIDTHS.get(platform)
    if width is None:
        width = next((w for most, w in _CPU_WIDTHS if local <= most), _WIDEST_ON_CPU)
    return min(local, max(width, _widest(program)))


def _widest(program: GateProgram) -> int:
    """Targets of the widest operation that is not diagonal, at least 1."""
    widths = np.diff(program.target_start)
    return int(max(1, widths[program.diagonal == 0].max(initial=1)))


def free_memory(device: jax.Device) -> int | None:
    """Bytes that can still be allocated there; None where that is the machine's, or elsewhere."""
    if device.platform == "cpu" or device.process_index != jax.process_index():
        return None
    stats = device.memory_stats() or {}
    if "bytes_limit" not in stats:
        return None
    return int(stats["bytes_limit"] - stats.get("bytes_in_use", 0))


def rows_at_once(device: jax.Device, row_bytes: int, rows: int) -> int:
    """How many rows to run at a time, where one needs so many bytes in work."""
    free = free_memory(device)
    budget = 16 * _CPU_AMPLITUDES if free is None else free // 4
    return max(1, min(rows, budget // row_bytes))
