"""Quantum models of the roster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.experiments.models.entry import Build, ModelEntry, Parameter, choice, count, positive

__all__ = ["ENCODINGS", "QUANTUM_MODELS"]


def _zz(reps: int, entanglement: str) -> Callable[[int], Any]:
    def build(num_features: int) -> Any:
        from qsetu.learn import ZZFeatureMap

        return ZZFeatureMap(num_features, reps=reps, entanglement=entanglement)

    return build


def _z(num_features: int) -> Any:
    from qsetu.learn import ZFeatureMap

    return ZFeatureMap(num_features, reps=1)


def _iqp(entanglement: str) -> Callable[[int], Any]:
    def build(num_features: int) -> Any:
        from qsetu.learn import IQPFeatureMap

        return IQPFeatureMap(num_features, reps=1, entanglement=entanglement)

    return build


def _hardware_efficient(num_features: int) -> Any:
    from qsetu.learn import HardwareEfficientFeatureMap

    return HardwareEfficientFeatureMap(num_features, reps=1, entanglement="linear")


def _angle(num_features: int) -> Any:
    from qsetu.learn import AngleFeatureMap

    return AngleFeatureMap(num_features, reps=1)


def _amplitude(num_features: int) -> Any:
    from qsetu.learn import AmplitudeFeatureMap

    return AmplitudeFeatureMap(num_features)


ENCODINGS: dict[str, Callable[[int], Any]] = {
    "z-1": _z,
    "angle-1": _angle,
    "zz-linear-1": _zz(1, "linear"),
    "zz-linear-2": _zz(2, "linear"),
    "zz-full-2": _zz(2, "full"),
    "iqp-linear-1": _iqp("linear"),
    "iqp-full-1": _iqp("full"),
    "hardware-efficient-1": _hardware_efficient,
    "amplitude": _amplitude,
}
"""Feature maps by the names of experiment files: ``number of features -> map``."""


def _encoding(name: str, value: Any) -> str:
    return as_choice(name, value, ENCODINGS)


def _built(value: str, build: Build) -> Any:
    return ENCODINGS[value](build.num_features)


_SHALLOW = ("zz-linear-1", "hardware-efficient-1")
# Bandwidth decides whether a quantum kernel can tell two samples apart (arXiv:2111.05451).
_BANDWIDTHS = (0.05, 0.1, 0.2, 0.4, 0.8)


def _kernel(prefix: str = "kernel__") -> dict[str, Parameter]:
    return {
        "encoding": Parameter(f"{prefix}feature_map", _encoding, _built),
        "bandwidth": Parameter(f"{prefix}bandwidth", positive),
    }


_GAMMA = {"gamma": Parameter("kernel__gamma", positive)}
_C = {"C": Parameter("C", positive)}


def _fidelity(build: Build) -> Any:
    from qsetu.learn import FidelityKernel, QuantumKernelClassifier

    return QuantumKernelClassifier(FidelityKernel(engine=build.engine), class_weight="balanced")


def _projected(build: Build) -> Any:
    from qsetu.learn import ProjectedKernel, QuantumKernelClassifier

    return QuantumKernelClassifier(ProjectedKernel(engine=build.engine), class_weight="balanced")


def _variational(build: Build) -> Any:
    from qsetu.learn import VariationalClassifier

    return VariationalClassifier(class_weight="balanced", random_state=build.seed, engine=build.engine)


def _fidelity_ridge(build: Build) -> Any:
    from qsetu.learn import FidelityKernel, QuantumKernelRidge

    return QuantumKernelRidge(FidelityKernel(engine=build.engine))


def _projected_ridge(build: Build) -> Any:
    from qsetu.learn import ProjectedKernel, QuantumKernelRidge

    return QuantumKernelRidge(ProjectedKernel(engine=build.engine))


def _gaussian_process(build: Build) -> Any:
    from qsetu.learn import FidelityKernel, QuantumGaussianProcessRegressor

    return QuantumGaussianProcessRegressor(FidelityKernel(engine=build.engine))


_TRAINED: Mapping[str, Parameter] = {
    "encoding": Parameter("feature_map", _encoding, _built),
    "ansatz": Parameter(
        "ansatz",
        choice("hardware_efficient", "real_amplitudes", "strongly_entangling", "qcnn", "mps", "tree"),
    ),
    "bandwidth": Parameter("bandwidth", positive),
    "layers": Parameter("num_layers", count),
    "reuploads": Parameter("reuploads", count),
    "epochs": Parameter("epochs", count),
    "batch_size": Parameter("batch_size", count),
    "learning_rate": Parameter("learning_rate", positive),
}

QUANTUM_MODELS: tuple[ModelEntry, ...] = (
    ModelEntry(
        "fidelity-kernel-svm",
        "Fidelity kernel SVM",
        "quantum",
        "classification",
        "numbers",
        "support vector machine on the overlap of encoded states",
        {**_kernel(), **_C},
        {"encoding": _SHALLOW, "bandwidth": _BANDWIDTHS, "C": (0.3, 1.0, 10.0, 100.0)},
        _fidelity,
        "Havlicek et al., Nature 567, 209 (2019)",
        kernel=True,
    ),
    ModelEntry(
        "projected-kernel-svm",
        "Projected kernel SVM",
        "quantum",
        "classification",
        "numbers",
        "support vector machine on distances between one-qubit reduced states",
        {**_kernel(), **_GAMMA, **_C},
        {
            "encoding": _SHALLOW,
            "bandwidth": _BANDWIDTHS,
            "gamma": (0.3, 1.0, 3.0),
            "C": (0.3, 1.0, 10.0, 100.0),
        },
        _projected,
        "Huang et al., arXiv:2011.01938",
        kernel=True,
    ),
    ModelEntry(
        "variational-classifier",
        "Variational classifier",
        "quantum",
        "classification",
        "numbers",
        "trained circuit with a linear read-out",
        _TRAINED,
        {
            "encoding": ("z-1", "hardware-efficient-1"),
            "bandwidth": (0.15, 0.3, 0.6),
            "learning_rate": (0.05, 0.1, 0.2),
        },
        _variational,
        "Schuld et al., arXiv:1804.00633",
    ),
    ModelEntry(
        "fidelity-kernel-ridge",
        "Fidelity kernel ridge",
        "quantum",
        "regression",
        "numbers",
        "ridge regression on the overlap of encoded states",
        {**_kernel(), "alpha": Parameter("alpha", positive)},
        {"encoding": _SHALLOW, "bandwidth": _BANDWIDTHS, "alpha": (0.01, 0.1, 1.0, 10.0)},
        _fidelity_ridge,
        "Havlicek et al., Nature 567, 209 (2019)",
        kernel=True,
    ),
    ModelEntry(
        "projected-kernel-ridge",
        "Projected kernel ridge",
        "quantum",
        "regression",
        "numbers",
        "ridge regression on distances between one-qubit reduced states",
        {**_kernel(), **_GAMMA, "alpha": Parameter("alpha", positive)},
        {
            "encoding": _SHALLOW,
            "bandwidth": _BANDWIDTHS,
            "gamma": (0.3, 1.0, 3.0),
            "alpha": (0.01, 0.1, 1.0, 10.0),
        },
        _projected_ridge,
        "Huang et al., arXiv:2011.01938",
        kernel=True,
    ),
    ModelEntry(
        "quantum-gaussian-process",
        "Quantum Gaussian process",
        "quantum",
        "regression",
        "numbers",
        "Gaussian process whose covariance is the overlap of encoded states",
        {**_kernel(), "noise": Parameter("noise", positive)},
        {"encoding": _SHALLOW, "bandwidth": _BANDWIDTHS, "noise": (0.03, 0.1, 0.3, 1.0)},
        _gaussian_process,
        "Rapp and Roth, arXiv:2304.12923",
        kernel=True,
    ),
)
