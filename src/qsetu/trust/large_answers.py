"""Known answers that take longer: dense matrices, where short mantissas show, and a state of many blocks."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits import Circuit, param
from qsetu.trust.answers import Answer, KnownAnswer
from qsetu.trust.ask import Ask

__all__ = ["DENSE", "LARGE_ANSWERS", "WIDE"]


class _DenseCase(NamedTuple):
    circuit: Circuit
    params: NDArray[np.float64]
    state: NDArray[np.complex128]
    value: float
    gradient: NDArray[np.float64]


_QUBITS, _LAYERS, _SLOTS = 8, 6, 3
_OBSERVABLE, _FACTORS = "Z0 Z5 + 0.5 Z7", {0b00100001: 1.0, 0b10000000: 0.5}


@lru_cache(maxsize=1)
def _dense_case() -> _DenseCase:
    """Random unitaries on two and on five qubits, rotations between, all multiplied out in float64.

    A GPU may multiply matrices with mantissas of 10 bits (TF32) unless told not to: each layer then puts an
    error of some 3e-5 on an amplitude, where float32 puts 4e-9.
    """
    rng = np.random.default_rng(20)
    circuit = Circuit(_QUBITS)
    steps: list[tuple[NDArray[np.complex128] | int, list[int]]] = []
    for layer in range(_LAYERS):
        for width in (2, 5):
            qubits = [int(q) for q in rng.permutation(_QUBITS)[:width]]
            noise = rng.normal(size=(2, 2**width, 2**width))
            matrix, _ = np.linalg.qr(noise[0] + 1j * noise[1])
            circuit = circuit.unitary(matrix, qubits)
            steps.append((matrix, qubits))
        slot, qubit = layer % _SLOTS, int(rng.integers(_QUBITS))
        if layer < _SLOTS:  # one rotation a slot: the shift rule below asks for no more
            circuit = circuit.rx(param(slot), qubit)
            steps.append((slot, [qubit]))
    params = rng.uniform(-2, 2, _SLOTS)

    def state(row: NDArray[np.float64]) -> NDArray[np.complex128]:
        amplitudes = np.zeros(2**_QUBITS, dtype=np.complex128)
        amplitudes[0] = 1
        for step, qubits in steps:
            amplitudes = _multiply(_rx(row[step]) if isinstance(step, int) else step, qubits, amplitudes)
        return amplitudes

    def value(row: NDArray[np.float64]) -> float:
        index = np.arange(2**_QUBITS)
        signs = sum(f * (1.0 - 2.0 * (np.bitwise_count(index & mask) % 2)) for mask, f in _FACTORS.items())
        return float(np.sum(signs * np.abs(state(row)) ** 2))

    quarter = np.pi / 2 * np.eye(_SLOTS)
    gradient = np.array([(value(params + shift) - value(params - shift)) / 2 for shift in quarter])
    return _DenseCase(circuit, params[None], state(params), value(params), gradient)


def _rx(angle: float) -> NDArray[np.complex128]:
    cosine, sine = np.cos(angle / 2), np.sin(angle / 2)
    return np.array([[cosine, -1j * sine], [-1j * sine, cosine]])


def _multiply(
    matrix: NDArray[np.complex128], qubits: list[int], state: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """The gate by its definition: amplitude by amplitude, the targets' bits read as the matrix index."""
    index = np.arange(len(state))
    row = sum((index >> q & 1) << place for place, q in enumerate(qubits))
    rest = index & ~sum(1 << q for q in qubits)
    result = np.zeros_like(state)
    for column in range(len(matrix)):
        source = rest | sum((column >> place & 1) << q for place, q in enumerate(qubits))
        result += matrix[row, column] * state[source]
    return result


def _dense(ask: Ask) -> Answer:
    case = _dense_case()
    (state,) = ask.states(case.circuit, case.params)
    values, gradients = ask.value_and_grad(case.circuit, _OBSERVABLE, case.params)
    found = np.concatenate([state, values, gradients[0]])
    return found, np.concatenate([case.state, [case.value], case.gradient])


def _wide(ask: Ask) -> Answer:
    # RY(a_j), a chain of CX, RX(b_k): <Z_k> = cos b_k cos a_0 ... cos a_k, because the other term holds one Y
    # of a state with real amplitudes. 16 qubits: native cuts this into blocks for threads. The chain takes
    # every third qubit, because xla compiles for as long as there are gates; the others are spread out.
    n, chain = 16, range(0, 16, 3)
    on_chain = np.arange(n) % 3 == 0
    first, last = on_chain * (0.1 + 0.03 * np.arange(n)), on_chain * (0.2 + 0.05 * np.arange(n))
    slots = {0: 0, 6: 1, 15: 2}  # RY on these qubits has a parameter, RX on the same another
    circuit = Circuit(n)
    for q in range(n):
        if q not in chain:
            circuit = circuit.h(q)
        else:
            circuit = circuit.ry(param(slots[q]) if q in slots else float(first[q]), q)
    for q in chain[:-1]:
        circuit = circuit.cx(q, q + 3)
    for q in chain:
        circuit = circuit.rx(param(3 + slots[q]) if q in slots else float(last[q]), q)
    places = list(slots)
    params = np.concatenate([first[places], last[places]])[None]
    values, gradients = ask.value_and_grad(circuit, "Z0 + 2 Z9 - Z15", params)
    expected, slope = 0.0, np.zeros(6)
    for k, factor in ((0, 1.0), (9, 2.0), (15, -1.0)):
        term = factor * np.cos(last[k]) * np.prod(np.cos(first[: k + 1]))
        expected += term
        for q, slot in slots.items():
            slope[slot] -= term * np.tan(first[q]) if q <= k else 0.0
            slope[3 + slot] -= term * np.tan(last[q]) if q == k else 0.0
    return np.concatenate([values, gradients[0]]), np.concatenate([[expected], slope])


DENSE = KnownAnswer("dense unitaries (TF32 shows)", _dense, any_state=False)
WIDE = KnownAnswer("16 qubits, blocks and threads", _wide, any_state=False)
LARGE_ANSWERS = (DENSE, WIDE)
