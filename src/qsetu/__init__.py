"""qsetu: a quantum-classical research sandbox for genomics on fast statevector simulators."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qsetu import learn
    from qsetu.circuits import (
        AmplitudeDamping,
        Circuit,
        Depolarizing,
        MeasuredCircuit,
        NoiseModel,
        PauliSum,
        PhaseDamping,
        ReadoutError,
        counts,
        param,
        params,
    )
    from qsetu.core.errors import (
        QsetuError,
    )
    from qsetu.explanation import (
        Explanation,
        explain,
    )
    from qsetu.interop.openqasm import (
        from_qasm,
        to_qasm,
    )
    from qsetu.interop.qiskit import (
        from_qiskit,
        to_qiskit,
    )
    from qsetu.measure import (
        gram,
        reduced_density_matrices,
        sample,
    )
    from qsetu.mitigation import (
        MitigatedEstimate,
        ZeroNoiseEstimate,
        calibrate_readout,
        fold,
        mitigated_expectation,
        mitigated_probabilities,
        zero_noise_extrapolation,
    )
    from qsetu.noisy import (
        NoisyEstimate,
        density_matrix,
        noisy_expectation,
    )
    from qsetu.simulate import (
        expectation,
        expectation_vjp,
        statevector,
        value_and_grad,
    )

__version__ = "0.1.0"

__all__ = [
    "AmplitudeDamping",
    "Circuit",
    "Depolarizing",
    "Explanation",
    "MeasuredCircuit",
    "MitigatedEstimate",
    "NoiseModel",
    "NoisyEstimate",
    "PauliSum",
    "PhaseDamping",
    "QsetuError",
    "ReadoutError",
    "ZeroNoiseEstimate",
    "__version__",
    "calibrate_readout",
    "counts",
    "density_matrix",
    "expectation",
    "expectation_vjp",
    "explain",
    "fold",
    "from_qasm",
    "from_qiskit",
    "gram",
    "learn",
    "mitigated_expectation",
    "mitigated_probabilities",
    "noisy_expectation",
    "param",
    "params",
    "reduced_density_matrices",
    "sample",
    "statevector",
    "to_qasm",
    "to_qiskit",
    "value_and_grad",
    "zero_noise_extrapolation",
]

# Where each public name lives; nothing is imported before it is asked for.
_HOMES = {
    "AmplitudeDamping": "qsetu.circuits",
    "calibrate_readout": "qsetu.mitigation",
    "Circuit": "qsetu.circuits",
    "counts": "qsetu.circuits",
    "density_matrix": "qsetu.noisy",
    "Depolarizing": "qsetu.circuits",
    "expectation": "qsetu.simulate",
    "expectation_vjp": "qsetu.simulate",
    "explain": "qsetu.explanation",
    "Explanation": "qsetu.explanation",
    "fold": "qsetu.mitigation",
    "from_qasm": "qsetu.interop.openqasm",
    "from_qiskit": "qsetu.interop.qiskit",
    "gram": "qsetu.measure",
    "MeasuredCircuit": "qsetu.circuits",
    "mitigated_expectation": "qsetu.mitigation",
    "mitigated_probabilities": "qsetu.mitigation",
    "MitigatedEstimate": "qsetu.mitigation",
    "NoiseModel": "qsetu.circuits",
    "noisy_expectation": "qsetu.noisy",
    "NoisyEstimate": "qsetu.noisy",
    "param": "qsetu.circuits",
    "params": "qsetu.circuits",
    "PauliSum": "qsetu.circuits",
    "PhaseDamping": "qsetu.circuits",
    "QsetuError": "qsetu.core.errors",
    "ReadoutError": "qsetu.circuits",
    "reduced_density_matrices": "qsetu.measure",
    "sample": "qsetu.measure",
    "statevector": "qsetu.simulate",
    "to_qasm": "qsetu.interop.openqasm",
    "to_qiskit": "qsetu.interop.qiskit",
    "value_and_grad": "qsetu.simulate",
    "zero_noise_extrapolation": "qsetu.mitigation",
    "ZeroNoiseEstimate": "qsetu.mitigation",
}


def __getattr__(name: str) -> Any:
    if name == "learn":
        return importlib.import_module("qsetu.learn")
    if name not in _HOMES:
        raise AttributeError(f"module 'qsetu' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
