"""The XLA engine beyond what the laws sweep: structure, depth, memory, precision, batches."""

from __future__ import annotations

import numpy as np
import pytest

import qsetu
from qsetu import Circuit, param
from qsetu.admission import pauli_table
from qsetu.circuits.pauli import as_observables
from qsetu.compiler import compile_circuit
from qsetu.engines.xla import devices, rows
from qsetu.engines.xla import engine as xla
from qsetu.engines.xla.schedule import schedule
from qsetu.engines.xla.tables import build_tables
from support import TOLERANCE, random_circuit, random_observables, random_params

jax = pytest.importorskip("jax")


def fourier(n: int) -> Circuit:
    circuit = Circuit(n)
    for q in reversed(range(n)):
        circuit = circuit.h(q)
        for lower in reversed(range(q)):
            circuit = circuit.cp(np.pi / 2 ** (q - lower), lower, q)
    for q in range(n // 2):
        circuit = circuit.swap(q, n - 1 - q)
    return circuit


def ising(n: int, layers: int) -> Circuit:
    """QAOA of all pairs: a parameter for the diagonal, one for the mixer, in each layer."""
    circuit = Circuit(n)
    for q in range(n):
        circuit = circuit.h(q)
    for layer in range(layers):
        for a in range(n):
            for b in range(a):
                circuit = circuit.rzz(0.1 * (a + 2 * b + 1) * param(2 * layer), a, b)
        for q in range(n):
            circuit = circuit.rx(param(2 * layer + 1), q)
    return circuit


def controlled(n: int) -> Circuit:
    """More controls than a block has qubits, on rotations, phases and an X."""
    circuit = Circuit(n)
    for q in range(n):
        circuit = circuit.ry(0.3 + 0.2 * q, q)
    everything = list(range(n - 1))
    return (
        circuit.append("rx", [n - 1], [param(0)], controls=everything)
        .append("p", [0], [param(1)], controls=list(range(1, n)))
        .mcx(everything[1:], 0)
        .append("ry", [2], [param(0) - 0.2], controls=[*everything[3:], 0])
    )


def layered(n: int, depth: int) -> Circuit:
    circuit = Circuit(n)
    for layer in range(depth):
        for q in range(n):
            circuit = circuit.ry(param((layer * n + q) % 6), q).rz(param(q % 6), q)
        for q in range(n - 1):
            circuit = circuit.cx(q, q + 1)
    return circuit


FAMILIES = {
    "fourier": fourier(9),
    "ising": ising(9, 2),
    "controlled": controlled(9),
    "layered": layered(9, 3),
    "ghz": Circuit(9).h(0).cx(0, 8).cx(8, 3),
    "empty": Circuit(3),
}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", FAMILIES)
def test_structured_circuits_equal_the_oracle(name, dtype):
    circuit = FAMILIES[name]
    params = random_params(circuit, 3, 4)
    expected = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    found = qsetu.statevector(circuit, params, engine="xla", dtype=dtype)
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE[dtype])
    observables = random_observables(circuit.num_qubits, 3)
    values, gradients = qsetu.value_and_grad(circuit, observables, params, engine="xla", dtype=dtype)
    same, slopes = qsetu.value_and_grad(circuit, observables, params, engine="native", dtype="complex128")
    np.testing.assert_allclose(values, same, rtol=0, atol=3 * TOLERANCE[dtype])
    np.testing.assert_allclose(gradients, slopes, rtol=0, atol=200 * TOLERANCE[dtype])


@pytest.mark.parametrize("width", [3, 4, 5, 6])
@pytest.mark.parametrize("seed", range(3))
def test_blocks_of_any_width_give_the_same_state(width, seed, monkeypatch):
    circuit = random_circuit(6, 50, seed)
    params = random_params(circuit, 2, seed)
    monkeypatch.setattr(xla, "block_width", lambda _platform, _program, local: min(width, local))
    xla._layout_of.cache_clear()
    try:
        found = qsetu.statevector(circuit, params, engine="xla", dtype="complex128")
    finally:
        xla._layout_of.cache_clear()
        xla._placed.cache_clear()
    expected = qsetu.statevector(circuit, params, engine="reference", dtype="complex128")
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("spread", [0, 1, 2])
@pytest.mark.parametrize("seed", range(8))
def test_a_schedule_runs_every_operation_once_where_its_qubits_are(spread, seed):
    program = compile_circuit(random_circuit(7, 60, seed))
    plan = schedule(program, 3, spread, ordered=True)
    done = [op for step in plan.steps for op in (*step.swaps, *step.phases, *step.block)]
    assert sorted(done) == list(range(len(program)))
    assert plan.layout == tuple(range(7))
    local = 7 - spread
    for step in plan.steps:
        assert sorted(step.layout) == sorted(step.before) == list(range(7))
        assert step.layout[local:] == step.before[local:]  # a move stays on its device
        for op in step.block:
            inside = set(step.layout[:3]) | {q for q in range(7) if step.outer >> q & 1}
            assert set(program.operation_targets(op)) <= set(step.layout[:3])
            assert set(program.operation_controls(op)) <= inside
        for op in step.swaps:
            assert not set(program.operation_targets(op)) & set(step.before[local:])


def test_structure_saves_passes():
    # All swaps of a GHZ chain are one gather, all phases of a layer one product.
    chain = Circuit(12).h(0)
    for q in range(11):
        chain = chain.cx(q, q + 1)
    assert schedule(compile_circuit(chain), 4).passes <= 3
    plan = schedule(compile_circuit(ising(12, 3)), 4)
    assert sum(bool(step.phases) for step in plan.steps) == 3
    assert sum(bool(step.block) for step in plan.steps) <= 4 * 3  # 12 qubits, 4 to a block


def lowered(circuit: Circuit, observable: str, *, gradient: bool, batch: int = 1):
    """The computation as XLA gets it."""
    program = compile_circuit(circuit)
    table = pauli_table(as_observables("observable", observable, circuit.num_qubits)[0])
    run = xla.ENGINE._prepared(program, np.dtype("complex64"), batch)
    terms = xla._terms(table, run.layout, run.job.plan)
    params = np.zeros((batch, circuit.num_params), np.float32)
    if gradient:
        weights = np.ones((batch, 1, 1), np.float32)
        return xla._gradients.lower(run.job, run.tables, terms, params, weights)
    return xla._expectations.lower(run.job, 1, run.tables, terms, params)


@pytest.mark.parametrize("gradient", [False, True])
def test_what_is_compiled_does_not_grow_with_depth(gradient):
    sizes = [len(lowered(layered(6, depth), "Z0", gradient=gradient).as_text()) for depth in (10, 100, 1000)]
    assert max(sizes) < 1.02 * min(sizes)


def test_circuits_of_one_shape_share_one_executable():
    xla._states.clear_cache()
    for count in range(1, 7):
        circuit = layered(6, 3)
        for q in range(count):
            circuit = circuit.u(0.1 * count, 0.2 * q, 0.3, q)  # each a matrix of its own
        qsetu.statevector(circuit, random_params(circuit, 2), engine="xla")
    assert xla._states._cache_size() <= 2  # sizes may cross one border of the list


def test_a_gradient_keeps_no_state_for_each_step():
    shallow, deep = (
        lowered(layered(12, depth), "Z0", gradient=True).compile().memory_analysis().temp_size_in_bytes
        for depth in (200, 800)
    )
    # Angles grow, some bytes for each gate; not states, of 32 KiB for each of some 900 more steps.
    assert deep - shallow < 900 * 8 * 2**12 / 8


def products(jaxpr):
    """The precision of each matrix product in a computation, inner ones too."""
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            yield equation.params["precision"]
        for value in equation.params.values():
            for inner in value if isinstance(value, (tuple, list)) else (value,):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns"):
                    yield from products(inner)


def found_precisions(engine):
    circuit = controlled(7).compose(ising(7, 1)).compose(layered(7, 2))
    program = compile_circuit(circuit)
    table = pauli_table(as_observables("observable", "X0 Z1 + Z2", 7)[0])
    run = engine._prepared(program, np.dtype("complex64"), 2)
    terms = xla._terms(table, run.layout, run.job.plan)
    params, weights = np.zeros((2, circuit.num_params), np.float32), np.ones((2, 1, 1), np.float32)
    made = jax.make_jaxpr(rows.gradients, static_argnums=0)(run.job, run.tables, terms, params, weights)
    return list(products(made.jaxpr))


def test_every_product_is_in_full_precision_unless_asked():
    # On a GPU a product with less than HIGHEST is done in TF32, with 3 digits; nothing here may be.
    highest = jax.lax.Precision.HIGHEST
    found = found_precisions(xla.ENGINE)
    assert len(found) >= 10
    assert set(found) == {(highest, highest)}
    lower = found_precisions(xla.ENGINE.configured(precision="default"))
    assert len(lower) == len(found)
    assert (highest, highest) not in lower


def test_lower_precision_would_be_seen(monkeypatch):
    # What a GPU does with TF32: operands of 10 bits of mantissa. The law's tolerance has to catch it.
    def rounded(x):
        bits = jax.lax.bitcast_convert_type(x, np.int32)
        return jax.lax.bitcast_convert_type(bits + 0x1000 & ~0x1FFF, np.float32)

    def coarse(x):
        return jax.lax.complex(rounded(x.real), rounded(x.imag)) if jax.numpy.iscomplexobj(x) else rounded(x)

    plain = jax.lax.dot_general

    def coarse_product(a, b, *rest, **how):
        return plain(coarse(a), coarse(b), *rest, **how)

    circuit = scrambled_deep()
    expected = qsetu.statevector(circuit, engine="reference", dtype="complex128")

    def error():
        jax.clear_caches()
        return np.abs(qsetu.statevector(circuit, engine="xla") - expected).max()

    assert error() < TOLERANCE["complex64"]
    monkeypatch.setattr(
        jax.lax, "dot_general", lambda a, b, *rest, **how: plain(coarse(a), coarse(b), *rest, **how)
    )
    try:
        assert error() > 3 * TOLERANCE["complex64"]
    finally:
        monkeypatch.undo()
        jax.clear_caches()


def scrambled_deep() -> Circuit:
    return random_circuit(8, 120, 11, num_slots=0)


def test_a_batch_in_pieces_is_the_batch(monkeypatch):
    circuit = random_circuit(4, 25, 5)
    params, observables = random_params(circuit, 7), random_observables(4, 5)
    weights = np.random.default_rng(0).normal(size=(7, 3))

    def everything():
        return [
            qsetu.statevector(circuit, params, engine="xla", dtype="complex128"),
            qsetu.expectation(circuit, observables, params, engine="xla", dtype="complex128"),
            *qsetu.value_and_grad(circuit, observables, params, engine="xla", dtype="complex128"),
            *qsetu.expectation_vjp(circuit, observables, params, weights, engine="xla", dtype="complex128"),
        ]

    whole = everything()
    monkeypatch.setattr(xla, "rows_at_once", lambda *_: 3)
    for piece, same in zip(everything(), whole, strict=True):
        np.testing.assert_allclose(piece, same, rtol=0, atol=1e-13)


def test_memory_in_work_is_that_of_the_rows_at_once():
    circuit, batch = layered(12, 2), 64
    run = xla.ENGINE._prepared(compile_circuit(circuit), np.dtype("complex64"), batch)
    terms = xla._terms(pauli_table(as_observables("observable", "Z0", 12)[0]), run.layout, run.job.plan)
    params = np.zeros((batch, circuit.num_params), np.float32)

    def needed(at_once):
        job = run.job._replace(rows=at_once)
        compiled = xla._expectations.lower(job, 1, run.tables, terms, params).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    state = 8 * 2**12
    assert needed(64) > 64 * state
    assert needed(4) < 20 * state


def test_rows_at_once_are_bounded_by_memory():
    device = devices.default_device()
    state = 16 * 2**14
    few = devices.rows_at_once(device, state, 10**6)
    assert 1 <= few < 10**6
    assert devices.rows_at_once(device, 2 * state, 10**6) <= few
    assert devices.rows_at_once(device, 2**60, 5) == 1
    assert devices.rows_at_once(device, 1, 5) == 5


def test_indices_of_more_than_32_bits_are_kept_in_halves():
    # 36 qubits: an index is no int32, and JAX has no other integers unless double precision is on.
    n = 36
    circuit = Circuit(n).h(0)
    for q in range(n - 1):
        circuit = circuit.cx(q, q + 1)
    circuit = circuit.ry(0.3, n - 1).cx(n - 1, 0)
    program = compile_circuit(circuit)
    plan = schedule(program, 5, ordered=True)
    _, tables = build_tables(program, plan)
    low = n // 2
    state = 1  # a basis state, moved by the tables alone: what a chain of CX makes of |0...01>
    for number, step in enumerate(plan.steps):
        if step.moves:
            images = tables.steps.scatter[number].astype(np.int64)
            images = images[:, 0] << low | images[:, 1]
            assert len(set(images[:n].tolist())) == n
            moved = images[-1]
            for p in range(n):
                moved ^= images[p] if state >> p & 1 else 0
            back = tables.steps.gather[number].astype(np.int64)
            back = back[:, 0] << low | back[:, 1]
            again = back[-1]
            for p in range(n):
                again ^= back[p] if int(moved) >> p & 1 else 0
            assert again == state
            state = int(moved)
    assert max(tables.steps.gather.max(), tables.steps.scatter.max()) < 2**low


def test_tables_hold_what_a_diagonal_operation_does():
    # A phase is a polynomial in bits; checked on every diagonal gate of the table by the laws, here on
    # a unitary with no structure at all.
    rng = np.random.default_rng(2)
    phases = rng.uniform(-3, 3, 8)
    circuit = Circuit(6)
    for q in range(6):
        circuit = circuit.h(q)
    circuit = circuit.unitary(np.diag(np.exp(1j * phases)), [5, 0, 3], controls=[1])
    program = compile_circuit(circuit)
    shape, tables = build_tables(program, schedule(program, 2))
    assert shape.phases
    assert tables.steps.phase.any()
    found = qsetu.statevector(circuit, engine="xla", dtype="complex128")
    index = np.arange(64)
    chosen = (index >> 5 & 1) | (index >> 0 & 1) << 1 | (index >> 3 & 1) << 2
    expected = np.where(index >> 1 & 1, np.exp(1j * phases[chosen]), 1) / 8
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"engine": "native", "devices": 1}, "'devices' must be None for the native engine"),
        ({"engine": "reference", "precision": "highest"}, "'precision' must be None for the reference"),
        ({"engine": "xla", "devices": 0}, "'devices' must be from 1 to"),
        ({"engine": "xla", "devices": 4096}, "xla_force_host_platform_device_count"),
        ({"engine": "xla", "devices": "gpu"}, "'devices' must be a number of devices"),
        ({"engine": "xla", "devices": []}, "'devices' must be a number of devices"),
        ({"engine": "xla", "devices": True}, "'devices' must be a number of devices"),
        ({"engine": "xla", "devices": [0, 1]}, "'devices' must be a number of devices"),
        ({"engine": "xla", "precision": "tf32"}, "'precision' must be one of"),
        ({"devices": 3.5}, "'devices' must be a number of devices"),
    ],
)
def test_wrong_options_are_refused(how, message):
    with pytest.raises(qsetu.QsetuError, match=message):
        qsetu.statevector(Circuit(2).h(0), **how)
    with pytest.raises(qsetu.QsetuError, match=message):
        qsetu.sample(Circuit(2).h(0), **how)


def test_a_device_twice_is_refused_and_one_is_taken():
    device = jax.devices()[0]
    with pytest.raises(qsetu.QsetuError, match="must not name a device twice"):
        qsetu.statevector(Circuit(2).h(0), devices=[device, device])
    for how in ({"devices": device}, {"devices": [device]}, {"devices": 1}, {"precision": "default"}):
        np.testing.assert_allclose(qsetu.statevector(Circuit(1).x(0), **how), [0, 1])
