"""Qiskit's Sampler on our engines."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from qiskit import QuantumCircuit
from qiskit.primitives import (
    BaseSamplerV2,
    BitArray,
    DataBin,
    PrimitiveJob,
    PrimitiveResult,
    SamplerPubResult,
)
from qiskit.primitives.containers.sampler_pub import SamplerPub, SamplerPubLike

from qsetu.circuits import MeasuredCircuit, NoiseModel
from qsetu.core.checks import as_int, as_seed
from qsetu.core.seeds import derive_seed
from qsetu.interop.qiskit.pubs import Batch, Known, batches, split
from qsetu.measure import sample_bits

__all__ = ["Sampler"]


class Sampler(BaseSamplerV2):
    """A sampler of Qiskit's primitives (version 2) that runs on qsetu's engines.

    All parameter rows of a PUB run as one batch, and so do all PUBs with the same circuit. Circuits may
    measure, reset and branch on their way.

    Args:
        default_shots: Shots of a PUB that does not say how many.
        seed: Non-negative integer for repeatable samples; None for fresh ones.
        engine: "auto", or an engine's name.
        dtype: Precision of the simulation, complex64 or complex128.
        noise: What follows each gate, and how readout errs; None for nothing.

    Raises:
        ArgumentError: ``default_shots`` or ``seed`` is out of range; when run, a circuit holds what cannot be
            simulated, or ``noise`` meets a circuit that follows outcomes.

    Example:
        >>> from qiskit import QuantumCircuit
        >>> from qsetu.interop.qiskit import Sampler
        >>> bell = QuantumCircuit(2)
        >>> _ = bell.h(0), bell.cx(0, 1), bell.measure_all()
        >>> counts = Sampler(seed=1).run([bell], shots=1000).result()[0].data.meas.get_counts()
        >>> sorted(counts)
        ['00', '11']
    """

    def __init__(
        self,
        *,
        default_shots: int = 1024,
        seed: int | None = None,
        engine: str = "auto",
        dtype: DTypeLike = np.complex64,
        noise: NoiseModel | None = None,
    ) -> None:
        self.default_shots = as_int("default_shots", default_shots, 1)
        self.seed = as_seed("seed", seed)
        self.engine = engine
        self.dtype = dtype
        self.noise = noise
        self._known = Known()

    def run(
        self, pubs: Iterable[SamplerPubLike], *, shots: int | None = None
    ) -> PrimitiveJob[PrimitiveResult[SamplerPubResult]]:
        """Start sampling; ``result()`` of the job waits for it.

        Args:
            pubs: Circuits, or tuples ``(circuit, parameter values, shots)``, or a list of these.
            shots: For PUBs that do not say how many; None means ``default_shots``.

        Returns:
            A job whose result holds, for each PUB, a :class:`~qiskit.primitives.BitArray` for each classical
            register, of the shape of its parameter values.
        """
        number = self.default_shots if shots is None else as_int("shots", shots, 1)
        coerced = [SamplerPub.coerce(pub, number) for pub in pubs]
        for place, pub in enumerate(coerced):
            if not pub.circuit.cregs:
                warnings.warn(f"pubs[{place}] measures nothing: its result will be empty.", stacklevel=2)
        job = PrimitiveJob(self._run, coerced)
        job._submit()
        return job

    def _run(self, pubs: list[SamplerPub]) -> PrimitiveResult[SamplerPubResult]:
        results: list[Any] = [None] * len(pubs)
        for number, batch in enumerate(batches(pubs, self._known, lambda pub: pub.shots)):
            bits = self._bits(batch, number)
            for (place, pub), mine in zip(batch.pubs, split(bits, batch), strict=True):
                data = _by_register(pub.circuit, mine.reshape(*pub.shape, *mine.shape[1:]))
                metadata = {"shots": pub.shots, "circuit_metadata": pub.circuit.metadata}
                results[place] = SamplerPubResult(DataBin(**data, shape=pub.shape), metadata=metadata)
        return PrimitiveResult(results, metadata={"version": 2})

    def _bits(self, batch: Batch[SamplerPub], number: int) -> NDArray[np.uint8]:
        """``(rows, shots, C)``."""
        shots = batch.pubs[0][1].shots
        if not isinstance(batch.circuit, MeasuredCircuit):
            return np.zeros((len(batch.params), shots, 0), dtype=np.uint8)
        return sample_bits(
            batch.circuit,
            batch.params,
            shots=shots,
            seed=None if self.seed is None else derive_seed(self.seed, "pubs", number),
            engine=self.engine,
            dtype=self.dtype,
            noise=self.noise,
        )


def _by_register(circuit: QuantumCircuit, bits: NDArray[np.uint8]) -> dict[str, BitArray]:
    return {
        register.name: BitArray.from_bool_array(
            bits[..., [circuit.find_bit(bit).index for bit in register]].astype(bool), order="little"
        )
        for register in circuit.cregs
    }
