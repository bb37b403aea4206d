"""The suite `peers`: the native engine against other simulators, each at its best setting."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import qsetu
from qsetu.bench import Candidate, Case, Entry, LeftOut, Options, Suite, infidelity
from qsetu.compiler import lower
from qsetu.engines import get_engine
from qsetu_benchmarks import roster
from qsetu_benchmarks.circuits import hardware_efficient, zz_map, zz_parameters
from qsetu_benchmarks.families import build, families
from qsetu_benchmarks.goals import goals
from qsetu_benchmarks.traffic import state_traffic

DTYPE = "complex64"
SAMPLES = 256  # of a batch
LAYERS = 4
GRAM_SAMPLES, GRAM_FEWER = 1000, 100
SHOTS = 10**6
ORACLE_QUBITS = 10  # up to here the reference engine is quick enough to be asked
STATE_PEERS = ("qsim", "aer", "lightning", "qulacs", "scaluq")
BATCH_PEERS = ("default_qubit", "lightning", "qulacs", "scaluq")
GRADIENT_PEERS = ("default_qubit", "lightning", "qulacs")
SIZES = {"circuits": (16, 20, 22, 24), "batch": (8, 10, 12, 14), "gram": (10,), "sampling": (24,)}
QUICK_SIZES = {"circuits": (16,), "batch": (8,), "gram": (8,), "sampling": (16,)}
QUICK_FAMILIES = ("ghz", "qft", "ising", "random_grid")


def _entries(options: Options) -> Iterator[Entry]:
    sizes = QUICK_SIZES if options.quick else SIZES
    for kind, make in (
        ("circuits", _circuits),
        ("batch", _batches),
        ("gram", _gram),
        ("sampling", _sampling),
    ):
        for width in options.sizes or sizes[kind]:
            yield from make(width, options)


def _awake() -> None:
    """The engine loaded and tested, so that a first call is the circuit's and not the engine's."""
    qsetu.expectation(qsetu.Circuit(1), "Z0", engine="native")


def _new(circuit: qsetu.Circuit) -> object:
    """A run of a circuit never seen before: lowering, checking, planning and binding come with it."""
    engine, params = get_engine("native"), np.zeros((1, circuit.num_params))
    return lambda: engine.states(lower(circuit), params, np.dtype(DTYPE))


def _circuits(width: int, options: Options) -> Iterator[Entry]:
    """One state each: the whole statevector is asked of everybody."""
    seen: dict[qsetu.Circuit, str] = {}
    for family in families():
        if options.quick and family not in QUICK_FAMILIES:
            continue

        def make(family: str = family) -> Case:
            built = build(family, width)
            twin = seen.setdefault(built.circuit, family)
            if twin != family:
                raise LeftOut(f"equal to the circuit of {twin}")
            circuit = built.circuit
            _awake()
            small = circuit.num_qubits <= ORACLE_QUBITS
            return Case(
                Candidate(
                    "qsetu", "", DTYPE, lambda: qsetu.statevector(circuit, engine="native"), role="ours"
                ),
                roster.builders("states", STATE_PEERS, options, circuit, options.threads),
                infidelity,
                {"complex64": 3e-4, "complex128": 3e-4},  # against ours, which is in single precision
                _new(circuit),
                (lambda: qsetu.statevector(circuit, engine="reference", dtype="complex128"))
                if small
                else None,
                {"qubits": circuit.num_qubits, "gates": len(circuit), "width": width, "family": built.group},
                state_traffic(circuit),
                f"the first {len(circuit)} of {built.cut} gates" if built.cut else "",
            )

        yield Entry(
            f"circuits/{family}/{width}",
            f"circuits, {width} qubits",
            f"{family}, {width} qubits",
            make,
            goal=1.0,
        )


def _batches(width: int, options: Options) -> Iterator[Entry]:
    """Expectation of Z0 and its gradient, 256 samples of the 4-layer hardware-efficient ansatz."""
    for kind, title, function, peers in (
        ("forward", "expectations", "expectations", BATCH_PEERS),
        ("gradient", "values and gradients", "gradients", GRADIENT_PEERS),
    ):

        def make(kind: str = kind, function: str = function, peers: tuple[str, ...] = peers) -> Case:
            _awake()
            circuit = hardware_efficient(width, LAYERS)
            params = np.random.default_rng(1).uniform(-np.pi, np.pi, (SAMPLES, circuit.num_params))
            runs = {
                "forward": lambda: qsetu.expectation(circuit, "Z0", params, engine="native"),
                "gradient": lambda: qsetu.value_and_grad(circuit, "Z0", params, engine="native")[1],
            }
            return Case(
                Candidate("qsetu", "", DTYPE, runs[kind], role="ours"),
                roster.builders(function, peers, options, circuit, params, options.threads),
                facts={"qubits": width, "gates": len(circuit), "width": width, "samples": SAMPLES},
            )

        yield Entry(
            f"batch/{kind}/{width}",
            f"batch {kind}",
            f"{title} of {SAMPLES} samples, {width} qubits",
            make,
            goal=20.0,
        )


def _gram(width: int, options: Options) -> Iterator[Entry]:
    """Fidelity kernel of 1,000 samples, ZZ map with two repetitions."""

    def make() -> Case:
        _awake()
        circuit = zz_map(width)
        x = np.random.default_rng(4).uniform(0, np.pi, (GRAM_SAMPLES, width))
        params = zz_parameters(x)
        return Case(
            Candidate("qsetu", "", DTYPE, lambda: qsetu.gram(circuit, params, engine="native"), role="ours"),
            roster.builders("gram", ("fidelity_kernel",), options, width, x, GRAM_FEWER),
            facts={"qubits": width, "gates": len(circuit), "width": width, "samples": GRAM_SAMPLES},
        )

    yield Entry(
        f"gram/zz/{width}",
        "Gram matrix",
        f"Gram matrix of {GRAM_SAMPLES:,}, ZZ map, {width} qubits",
        make,
        goal=100.0,
    )


def _sampling(width: int, options: Options) -> Iterator[Entry]:
    """A million shots of every qubit of the random depth-20 circuit."""

    def make() -> Case:
        _awake()
        circuit = build("random_grid", width).circuit
        ours = lambda: qsetu.sample(circuit, shots=SHOTS, seed=1, engine="native")  # noqa: E731
        return Case(
            Candidate("qsetu", "", DTYPE, ours, role="ours"),
            roster.builders("samples", ("qsim", "aer"), options, circuit, SHOTS, options.threads),
            lambda drawn, _: surprise(drawn, circuit),
            {"complex64": 6.0, "complex128": 6.0},
            facts={"qubits": width, "gates": len(circuit), "width": width, "shots": SHOTS},
        )

    yield Entry(
        f"sampling/random_grid/{width}",
        "sampling",
        f"{SHOTS:,} shots of random depth 20, {width} qubits",
        make,
        goal=2.0,
    )


def surprise(drawn: np.ndarray, circuit: qsetu.Circuit) -> float:
    """How many standard errors the mean probability of the drawn states is from what it should be."""
    if drawn.shape != (SHOTS,):
        return float("inf")
    state = qsetu.statevector(circuit)
    p = state.real.astype(np.float64) ** 2 + state.imag.astype(np.float64) ** 2
    mean = (p**2).sum()
    deviation = np.sqrt((p**3).sum() - mean**2)
    return float(abs(p[drawn].mean() - mean) / (deviation / np.sqrt(len(drawn))))


SUITE = Suite(
    "peers",
    "the native engine against other simulators, each at its best setting",
    _entries,
    goals=goals,
    peers=roster.status,
)
