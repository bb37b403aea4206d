"""The suite `scaling`: time and memory against qubits, depth, rows, threads and devices.

Every case says in its facts on which axis it lies and where. From all of them follow the fitted exponents,
the errors of `qsetu.explain`, and what circuits of 36 to 44 qubits would take on a cluster, on paper.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from qsetu.bench import Bound, Candidate, Case, Entry, LeftOut, Options, Suite
from qsetu_benchmarks.circuits import FAMILIES, hardware_efficient, layered, random_pairs, zz_map
from qsetu_benchmarks.scaling.cases import point
from qsetu_benchmarks.scaling.findings import findings

__all__ = ["SUITE"]

WIDTHS, QUICK_WIDTHS = (16, 18, 20, 22, 24), (12, 14, 16)
IN_MEMORY = 18  # from so many qubits on a state is bound by memory
DEPTHS, QUICK_DEPTHS = (10, 100, 1000), (2, 8, 32)
DEEP = 12  # qubits
ROWS, QUICK_ROWS = (16, 64, 256, 1024), (8, 32, 128)
ROW_QUBITS = 10
THREADED = {"state": (22, 1), "batch": (12, 256)}  # qubits, rows
QUICK_THREADED = {"state": (16, 1), "batch": (8, 64)}
DEVICES, LOCAL, QUICK_LOCAL = (1, 2, 4, 8), 18, 10
# Qubits, rows, and up to which width an engine is asked for them.
PREDICTED = ((8, 256), (12, 64), (16, 1), (20, 1), (22, 1))
QUICK_PREDICTED = ((8, 16),)
LARGEST = {"native": 22, "xla": 20}
QUICK_FAMILY = "hardware-efficient"
# As many pretended devices of a CPU, on top of what was set; accelerators do not look at it.
PRETENDED = f"--xla_force_host_platform_device_count={DEVICES[-1]}"

Made = Callable[[], Case]


def _entries(options: Options) -> Iterator[Entry]:
    yield from _qubits(options)
    yield from _depth(options)
    yield from _rows(options)
    yield from _threads(options)
    yield from _devices(options)
    yield from _predicted(options)


def _qubits(options: Options) -> Iterator[Entry]:
    widths = options.sizes or (QUICK_WIDTHS if options.quick else WIDTHS)
    for family, make in FAMILIES.items():
        for n in widths:
            bound: Bound = "memory" if n >= IN_MEMORY else "arithmetic"
            built = lambda f=family, m=make, n=n: point("qubits", f, n, m(n))  # noqa: E731
            yield Entry(f"qubits/{family}/{n}", "qubits", f"{family}, {n} qubits", built, bound)


def _depth(options: Options) -> Iterator[Entry]:
    for engine in ("native", "xla"):
        for gradient in (False,) if options.quick else (False, True):
            asked = "gradient" if gradient else "values"
            for layers in QUICK_DEPTHS if options.quick else DEPTHS:

                def built(engine: str = engine, layers: int = layers, gradient: bool = gradient) -> Case:
                    circuit = layered(DEEP, layers)
                    series = f"{engine}, {'gradient' if gradient else 'values'}"
                    how = {"engine": engine, "gradient": gradient, "fresh": True}
                    return point("depth", series, layers, circuit, others=_prepare(engine, circuit), **how)

                title = f"{engine}, {asked}, {layers} layers of {DEEP} qubits"
                yield Entry(f"depth/{engine}/{asked}/{layers}", f"depth, {engine}", title, built)


def _prepare(engine: str, circuit) -> tuple[Callable[[], list[Candidate]], ...]:
    """Python's part of a circuit never seen before: lowering, schedule, tables."""
    if engine != "xla":
        return ()

    def made() -> list[Candidate]:
        from qsetu.compiler import lower
        from qsetu.engines.xla.devices import block_width, default_device
        from qsetu.engines.xla.schedule import schedule
        from qsetu.engines.xla.tables import build_tables

        width = block_width(default_device().platform, lower(circuit), circuit.num_qubits)

        def prepare() -> None:
            program = lower(circuit)
            build_tables(program, schedule(program, width))

        return [Candidate("qsetu xla", "prepared only", "complex64", prepare, role="scale")]

    return (made,)


def _rows(options: Options) -> Iterator[Entry]:
    circuit = hardware_efficient(ROW_QUBITS, 4)
    for asked in ("values", "gradient"):
        for rows in QUICK_ROWS if options.quick else ROWS:
            built = lambda a=asked, r=rows: point("rows", a, r, circuit, rows=r, gradient=a == "gradient")  # noqa: E731
            title = f"{asked} of {rows:,} rows, {ROW_QUBITS} qubits"
            yield Entry(f"rows/{asked}/{rows}", "rows", title, built)


def _threads(options: Options) -> Iterator[Entry]:
    counts = sorted({options.threads, *(2**k for k in range(options.threads.bit_length()))})
    for kind, (n, rows) in (QUICK_THREADED if options.quick else THREADED).items():
        for threads in counts:

            def built(kind: str = kind, n: int = n, rows: int = rows, threads: int = threads) -> Case:
                circuit = random_pairs(n) if kind == "state" else hardware_efficient(n, 4)
                return point("threads", kind, threads, circuit, rows=rows)

            what = f"random pairs, {n} qubits" if rows == 1 else f"{rows} rows, {n} qubits"
            title = f"{what}, {threads} thread(s)"
            yield Entry(f"threads/{kind}/{threads}", "threads", title, built, threads=threads)


def _devices(options: Options) -> Iterator[Entry]:
    """Weak scaling: each device keeps as many qubits, each doubling adds one."""
    local = QUICK_LOCAL if options.quick else LOCAL
    flags = {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {PRETENDED}".strip()}
    for devices in DEVICES[:2] if options.quick else DEVICES:
        n = local + devices.bit_length() - 1

        def built(devices: int = devices, n: int = n) -> Case:
            import jax

            present, kind = len(jax.devices()), jax.devices()[0].platform
            if devices > present:
                raise LeftOut(f"there are {present} device(s)")
            note = "pretended devices of one CPU: what sharing costs, not what it gains"
            return point(
                "devices", kind, devices, hardware_efficient(n, 4), engine="xla", devices=devices,
                note=note if kind == "cpu" else "",
            )  # fmt: skip

        title = f"{n} qubits on {devices} device(s)"
        yield Entry(f"devices/{devices}", "devices", title, built, environment=flags)


def _predicted(options: Options) -> Iterator[Entry]:
    """What `qsetu.explain` is held against, beside the axes: other sizes, other engines."""
    sizes = QUICK_PREDICTED if options.quick else PREDICTED
    for engine, largest in LARGEST.items():
        for family, make in {**FAMILIES, "zz-map": zz_map}.items():
            for n, rows in sizes if not options.quick or family == QUICK_FAMILY else ():
                for asked in ("values", "gradient") if family in (QUICK_FAMILY, "zz-map") else ("values",):
                    if n > largest:
                        continue

                    def built(
                        engine: str = engine,
                        make: Callable = make,
                        n: int = n,
                        rows: int = rows,
                        asked: str = asked,
                    ) -> Case:
                        how = {"rows": rows, "engine": engine, "gradient": asked == "gradient"}
                        return point("explain", engine, n, make(n), **how)

                    title = f"{engine}: {family}, {asked}, {n} qubits, {rows} row(s)"
                    name = f"explain/{engine}/{family}/{asked}/{n}"
                    yield Entry(name, f"explain, {engine}", title, built)


SUITE = Suite(
    "scaling",
    "time and memory against qubits, depth, rows, threads, devices; predictions, and large sizes on paper",
    _entries,
    rounds=7,
    budget=3.0,
    min_sample=0.01,
    findings=findings,
)
