"""Computations whose results are known on paper: closed forms, small states, quick on every engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits import Circuit, param
from qsetu.trust.ask import Ask

__all__ = ["GRADIENT", "SMALL_ANSWERS", "Answer", "KnownAnswer"]

# Found and expected.
Answer = tuple[NDArray[Any], NDArray[Any]]

_NONE = np.zeros((1, 0))


@dataclass(frozen=True)
class KnownAnswer:
    """A computation whose result is known on paper. ``run(ask)`` gives (found, expected).

    ``any_state`` says that an engine can be asked that holds density matrices, hence has no statevectors and
    room for few qubits.
    """

    name: str
    run: Callable[[Ask], Answer]
    any_state: bool = True


def _ghz(ask: Ask) -> Answer:
    circuit = Circuit(5).h(2)
    for target in (0, 4, 1, 3):
        circuit = circuit.cx(2, target)
    expected = np.zeros(32)
    expected[[0, 31]] = np.sqrt(0.5)
    return ask.states(circuit, _NONE)[0], expected


def _fourier(ask: Ask) -> Answer:
    n, k = 5, 11
    circuit = Circuit(n)
    for q in range(n):
        circuit = circuit.x(q) if k >> q & 1 else circuit
    for q in reversed(range(n)):
        circuit = circuit.h(q)
        for lower in reversed(range(q)):
            circuit = circuit.cp(np.pi / 2 ** (q - lower), lower, q)
    for q in range(n // 2):
        circuit = circuit.swap(q, n - 1 - q)
    index = np.arange(2**n)
    expected = np.exp(2j * np.pi * k * index / 2**n) / np.sqrt(2**n)
    return ask.states(circuit, _NONE)[0], expected


def _gradient(ask: Ask) -> Answer:
    # <Z0> after RX(a) RX(b) is cos(a + b); after the CX, qubit 1 is a copy of qubit 0 along Z.
    circuit = Circuit(2).rx(param(0), 0).rx(0.5 * param(1) + 0.25, 0).cx(0, 1)
    params = np.linspace(-3.0, 3.0, 14).reshape(7, 2)
    values, gradients = ask.value_and_grad(circuit, "Z0 + 2 Z1", params)
    angle = params[:, 0] + 0.5 * params[:, 1] + 0.25
    slope = -3 * np.sin(angle)
    expected = np.column_stack([3 * np.cos(angle), slope, 0.5 * slope])
    return np.column_stack([values, gradients]), expected


def _ising(ask: Ask) -> Answer:
    # exp(-i t/2 XX) on |00>: <Z0> = cos t, <Y0 X1> = -sin t, <Z0 Z1> = 1.
    params = np.linspace(0.0, 6.0, 9)[:, None]
    circuit = Circuit(2).rxx(param(0), 0, 1)
    found = ask.values(circuit, ["Z0", "Y0 X1", "Z0 Z1"], params)
    t = params[:, 0]
    return found, np.column_stack([np.cos(t), -np.sin(t), np.ones_like(t)])


def _adder(ask: Ask) -> Answer:
    # Adds 1 modulo 16 by multi-controlled X: |15> -> |0>, |6> -> |7>.
    increment = Circuit(4).mcx([0, 1, 2], 3).mcx([0, 1], 2).cx(0, 1).x(0)
    starts = (Circuit(4).x(0).x(1).x(2).x(3), Circuit(4).x(1).x(2))
    found = [ask.states(start.compose(increment), _NONE)[0] for start in starts]
    expected = np.zeros((2, 16))
    expected[0, 0] = expected[1, 7] = 1.0
    return np.array(found), expected


def _reduced(ask: Ask) -> Answer:
    # Each of a pair cos|00> + sin|11> is mixed, the qubit beside it stays pure.
    circuit = Circuit(3).ry(param(0), 0).cx(0, 1).ry(param(1), 2)
    params = np.array([[0.7, -1.1], [2.3, 0.4]])
    cosine, sine = np.cos(params / 2), np.sin(params / 2)
    expected = np.zeros((2, 3, 2, 2))
    expected[:, :2, 0, 0] = cosine[:, :1] ** 2
    expected[:, :2, 1, 1] = sine[:, :1] ** 2
    alone = np.stack([cosine[:, 1], sine[:, 1]], axis=-1)
    expected[:, 2] = alone[:, :, None] * alone[:, None, :]
    return ask.reduced(circuit, params), expected


def _samples(ask: Ask) -> Answer:
    # Half of the shots would have to fall on |13> and half on |18>, and none between: bits 0 to 4 are
    # copies of one coin or its opposite.
    circuit = Circuit(5).h(0).cx(0, 1).cx(0, 2).cx(0, 3).cx(0, 4).x(1).x(4)
    shots = ask.samples(circuit, 256)
    return np.where(shots == 13, 18, shots), np.full(256, 18)


GRADIENT = KnownAnswer("values and gradients, batched", _gradient)
SMALL_ANSWERS = (
    KnownAnswer("GHZ state", _ghz, any_state=False),
    KnownAnswer("quantum Fourier transform", _fourier, any_state=False),
    GRADIENT,
    KnownAnswer("Ising evolution", _ising),
    KnownAnswer("multi-controlled adder", _adder, any_state=False),
    KnownAnswer("reduced density matrices", _reduced),
    KnownAnswer("samples", _samples),
)
