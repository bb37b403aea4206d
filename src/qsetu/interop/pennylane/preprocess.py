"""What PennyLane does to a tape before the device sees it: decomposing, deferring, validating."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import pennylane as qml
from pennylane.decomposition.gate_set import GateSet
from pennylane.devices.default_qubit import accepted_analytic_measurement, accepted_sample_measurement
from pennylane.devices.execution_config import ExecutionConfig
from pennylane.devices.preprocess import (
    decompose,
    device_resolve_dynamic_wires,
    no_sampling,
    validate_adjoint_trainable_params,
    validate_device_wires,
    validate_measurements,
)
from pennylane.math import Interface
from pennylane.measurements import (
    ClassicalShadowMP,
    CountsMP,
    ExpectationMP,
    ProbabilityMP,
    ShadowExpvalMP,
    VarianceMP,
)
from pennylane.operation import Operator, StatePrepBase
from pennylane.ops import MidMeasure
from pennylane.tape import QuantumScript, QuantumScriptBatch
from pennylane.transforms import broadcast_expand, defer_measurements
from pennylane.transforms.core import CompilePipeline, transform
from pennylane.typing import PostprocessingFn

from qsetu.interop.pennylane.gates import KINDS, has_recipe, is_projector, labels_of

__all__ = ["accepts", "is_broadcast", "measures_trainable", "pipeline"]

# A gate that has no decomposition, and one without parameters that is small, becomes its matrix.
MATRIX_WIRES, SMALL_WIRES = 8, 2


def is_trainable(op: Any) -> bool:
    """Whether a derivative by one of the operator's numbers may be asked for."""
    return any(qml.math.requires_grad(number) for number in op.data)


def accepts(op: Operator, differentiated: bool = False) -> bool:
    """Whether the device takes a gate as it is."""
    if has_recipe(op):
        return True
    if isinstance(op, MidMeasure):
        return False
    if is_projector(op):
        return not differentiated
    if differentiated and is_trainable(op):
        return False
    width = len(op.wires)
    if type(op) in KINDS or not op.has_decomposition:
        return bool(op.has_matrix) and 1 <= width <= MATRIX_WIRES
    return not op.data and 1 <= width <= SMALL_WIRES and bool(op.has_matrix)


def measures_trainable(tape: QuantumScript) -> bool:
    """Whether a derivative by a coefficient of an observable may be asked for."""
    # An observable may have thousands: the positions that PennyLane has found say it at once.
    trainable = tape.trainable_params
    if not trainable or max(trainable) < sum(len(op.data) for op in tape.operations):
        return False
    return any(mp.obs is not None and is_trainable(mp.obs) for mp in tape.measurements)


@lru_cache(maxsize=1)
def _gate_set() -> GateSet:
    names = {kind.__name__ for kind in KINDS} - {"Controlled", "ControlledOp", "Adjoint", "AdjointOperation"}
    every = names | {f"C({name})" for name in names} | {f"Adjoint({name})" for name in names}
    return GateSet(every, name="gates of qsetu.qubit")


@transform
def expand_what_has_no_slots(
    tape: QuantumScript, derivatives: bool
) -> tuple[QuantumScriptBatch, PostprocessingFn]:
    """A tape for each row, where rows differ in more than angles.

    So do batched matrices, classical shadows, and, where the whole Jacobian is asked for, rows by whose own
    numbers it is differentiated.
    """
    if tape.batch_size is None:
        return (tape,), _first
    shadows = any(isinstance(mp, (ClassicalShadowMP, ShadowExpvalMP)) for mp in tape.measurements)
    matrices = any(op.batch_size is not None and not has_recipe(op) for op in tape.operations[1:])
    head = tape.operations[0] if tape.operations else None
    if head is not None and head.batch_size is not None:
        matrices |= not has_recipe(head) and not isinstance(head, StatePrepBase)
    of_rows = derivatives and any(
        qml.math.requires_grad(number) for op in tape.operations if op.batch_size for number in op.data
    )
    return broadcast_expand(tape) if shadows or matrices or of_rows else ((tape,), _first)


@transform
def refuse_counts(tape: QuantumScript) -> tuple[QuantumScriptBatch, PostprocessingFn]:
    """JAX wants to know the shape of results before they are computed."""
    if any(isinstance(mp, CountsMP) for mp in tape.measurements):
        raise NotImplementedError("The JAX-JIT interface doesn't support qml.counts.")
    return (tape,), _first


def _first(results: Any) -> Any:
    return results[0]


def is_broadcast(tape: QuantumScript) -> bool:
    """Whether a tape is broadcast; PennyLane's own answer costs more than a small circuit."""
    if any(getattr(number, "shape", ()) for op in tape.operations for number in op.data):
        return tape.batch_size is not None
    return False


def pipeline(config: ExecutionConfig, wires: Any, name: str) -> CompilePipeline:
    """The transforms for this configuration."""
    known = None if wires is None else frozenset(wires)
    steps = CompilePipeline()
    steps.add_transform(prepare, config=config, device_wires=wires, known=known, name=name)
    return steps


@transform
def prepare(
    tape: QuantumScript, config: ExecutionConfig, device_wires: Any, known: frozenset[Any] | None, name: str
) -> tuple[QuantumScriptBatch, PostprocessingFn]:
    """All steps, for a tape on which one of them would do something or raise an error."""
    if _is_ready(tape, _may_differentiate(config), known):
        return (tape,), _first
    tapes, finish = _steps(config, device_wires, name)((tape,))
    return tapes, lambda results: finish(results)[0]


def _may_differentiate(config: ExecutionConfig) -> bool:
    """Whether derivatives of the device may be asked for: not of numbers that are all NumPy's."""
    return bool(config.use_device_gradient) and config.interface != Interface.NUMPY


def _is_ready(tape: QuantumScript, differentiated: bool, wires: frozenset[Any] | None) -> bool:
    if differentiated and (tape.shots or measures_trainable(tape)):
        return False
    accepted = accepted_sample_measurement if tape.shots else accepted_analytic_measurement
    labels: set[Any] = set()
    for op in tape.operations:
        if not has_recipe(op) or any(getattr(number, "shape", ()) for number in op.data):
            return False
        labels.update(labels_of(op))
    for mp in tape.measurements:
        if type(mp) not in _PLAIN_MEASUREMENTS or mp.mv is not None:
            return False
        obs = mp.obs
        if obs is None:
            if not mp.wires or mp.eigvals() is not None:
                return False
        elif obs.pauli_rep is None and not accepted(mp):
            return False
        labels.update(mp.wires.labels)
    # Others may be wires that PennyLane has still to choose.
    if not all(type(label) is int or type(label) is str for label in labels):
        return False
    return wires is None or labels <= wires


_PLAIN_MEASUREMENTS = (ExpectationMP, VarianceMP, ProbabilityMP)


def _steps(config: ExecutionConfig, wires: Any, name: str) -> CompilePipeline:
    differentiated = _may_differentiate(config)
    steps = CompilePipeline()
    if config.interface == Interface.JAX_JIT:
        steps.add_transform(refuse_counts)
    steps.add_transform(defer_measurements, allow_postselect=not differentiated)
    steps.add_transform(
        decompose,
        stopping_condition=partial(accepts, differentiated=True) if differentiated else accepts,
        skip_initial_state_prep=not differentiated,
        device_wires=wires,
        target_gates=_gate_set(),
        name=name,
    )
    steps.add_transform(device_resolve_dynamic_wires, wires=wires, allow_resets=False)
    steps.add_transform(validate_device_wires, wires, name=name)
    steps.add_transform(
        validate_measurements,
        analytic_measurements=accepted_analytic_measurement,
        sample_measurements=accepted_sample_measurement,
        name=name,
    )
    traced = config.gradient_method == "backprop"
    whole_jacobian = differentiated and not traced and not config.use_device_jacobian_product
    steps.add_transform(expand_what_has_no_slots, derivatives=whole_jacobian)
    if differentiated:
        steps.add_transform(no_sampling, name=f"device gradients of {name}")
        if not traced:
            steps.add_transform(validate_adjoint_trainable_params)
    return steps
