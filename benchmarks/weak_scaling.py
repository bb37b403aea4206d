"""Weak scaling of shared states: each device keeps the same number of qubits, each doubling adds one.

On one machine, `qsetu bench run --suite scaling --only 'devices/*'` measures it. This is for nodes, a process
on each, which Slurm starts and no suite can: `srun python benchmarks/weak_scaling.py --distributed`; see
docs/several-devices.md. Without that option it runs on the devices of one process, to be tried. The work
grows with the qubits of the circuit, too, so the efficiency that is printed is of time for each operation:
that of one device over that of D.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import jax
import numpy as np

import qsetu
from qsetu.core.machine import environment_record
from qsetu_benchmarks.circuits import hardware_efficient

LAYERS = 4


def timed(circuit: qsetu.Circuit, params: np.ndarray, devices: int, gradient: bool) -> tuple[float, float]:
    """Seconds of the first call, and the median of five more."""
    taken = []
    for _ in range(6):
        start = time.perf_counter()
        if gradient:
            qsetu.value_and_grad(circuit, "Z0", params, engine="xla", devices=devices)
        else:
            qsetu.expectation(circuit, "Z0", params, engine="xla", devices=devices)
        taken.append(time.perf_counter() - start)
    return taken[0], float(np.median(taken[1:]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--local-qubits", type=int, default=24, help="qubits on each device")
    parser.add_argument("--gradient", action="store_true", help="values and gradients")
    parser.add_argument("--distributed", action="store_true", help="several processes, found by JAX (Slurm)")
    parser.add_argument("--json", metavar="FILE", help="write every figure, with the machine")
    args = parser.parse_args()
    if args.local_qubits < 4:
        sys.exit(f"--local-qubits must be at least 4; got {args.local_qubits}")
    if args.distributed:
        jax.distributed.initialize()
    speaks = jax.process_index() == 0
    present = len(jax.devices())
    if speaks:
        print(
            f"{present} device(s) of kind {jax.devices()[0].device_kind}, {jax.process_count()} process(es)"
        )
        print(" devices  qubits  first, s   warm, s  us an operation  efficiency")
    results, base = [], 0.0
    devices = 1 if jax.process_count() == 1 else present  # every process has to take part
    while devices <= present:
        qubits = args.local_qubits + devices.bit_length() - 1
        circuit = hardware_efficient(qubits, LAYERS)
        params = np.random.default_rng(1).uniform(-3, 3, circuit.num_params)
        first, warm = timed(circuit, params, devices, args.gradient)
        each = warm / len(circuit)
        base = base or each
        results.append(
            {"devices": devices, "qubits": qubits, "first": first, "warm": warm, "efficiency": base / each}
        )
        if speaks:
            print(
                f"{devices:8d}{qubits:8d}{first:10.2f}{warm:10.4f}{1e6 * each:17.1f}{base / each:12.2f}",
                flush=True,
            )
        devices *= 2
    if args.json and speaks:
        content = {
            "format": "qsetu-weak-scaling",
            "version": 1,
            "device": jax.devices()[0].device_kind,
            "processes": jax.process_count(),
            "gradient": args.gradient,
            "results": results,
            "machine": environment_record(),
        }
        Path(args.json).write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    main()
