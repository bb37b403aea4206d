"""The suite `gpu`: the xla engine on JAX's device beside the native engine on the processor.

One state of 20 qubits and more, beside what a plain copy of as many bytes takes on the same device in the
same rounds; batches of 256 rows; a fidelity matrix. Without an accelerator it measures JAX on the CPU, and
says so. Nothing but qsetu is needed, and not even the native engine: xla is held against the reference engine
on small circuits of each kind before anything else. What follows from it is what `qsetu.engines.choice` wants
to know: from how many amplitudes xla was the faster engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

import qsetu
from qsetu.bench import Candidate, Case, CaseRecord, Entry, FindingRecord, LeftOut, Options, Suite
from qsetu.engines import ENGINES
from qsetu_benchmarks.circuits import FAMILIES, hardware_efficient, zz_map, zz_parameters

__all__ = ["SUITE", "findings", "least_amplitudes"]

ROWS, SAMPLES = 256, 1000
WIDTHS, QUICK_WIDTHS = (20, 22, 24, 26, 28, 30, 32), (16, 18, 20)
SMALL, QUICK_SMALL = (8, 10, 12, 14), (8, 10)
KERNELS = (8, 10)
ALLOWED = {"complex64": 2e-4, "complex128": 1e-9}
COPIED = {"cpu": 2**28}  # bytes of an array; of any accelerator:
COPIED_THERE = 2**30
COPIES = 8  # in one call, so that starting it does not count

Run = Callable[[str], np.ndarray]


def _entries(options: Options) -> Iterator[Entry]:
    for dtype in ALLOWED:
        for family in FAMILIES:
            for n in options.sizes or (QUICK_WIDTHS if options.quick else WIDTHS):
                built = lambda f=family, n=n, d=dtype: _single(f, n, d)  # noqa: E731
                title = f"{family}, {n} qubits, {dtype}"
                yield Entry(f"single/{family}/{n}/{dtype}", "single states", title, built, "memory")
        for n in options.sizes or (QUICK_SMALL if options.quick else SMALL):
            for asked in ("values", "gradient"):
                built = lambda n=n, a=asked, d=dtype: _batch(n, a == "gradient", d)  # noqa: E731
                title = f"{asked} of {ROWS} rows, {n} qubits, {dtype}"
                yield Entry(f"batch/{asked}/{n}/{dtype}", "batches", title, built)
        for n in options.sizes or KERNELS:
            built = lambda n=n, d=dtype: _kernel(n, d)  # noqa: E731
            title = f"fidelity matrix of {SAMPLES:,}, {n} qubits, {dtype}"
            yield Entry(f"gram/{n}/{dtype}", "fidelity matrices", title, built)


def native_ready() -> bool:
    """Whether there is something to be faster than."""
    return ENGINES["native"].why_missing() is None


def _single(family: str, n: int, dtype: str) -> Case:
    against_reference(family, dtype)
    circuit = FAMILIES[family](n)
    params = np.random.default_rng(1).uniform(-3, 3, circuit.num_params)
    plan = qsetu.explain(circuit, engine="xla", dtype=dtype)
    ready = native_ready()
    if not (plan.fits and (not ready or qsetu.explain(circuit, engine="native", dtype=dtype).fits)):
        raise LeftOut("does not fit in memory")
    moved = 2 * (plan.passes or 0) * 2**n * np.dtype(dtype).itemsize

    def run(engine: str) -> np.ndarray:
        return qsetu.expectation(circuit, "Z0 + X1", params, engine=engine, dtype=dtype)

    facts = {
        "qubits": n,
        "gates": len(circuit),
        "amplitudes": 2**n,
        "gradient": 0,
        "passes": plan.passes or 0,
    }
    return _case(run, dtype, facts, [lambda: [_copy(moved, dtype)]] if moved else [])


def _batch(n: int, gradient: bool, dtype: str) -> Case:
    against_reference("hardware-efficient", dtype)
    circuit = hardware_efficient(n, 4)
    params = np.random.default_rng(1).uniform(-3, 3, (ROWS, circuit.num_params))

    def run(engine: str) -> np.ndarray:
        if gradient:
            return qsetu.value_and_grad(circuit, "Z0", params, engine=engine, dtype=dtype)[1]
        return qsetu.expectation(circuit, "Z0", params, engine=engine, dtype=dtype)

    facts = {"qubits": n, "gates": len(circuit), "amplitudes": ROWS << n, "gradient": int(gradient)}
    return _case(run, dtype, facts)


def _kernel(n: int, dtype: str) -> Case:
    against_reference("zz-map", dtype)
    circuit = zz_map(n)
    params = zz_parameters(np.random.default_rng(1).uniform(0, 1, (SAMPLES, n)))

    def run(engine: str) -> np.ndarray:
        return qsetu.gram(circuit, params, engine=engine, dtype=dtype)

    return _case(
        run,
        dtype,
        {"qubits": n, "gates": len(circuit), "amplitudes": SAMPLES << n, "gradient": 0},
    )


def _case(run: Run, dtype: str, facts: dict[str, int], others: Sequence[Callable[[], Any]] = ()) -> Case:
    import jax

    device = jax.devices()[0]
    native = []
    if native_ready():
        native = [lambda: [Candidate("qsetu native", "", dtype, lambda: run("native"))]]
    note = "JAX has no accelerator here: this is XLA on the CPU" if device.platform == "cpu" else ""
    return Case(
        Candidate("qsetu xla", device.device_kind, dtype, lambda: run("xla"), role="ours"),
        (*native, *others),
        allowed=ALLOWED,
        truth=(lambda: np.asarray(run("native"))) if native else None,
        facts={**facts, "dtype": dtype, "platform": device.platform, "device": device.device_kind},
        note=note,
    )


def _copy(moved: int, dtype: str) -> Candidate:
    """What copying as many bytes takes on JAX's device: one addition, read and written."""
    import jax
    import jax.numpy as jnp

    size = COPIED.get(jax.devices()[0].platform, COPIED_THERE)
    # In place, over and over: new memory would be timed with the system that hands it out.
    steps = jax.jit(lambda x: jax.lax.fori_loop(0, COPIES, lambda _, y: y + 1, x), donate_argnums=0)
    kept = [steps(jnp.zeros(size // 4, dtype=jnp.float32)).block_until_ready()]

    def run() -> None:
        kept[0] = steps(kept[0]).block_until_ready()

    return Candidate("copy", "as many bytes", dtype, run, scale=moved / (COPIES * 2 * size), role="scale")


@cache
def against_reference(family: str, dtype: str) -> None:
    """Small circuits of a family, with gradients, before anything else: native may not be there."""
    circuit = {**FAMILIES, "zz-map": zz_map}[family](6)
    params = np.random.default_rng(2).uniform(-3, 3, (2, circuit.num_params))
    found = qsetu.value_and_grad(circuit, "Z0 + X1 Y5", params, engine="xla", dtype=dtype)
    exact = qsetu.value_and_grad(circuit, "Z0 + X1 Y5", params, engine="reference", dtype="complex128")
    error = max(float(np.abs(a - b).max(initial=0.0)) for a, b in zip(found, exact, strict=True))
    if not error <= 10 * ALLOWED[dtype]:
        raise ValueError(f"{family}: xla is off by {error:.1e}, {10 * ALLOWED[dtype]:.0e} is allowed")


def findings(cases: Sequence[CaseRecord]) -> list[FindingRecord]:
    """From how many amplitudes xla was faster, as `qsetu.engines.choice` asks; shares of the bandwidth."""
    return [*_choices(cases), *_shares(cases)]


def _choices(cases: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    raced = [case for case in cases if case.ratio]
    kinds = dict.fromkeys((str(c.facts["platform"]), str(c.facts["dtype"])) for c in raced)
    for platform, dtype in kinds:
        for gradient in (0, 1):
            among = [
                case
                for case in raced
                if (case.facts["platform"], case.facts["dtype"], case.facts["gradient"])
                == (platform, dtype, gradient)
            ]
            if not among:
                continue
            least = least_amplitudes(among)
            said = "native, up to the largest" if least is None else f"xla from {least:,} amplitudes on"
            row = f'("{platform}", {bool(gradient)}, "{dtype}", {"inf" if least is None else least})'
            yield FindingRecord(
                about="faster engine",
                what=f"{'gradients' if gradient else 'values'}, {dtype}, on {platform}",
                found=f"{said}: Measured{row}",
                value=least,
                how="xla won every case from there on; Measured is a row for qsetu.engines.choice",
            )


def least_amplitudes(cases: Sequence[CaseRecord]) -> int | None:
    """From this size on xla won every case; None where it lost one of the largest size."""
    sizes: dict[int, list[bool]] = {}
    for case in cases:
        assert case.ratio is not None
        sizes.setdefault(int(case.facts["amplitudes"]), []).append(case.ratio.value > 1)
    least = None
    for size in sorted(sizes, reverse=True):
        if not all(sizes[size]):
            break
        least = size
    return least


def _shares(cases: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    for case in cases:
        copied = case.the("scale")
        if copied is not None:
            share = copied.median / case.ours.median
            yield FindingRecord(
                about="share of bandwidth",
                what=case.title,
                found=f"{share:.0%}, {case.facts['passes']} passes",
                value=share,
                how="time of a copy of as many bytes as the passes move, on the same device, over the run's",
            )


SUITE = Suite(
    "gpu",
    "the xla engine on this machine's accelerator beside the native engine on its processor",
    _entries,
    rounds=7,
    budget=10.0,
    min_sample=0.0,
    findings=findings,
)
