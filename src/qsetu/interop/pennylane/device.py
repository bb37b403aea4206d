"""The device ``qsetu.qubit``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from pennylane.devices import Device
from pennylane.devices.execution_config import ExecutionConfig, MCMConfig
from pennylane.devices.modifiers import simulator_tracking, single_tape_support
from pennylane.exceptions import DeviceError
from pennylane.math import Interface
from pennylane.tape import QuantumScript
from pennylane.transforms.core import CompilePipeline

from qsetu.core.checks import as_choice, as_complex_dtype
from qsetu.engines import ENGINES
from qsetu.interop.pennylane.derivatives import jacobians, vjps
from qsetu.interop.pennylane.execution import Settings, execute
from qsetu.interop.pennylane.observables import PROBABILITY_WIRES, TermCache, specify
from qsetu.interop.pennylane.preprocess import is_broadcast, measures_trainable, pipeline
from qsetu.interop.pennylane.structure import Reader

__all__ = ["QsetuQubit"]

_OWN_GRADIENTS = ("adjoint", "device", "best")


@simulator_tracking
@single_tape_support
class QsetuQubit(Device):
    """qsetu's engines as a PennyLane device.

    Args:
        wires: Number of wires, or their labels; None for as many as a circuit has.
        shots: Shots of circuits that do not say how many; None for exact results.
        seed: Of the samples, whatever :func:`numpy.random.default_rng` takes; "global" takes one from NumPy's
            global generator, None from the operating system.
        dtype: complex128 (default) or complex64.
        engine: "auto", "native", "xla" or "reference".

    Example:
        >>> import pennylane as qml
        >>> device = qml.device("qsetu.qubit", wires=2)
        >>> @qml.qnode(device)
        ... def circuit(theta):
        ...     qml.RY(theta, wires=0)
        ...     qml.CNOT(wires=[0, 1])
        ...     return qml.expval(qml.Z(0) @ qml.Z(1))
        >>> round(float(circuit(0.3)), 6)
        1.0
    """

    def __init__(
        self,
        wires: Any = None,
        shots: Any = None,
        *,
        seed: Any = "global",
        dtype: DTypeLike = np.complex128,
        engine: str = "auto",
    ) -> None:
        super().__init__(wires=wires, shots=shots)
        self._dtype = as_complex_dtype("dtype", dtype)
        self._engine = as_choice("engine", engine, ["auto", *ENGINES])
        # As default.qubit does, so that np.random.seed makes a program repeatable.
        start = np.random.randint(0, 10_000_000) if isinstance(seed, str) and seed == "global" else seed  # noqa: NPY002
        self._rng = np.random.default_rng(start)
        self._reader = Reader()
        self._terms = TermCache()

    @property
    def name(self) -> str:
        """The name of the device."""
        return "qsetu.qubit"

    # -- what is done before the device is asked ---------------------------------------------------------

    def supports_derivatives(
        self, execution_config: ExecutionConfig | None = None, circuit: QuantumScript | None = None
    ) -> bool:
        """Whether the device differentiates this circuit itself."""
        method = "device" if execution_config is None else execution_config.gradient_method
        if method not in _OWN_GRADIENTS:
            return False
        if circuit is None:
            return True
        if circuit.shots or any(getattr(op, "postselect", None) is not None for op in circuit.operations):
            return False
        if _is_traced(execution_config):
            return True
        if method == "best" and execution_config is not None and execution_config.derivative_order > 1:
            return False  # PennyLane's parameter shift goes on where the adjoint method ends
        if method == "best" and measures_trainable(circuit):
            return False
        return all(self._differentiates(mp) for mp in circuit.measurements)

    def _differentiates(self, mp: Any) -> bool:
        if mp.mv is not None:
            return True  # what is measured shows when it is deferred
        kind, content = specify(mp, self._terms)
        if kind == "probabilities":
            return 0 < len(content) <= PROBABILITY_WIRES
        return kind in ("value", "variance")

    def supports_vjp(
        self, execution_config: ExecutionConfig | None = None, circuit: QuantumScript | None = None
    ) -> bool:
        """Whether the device computes vector-Jacobian products of this circuit itself."""
        return self.supports_derivatives(execution_config, circuit)

    def setup_execution_config(
        self, config: ExecutionConfig | None = None, circuit: QuantumScript | None = None
    ) -> ExecutionConfig:
        """The configuration with everything decided that was left to the device."""
        given = config or ExecutionConfig()
        changes: dict[str, Any] = {"mcm_config": _deferred(given.mcm_config)}
        for option in given.device_options:
            raise DeviceError(f"device option {option} not present on {self}")
        if given.gradient_method in _OWN_GRADIENTS and _is_traced(given) and circuit is not None:
            # What PennyLane calls so: JAX sees through the device and differentiates what it finds there.
            changes["gradient_method"] = "backprop"
            changes["use_device_gradient"] = True
            changes["use_device_jacobian_product"] = False
            changes["grad_on_execution"] = False
            changes["convert_to_numpy"] = False
        elif given.gradient_method in _OWN_GRADIENTS:
            changes["gradient_method"] = "adjoint"
            changes["use_device_gradient"] = True
            if given.use_device_jacobian_product is None:
                changes["use_device_jacobian_product"] = False
            # Rows of a batch have nothing to do with each other: their Jacobian is mostly zeros.
            if circuit is not None and is_broadcast(circuit):
                changes["use_device_jacobian_product"] = True
            if given.grad_on_execution is None:
                changes["grad_on_execution"] = True
        return replace(given, **changes)

    def preprocess_transforms(self, execution_config: ExecutionConfig | None = None) -> CompilePipeline:
        """What is done to circuits before they are given to the device."""
        return pipeline(execution_config or ExecutionConfig(), self.wires, self.name)

    # -- what the device is asked ------------------------------------------------------------------------

    def execute(self, circuits: Any, execution_config: ExecutionConfig | None = None) -> Any:
        """The results of circuits; those of one structure run as one batch."""
        reads = [self._reader.read(tape) for tape in circuits]
        settings = self._settings(execution_config)
        if execution_config is not None and execution_config.gradient_method == "backprop":
            from qsetu.interop.pennylane import traced

            return traced.execute(reads, settings)
        return execute(reads, settings)

    def compute_derivatives(self, circuits: Any, execution_config: ExecutionConfig | None = None) -> Any:
        """The Jacobian of each circuit by its trainable parameters."""
        return self.execute_and_compute_derivatives(circuits, execution_config)[1]

    def execute_and_compute_derivatives(
        self, circuits: Any, execution_config: ExecutionConfig | None = None
    ) -> Any:
        """Results and Jacobians of circuits, by the adjoint method."""
        reads = [self._reader.read(tape) for tape in circuits]
        return jacobians(reads, self._settings(execution_config))

    def compute_vjp(
        self, circuits: Any, cotangents: Any, execution_config: ExecutionConfig | None = None
    ) -> Any:
        """Vector-Jacobian products: one sweep back for each parameter row, however many measurements."""
        return self.execute_and_compute_vjp(circuits, cotangents, execution_config)[1]

    def execute_and_compute_vjp(
        self, circuits: Any, cotangents: Any, execution_config: ExecutionConfig | None = None
    ) -> Any:
        """Results and vector-Jacobian products of circuits."""
        reads = [self._reader.read(tape) for tape in circuits]
        return vjps(reads, cotangents, self._settings(execution_config))

    def _settings(self, config: ExecutionConfig | None) -> Settings:
        fill = config is not None and config.mcm_config.postselect_mode == "fill-shots"
        return Settings(self._engine, self._dtype, self._rng, fill)


def _is_traced(config: ExecutionConfig | None) -> bool:
    """Whether JAX will call the engine itself, with no way through Python in what it compiles."""
    if config is None or config.use_device_jacobian_product:
        return False
    return config.interface in (Interface.JAX, Interface.JAX_JIT)


def _deferred(given: MCMConfig) -> MCMConfig:
    if given.mcm_method not in (None, "deferred", "device"):
        raise DeviceError(
            f"mcm_method='{given.mcm_method}' is not supported by qsetu.qubit: it defers measurements to the "
            "end of the circuit ('deferred')."
        )
    return replace(given, mcm_method="deferred")
