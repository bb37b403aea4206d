"""Noise: channels that follow gates, errors of readout, and the model that says which follows what.

Reference: M. A. Nielsen and I. L. Chuang, Quantum Computation and Quantum Information, chapter 8.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qsetu.circuits.readout import ReadoutError
from qsetu.core.checks import as_float, as_int
from qsetu.core.errors import ArgumentError, Said

__all__ = ["AmplitudeDamping", "Channel", "Depolarizing", "NoiseModel", "PhaseDamping", "ReadoutError"]

ComplexArray: TypeAlias = NDArray[np.complex128]

_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])

# 4**5 matrices of 32 x 32 take 16 MiB.
MAX_KRAUS_QUBITS = 5


@dataclass(frozen=True)
class Depolarizing:
    """With probability p the qubits of the gate are, together, replaced by the fully mixed state.

    On the m qubits of a gate, ``rho -> (1 - p) rho + p (I / 2^m) tr(rho)``: the identity with probability
    1 - p, else one of the 4^m Pauli strings, the identity among them, all equally likely.

    Args:
        p: From 0 (nothing happens) to 1 (the qubits hold nothing any more).

    Raises:
        ArgumentError: ``p`` is not a number from 0 to 1.

    The same p as in Qiskit Aer's ``depolarizing_error(p, m)``. PennyLane's ``DepolarizingChannel(q)``, on
    one qubit, counts the three letters that change something: q = 3p/4. Nielsen and Chuang, section 8.3.4.
    """

    p: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "p", as_float("p", self.p, low=0.0, high=1.0))

    @property
    def strength(self) -> float:
        """0 where the channel does nothing."""
        return self.p

    def kraus(self, num_qubits: int) -> ComplexArray:
        """Kraus operators on the ``num_qubits`` (1 to 5) qubits m of a gate, complex128 ``(4^m, 2^m, 2^m)``.

        Raises:
            ArgumentError: ``num_qubits`` is out of range.
        """
        strings = _products(_PAULIS, num_qubits)
        weights = np.full(len(strings), self.p / len(strings))
        weights[0] += 1 - self.p
        scaled: ComplexArray = np.sqrt(weights)[:, None, None] * strings
        return scaled


@dataclass(frozen=True)
class AmplitudeDamping:
    """Each qubit of the gate falls from 1 to 0 with probability gamma: energy is lost to a cold surrounding.

    Kraus operators ``[[1, 0], [0, sqrt(1 - gamma)]]`` and ``[[0, sqrt(gamma)], [0, 0]]``, on each qubit. A
    relaxation time T1 and a gate of duration t have gamma = 1 - exp(-t / T1).

    Args:
        gamma: From 0 to 1.

    Raises:
        ArgumentError: ``gamma`` is not a number from 0 to 1.

    The same gamma as in Qiskit Aer's ``amplitude_damping_error`` and PennyLane's ``AmplitudeDamping``.
    Nielsen and Chuang, section 8.3.5.
    """

    gamma: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "gamma", as_float("gamma", self.gamma, low=0.0, high=1.0))

    @property
    def strength(self) -> float:
        """0 where the channel does nothing."""
        return self.gamma

    def kraus(self, num_qubits: int) -> ComplexArray:
        """Kraus operators on the ``num_qubits`` (1 to 5) qubits m of a gate, complex128 ``(2^m, 2^m, 2^m)``.

        Raises:
            ArgumentError: ``num_qubits`` is out of range.
        """
        kept, lost = np.sqrt(1 - self.gamma), np.sqrt(self.gamma)
        return _products(np.array([[[1, 0], [0, kept]], [[0, lost], [0, 0]]]), num_qubits)


@dataclass(frozen=True)
class PhaseDamping:
    """Each qubit of the gate loses phase: what is off its diagonal shrinks by ``sqrt(1 - lam)``.

    Kraus operators ``[[1, 0], [0, sqrt(1 - lam)]]`` and ``[[0, 0], [0, sqrt(lam)]]``, on each qubit; the
    same channel as a Z with probability ``(1 - sqrt(1 - lam)) / 2``.

    Args:
        lam: From 0 to 1.

    Raises:
        ArgumentError: ``lam`` is not a number from 0 to 1.

    The same number as in Qiskit Aer's ``phase_damping_error`` and PennyLane's ``PhaseDamping``. Nielsen and
    Chuang, section 8.3.6.
    """

    lam: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "lam", as_float("lam", self.lam, low=0.0, high=1.0))

    @property
    def strength(self) -> float:
        """0 where the channel does nothing."""
        return self.lam

    @property
    def flip(self) -> float:
        """Probability of the Z."""
        return (1.0 - float(np.sqrt(1.0 - self.lam))) / 2

    def kraus(self, num_qubits: int) -> ComplexArray:
        """Kraus operators on the ``num_qubits`` (1 to 5) qubits m of a gate, complex128 ``(2^m, 2^m, 2^m)``.

        Raises:
            ArgumentError: ``num_qubits`` is out of range.
        """
        kept, lost = np.sqrt(1 - self.lam), np.sqrt(self.lam)
        return _products(np.array([[[1, 0], [0, kept]], [[0, 0], [0, lost]]]), num_qubits)


Channel: TypeAlias = "Depolarizing | AmplitudeDamping | PhaseDamping"

_CHANNELS = (Depolarizing, AmplitudeDamping, PhaseDamping)


@dataclass(frozen=True)
class NoiseModel:
    """Which noise follows which gates, and how measurements err. Immutable and hashable.

    Args:
        one_qubit: A channel, or a sequence of them in order, after each gate on one qubit; the identity
            gate ``id``, an idle step, is a gate.
        two_qubit: The same after each gate on two or more qubits. Controls count as qubits of a gate.
        readout: One error for all qubits, a sequence of one for each qubit, or None.

    Raises:
        ArgumentError: An argument is something else.

    A global phase (``gphase`` without controls) acts on no qubit and has no noise.

    Example:
        >>> from qsetu import Depolarizing, NoiseModel, ReadoutError
        >>> NoiseModel(Depolarizing(0.001), Depolarizing(0.01), readout=ReadoutError(0.02, 0.03))
        NoiseModel(one_qubit=(Depolarizing(p=0.001),), two_qubit=(Depolarizing(p=0.01),), \
readout=ReadoutError(p0_to_1=0.02, p1_to_0=0.03))
    """

    one_qubit: Channel | Sequence[Channel] = ()
    two_qubit: Channel | Sequence[Channel] = ()
    readout: ReadoutError | Sequence[ReadoutError] | None = None

    def __post_init__(self) -> None:
        for name in ("one_qubit", "two_qubit"):
            object.__setattr__(self, name, _as_channels(name, getattr(self, name)))
        object.__setattr__(self, "readout", _as_readout(self.readout))

    def after(self, num_qubits: int) -> tuple[Channel, ...]:
        """The channels, in order, that follow a gate on ``num_qubits`` qubits and do something."""
        channels: Any = () if num_qubits == 0 else self.one_qubit if num_qubits == 1 else self.two_qubit
        return tuple(channel for channel in channels if channel.strength > 0)

    def readout_errors(self, num_qubits: int) -> tuple[ReadoutError, ...]:
        """One error for each qubit, or nothing where all are read as they are.

        Raises:
            ArgumentError: The model has errors for another number of qubits.
        """
        errors: Any = self.readout
        if errors is None:
            return ()
        if isinstance(errors, ReadoutError):
            errors = (errors,) * num_qubits
        if len(errors) != num_qubits:
            rule = f"must have one readout error for each of the circuit's {num_qubits} qubit(s)"
            hint = "Or give one ReadoutError, without a sequence, for all qubits."
            raise ArgumentError("noise", rule, Said(f"{len(errors)} of them"), hint)
        return errors if any(error != ReadoutError() for error in errors) else ()


def _as_channels(name: str, given: Any) -> tuple[Channel, ...]:
    if isinstance(given, _CHANNELS):
        return (given,)
    if isinstance(given, Iterable) and not isinstance(given, str):
        listed = tuple(given)
        if all(isinstance(item, _CHANNELS) for item in listed):
            return listed
    known = ", ".join(channel.__name__ for channel in _CHANNELS)
    raise ArgumentError(name, f"must be a channel or a sequence of channels ({known})", given)


def _as_readout(given: Any) -> ReadoutError | tuple[ReadoutError, ...] | None:
    if given is None or isinstance(given, ReadoutError):
        return given
    if isinstance(given, Iterable) and not isinstance(given, str):
        listed = tuple(given)
        if all(isinstance(item, ReadoutError) for item in listed):
            return listed
    rule = "must be a ReadoutError for all qubits, a sequence of one for each qubit, or None"
    raise ArgumentError("readout", rule, given)


def _products(single: NDArray[Any], num_qubits: int) -> ComplexArray:
    """All products of one operator a qubit, ``(K^m, 2^m, 2^m)``, the first on the least significant bit."""
    width = as_int("num_qubits", num_qubits, 1, MAX_KRAUS_QUBITS)
    chosen = itertools.product(single.astype(np.complex128), repeat=width)
    return np.array([reduce(np.kron, reversed(operators)) for operators in chosen])
