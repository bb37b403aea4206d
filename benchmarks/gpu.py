"""The xla engine on this machine's accelerator: `python benchmarks/gpu.py --json gpu.json`.

One state of 20 qubits and more, batches of 256 rows, a fidelity matrix; each beside what a plain copy on the
same device moves in the same run, and beside the native engine on this machine's processor. Answers are
checked before anything is timed. Without an accelerator it measures JAX on the CPU, and says so. The last
lines are what `qsetu.engines.choice` needs to know: from how many amplitudes xla was the faster engine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

import qsetu
from qsetu.core.machine import environment_record
from qsetu.engines import ENGINES
from qsetu_benchmarks.circuits import hardware_efficient, zz_map, zz_parameters

LAYERS, ROWS, SAMPLES = 4, 256, 1000
TOLERANCE = {"complex64": 2e-4, "complex128": 1e-9}


def fourier(n: int) -> qsetu.Circuit:
    circuit = qsetu.Circuit(n)
    for q in reversed(range(n)):
        circuit = circuit.h(q)
        for lower in reversed(range(q)):
            circuit = circuit.cp(np.pi / 2 ** (q - lower), lower, q)
    return circuit


def random_pairs(n: int, layers: int = 10) -> qsetu.Circuit:
    """Random two-qubit unitaries on random pairs: quantum volume's circuits."""
    rng = np.random.default_rng(n)
    circuit = qsetu.Circuit(n)
    for _ in range(layers):
        order = rng.permutation(n)
        for a, b in zip(order[::2], order[1::2], strict=False):
            q, r = np.linalg.qr(rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4)))
            circuit = circuit.unitary(q * (np.diag(r) / np.abs(np.diag(r))), [int(a), int(b)])
    return circuit


FAMILIES: dict[str, Callable[[int], qsetu.Circuit]] = {
    "hardware-efficient": lambda n: hardware_efficient(n, LAYERS),
    "Fourier": fourier,
    "random pairs": random_pairs,
}


def copy_bandwidth(size: int, rounds: int = 9) -> float:
    """Bytes a second, read and written, of a copy with one addition on JAX's device."""
    # In place, over and over: new memory would be timed with the system that hands it out.
    steps = jax.jit(lambda x: jax.lax.fori_loop(0, 8, lambda _, y: y + 1, x), donate_argnums=0)
    array = steps(jnp.zeros(size // 4, dtype=jnp.float32)).block_until_ready()
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        array = steps(array).block_until_ready()
        best = min(best, time.perf_counter() - start)
    return 8 * 2 * size / best


def native_ready() -> bool:
    return ENGINES["native"].why_missing() is None


def median_of(run: Callable[[], object], rounds: int = 6) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def against_reference(dtype: str) -> None:
    """Small circuits of every family, with gradients, before anything else: native may not be there."""
    for family, make in {**FAMILIES, "ZZ map": zz_map}.items():
        circuit = make(6)
        params = np.random.default_rng(2).uniform(-3, 3, (2, circuit.num_params))
        how = {"engine": "xla", "dtype": dtype}
        same = {"engine": "reference", "dtype": "complex128"}
        found = qsetu.value_and_grad(circuit, "Z0 + X1 Y5", params, **how)
        expected = qsetu.value_and_grad(circuit, "Z0 + X1 Y5", params, **same)
        error = max(float(np.abs(a - b).max(initial=0.0)) for a, b in zip(found, expected, strict=True))
        if not error <= 10 * TOLERANCE[dtype]:
            sys.exit(f"{family}: xla is off by {error:.1e}, {10 * TOLERANCE[dtype]:.0e} is allowed")


def raced(name: str, run: Callable[[str], np.ndarray], dtype: str) -> dict[str, float]:
    """Seconds of both engines, in turns, after their answers were compared; of xla alone without native."""
    if not native_ready():
        run("xla")
        return {"xla": median_of(lambda: run("xla"))}
    found, expected = np.asarray(run("xla")), np.asarray(run("native"))
    error = float(np.abs(found - expected).max())
    if not error <= TOLERANCE[dtype]:
        sys.exit(f"{name}: xla differs from native by {error:.1e}, {TOLERANCE[dtype]:.0e} is allowed")
    taken: dict[str, list[float]] = {"xla": [], "native": []}
    for turn in range(6):
        for engine in ("xla", "native") if turn % 2 else ("native", "xla"):
            start = time.perf_counter()
            run(engine)
            taken[engine].append(time.perf_counter() - start)
    return {engine: float(np.median(times)) for engine, times in taken.items()} | {"error": error}


def fits_native(circuit: qsetu.Circuit, dtype: str) -> bool:
    return qsetu.explain(circuit, engine="native", dtype=dtype).fits


def single(sizes: list[int], dtype: str, bandwidth: float) -> list[dict[str, object]]:
    found = []
    for family, make in FAMILIES.items():
        for n in sizes:
            circuit = make(n)
            params = np.random.default_rng(1).uniform(-3, 3, circuit.num_params)
            plan = qsetu.explain(circuit, engine="xla", dtype=dtype)
            if not (plan.fits and (not native_ready() or fits_native(circuit, dtype))):
                print(f"{family}, {n} qubits: left out, does not fit in memory")
                continue

            def run(engine: str, circuit=circuit, params=params) -> np.ndarray:
                return qsetu.expectation(circuit, "Z0 + X1", params, engine=engine, dtype=dtype)

            result = raced(f"{family}, {n} qubits", run, dtype)
            moved = 2 * plan.passes * 2**n * np.dtype(dtype).itemsize
            found.append(
                {"case": family, "qubits": n, "amplitudes": 2**n, "gradient": False, "passes": plan.passes}
                | result
                | {"bandwidth_share": moved / result["xla"] / bandwidth}
            )
    return found


def batches(sizes: list[int], dtype: str) -> list[dict[str, object]]:
    found = []
    for n in sizes:
        circuit = hardware_efficient(n, LAYERS)
        params = np.random.default_rng(1).uniform(-3, 3, (ROWS, circuit.num_params))

        def values(engine: str, circuit=circuit, params=params) -> np.ndarray:
            return qsetu.expectation(circuit, "Z0", params, engine=engine, dtype=dtype)

        def slopes(engine: str, circuit=circuit, params=params) -> np.ndarray:
            return qsetu.value_and_grad(circuit, "Z0", params, engine=engine, dtype=dtype)[1]

        for gradient, run in ((False, values), (True, slopes)):
            case = f"{ROWS} rows, " + ("gradient" if gradient else "forward")
            result = raced(f"{case}, {n} qubits", run, dtype)
            found.append({"case": case, "qubits": n, "amplitudes": ROWS << n, "gradient": gradient} | result)
    return found


def kernels(sizes: list[int], dtype: str) -> list[dict[str, object]]:
    found = []
    for n in sizes:
        circuit = zz_map(n)
        params = zz_parameters(np.random.default_rng(1).uniform(0, 1, (SAMPLES, n)))

        def run(engine: str, circuit=circuit, params=params) -> np.ndarray:
            return qsetu.gram(circuit, params, engine=engine, dtype=dtype)

        case = f"fidelity matrix of {SAMPLES}"
        size = SAMPLES << n
        found.append(
            {"case": case, "qubits": n, "amplitudes": size, "gradient": False} | raced(case, run, dtype)
        )
    return found


def least_amplitudes(results: list[dict[str, object]], gradient: bool) -> float:
    """From this size on xla won every case; infinite where it lost the largest."""
    least = float("inf")
    for result in sorted(results, key=lambda r: -int(r["amplitudes"])):  # type: ignore[call-overload]
        if result["gradient"] == gradient and result["xla"] > result["native"]:  # type: ignore[operator]
            break
        if result["gradient"] == gradient:
            least = float(result["amplitudes"])  # type: ignore[arg-type]
    return least


def shown(results: list[dict[str, object]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("case", no_wrap=True)
    for column in ("qubits", "xla, ms", "native, ms", "native\n/ xla", "passes", "share of\nbandwidth"):
        table.add_column(column, justify="right")
    for r in results:
        share = r.get("bandwidth_share")
        table.add_row(
            str(r["case"]),
            str(r["qubits"]),
            f"{1e3 * r['xla']:.3g}",
            f"{1e3 * r['native']:.3g}" if "native" in r else "not built",
            f"{r['native'] / r['xla']:.2f}" if "native" in r else "",
            str(r.get("passes", "")),
            "" if share is None else f"{100 * share:.0f} %",
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default="20,22,24,26,28,30,32", help="qubits of single states")
    parser.add_argument("--dtype", default="complex64", choices=sorted(TOLERANCE))
    parser.add_argument("--quick", action="store_true", help="smaller: a few minutes on a CPU")
    parser.add_argument("--json", metavar="FILE", help="write every figure, with the machine")
    args = parser.parse_args()
    try:
        sizes = [int(size) for size in args.sizes.split(",")]
    except ValueError:
        sys.exit(f"--sizes must be numbers of qubits, such as 20,24; got {args.sizes}")
    sizes, small = ([16, 18, 20], [8, 10]) if args.quick else (sizes, [8, 10, 12, 14])

    console = Console()
    device = jax.devices()[0]
    console.print(f"{device.platform}:{device.id} ({device.device_kind}), {args.dtype}", highlight=False)
    if device.platform == "cpu":
        console.print("JAX has no accelerator here: this is XLA on the CPU.")
    bandwidth = copy_bandwidth(2**28 if device.platform == "cpu" else 2**30)
    console.print(f"a copy moves {bandwidth / 1e9:.1f} GB/s", highlight=False)
    against_reference(args.dtype)
    results = single(sizes, args.dtype, bandwidth)
    results += batches(small, args.dtype) + kernels(small[:2], args.dtype)
    console.print(shown(results))
    for gradient in (False, True) if native_ready() else ():
        least = least_amplitudes(results, gradient)
        verdict = f"xla from {least:g} amplitudes on" if np.isfinite(least) else "native, up to the largest"
        console.print(f"faster for {'gradients' if gradient else 'values'}: {verdict}", highlight=False)
    if args.json:
        content = {
            "format": "qsetu-gpu-benchmark",
            "version": 1,
            "device": {"platform": device.platform, "kind": device.device_kind},
            "dtype": args.dtype,
            "copy_bytes_per_second": bandwidth,
            "results": results,
            "machine": environment_record(),
        }
        Path(args.json).write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    main()
