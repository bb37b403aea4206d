"""The roster of models: what each is, how it is built, and which of its settings may be tuned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import unknown_name

__all__ = ["ENCODINGS", "MODELS", "ModelEntry", "Parameter"]

Check = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Parameter:
    """A setting of a model under the name that experiment files use.

    Attributes:
        path: The estimator's own name of it, as for scikit-learn's ``set_params``.
        check: ``(name, value) -> value``; raises ArgumentError, naming it, when the value is bad.
        encodes: The value names a feature map, which must be built for the number of features.
    """

    path: str
    check: Check
    encodes: bool = False


@dataclass(frozen=True)
class ModelEntry:
    """One model of the roster.

    Attributes:
        name: Name in experiment files and results.
        title: Name for people.
        family: "quantum" or "classical".
        summary: One line on what it does.
        parameters: Settings that an experiment file may fix or tune.
        make: ``(seed, engine) -> unfitted scikit-learn classifier``, class weights balanced.
    """

    name: str
    title: str
    family: str
    summary: str
    parameters: Mapping[str, Parameter]
    make: Callable[[int, str], Any]

    def check(self, settings: Mapping[str, Any], where: str) -> None:
        """Refuse unknown or impossible settings; ``where`` is their place in the experiment file.

        Raises:
            ArgumentError: Names the offending key.
        """
        for key, value in settings.items():
            if key not in self.parameters:
                raise unknown_name(f"{where}.{key}", key, self.parameters)
            self.parameters[key].check(f"{where}.{key}", value)

    def translate(self, settings: Mapping[str, Any], num_features: int) -> dict[str, Any]:
        """Settings under the estimator's own names, feature maps built for ``num_features``."""
        return {
            self.parameters[key].path: (
                ENCODINGS[value](num_features) if self.parameters[key].encodes else value
            )
            for key, value in settings.items()
        }

    def build(self, seed: int, engine: str, settings: Mapping[str, Any], num_features: int) -> Any:
        """The unfitted classifier with ``settings`` fixed."""
        return self.make(seed, engine).set_params(**self.translate(settings, num_features))


def _zz(reps: int) -> Callable[[int], Any]:
    def build(num_features: int) -> Any:
        from qsetu.learn import ZZFeatureMap

        return ZZFeatureMap(num_features, reps=reps, entanglement="linear")

    return build


def _z(num_features: int) -> Any:
    from qsetu.learn import ZFeatureMap

    return ZFeatureMap(num_features, reps=1)


def _hardware_efficient(num_features: int) -> Any:
    from qsetu.learn import HardwareEfficientFeatureMap

    return HardwareEfficientFeatureMap(num_features, reps=1, entanglement="linear")


ENCODINGS: dict[str, Callable[[int], Any]] = {
    "z-1": _z,
    "zz-linear-1": _zz(1),
    "zz-linear-2": _zz(2),
    "hardware-efficient-1": _hardware_efficient,
}


def _positive(name: str, value: Any) -> float:
    return as_float(name, value, low=0.0, open_low=True)


def _fraction(name: str, value: Any) -> float:
    return as_float(name, value, low=0.0, high=1.0)


def _count(name: str, value: Any) -> int:
    return as_int(name, value, 1)


def _encoding(name: str, value: Any) -> str:
    return as_choice(name, value, ENCODINGS)


def _width(name: str, value: Any) -> Any:
    return value if value == "scale" else as_float(name, value, low=0.0, open_low=True)


_KERNEL = {
    "encoding": Parameter("kernel__feature_map", _encoding, encodes=True),
    "bandwidth": Parameter("kernel__bandwidth", _positive),
    "C": Parameter("C", _positive),
}


def _fidelity(seed: int, engine: str) -> Any:
    from qsetu.learn import FidelityKernel, QuantumKernelClassifier

    return QuantumKernelClassifier(FidelityKernel(engine=engine), class_weight="balanced")


def _projected(seed: int, engine: str) -> Any:
    from qsetu.learn import ProjectedKernel, QuantumKernelClassifier

    return QuantumKernelClassifier(ProjectedKernel(engine=engine), class_weight="balanced")


def _variational(seed: int, engine: str) -> Any:
    from qsetu.learn import VariationalClassifier

    return VariationalClassifier(class_weight="balanced", random_state=seed, engine=engine)


def _logistic(seed: int, engine: str) -> Any:
    from qsetu.experiments.elastic_net import BalancedElasticNet

    return BalancedElasticNet(random_state=seed)


def _rbf(seed: int, engine: str) -> Any:
    from sklearn.svm import SVC

    return SVC(kernel="rbf", class_weight="balanced", random_state=seed)


def _forest(seed: int, engine: str) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(class_weight="balanced", random_state=seed)


MODELS: dict[str, ModelEntry] = {
    entry.name: entry
    for entry in (
        ModelEntry(
            "fidelity-kernel-svm",
            "Fidelity kernel SVM",
            "quantum",
            "support vector machine on the overlap of encoded states",
            _KERNEL,
            _fidelity,
        ),
        ModelEntry(
            "projected-kernel-svm",
            "Projected kernel SVM",
            "quantum",
            "support vector machine on distances between one-qubit reduced states",
            {**_KERNEL, "gamma": Parameter("kernel__gamma", _positive)},
            _projected,
        ),
        ModelEntry(
            "variational-classifier",
            "Variational classifier",
            "quantum",
            "trained circuit with a linear read-out",
            {
                "encoding": Parameter("feature_map", _encoding, encodes=True),
                "bandwidth": Parameter("bandwidth", _positive),
                "layers": Parameter("num_layers", _count),
                "reuploads": Parameter("reuploads", _count),
                "epochs": Parameter("epochs", _count),
                "batch_size": Parameter("batch_size", _count),
                "learning_rate": Parameter("learning_rate", _positive),
            },
            _variational,
        ),
        ModelEntry(
            "elastic-net",
            "Elastic-net logistic regression",
            "classical",
            "linear model with L1 and L2 penalty",
            {
                "C": Parameter("C", _positive),
                "l1_ratio": Parameter("l1_ratio", _fraction),
                "max_iter": Parameter("max_iter", _count),
            },
            _logistic,
        ),
        ModelEntry(
            "rbf-svm",
            "RBF kernel SVM",
            "classical",
            "support vector machine on the Gaussian kernel",
            {"C": Parameter("C", _positive), "gamma": Parameter("gamma", _width)},
            _rbf,
        ),
        ModelEntry(
            "random-forest",
            "Random forest",
            "classical",
            "votes of randomized decision trees",
            {
                "trees": Parameter("n_estimators", _count),
                "max_features": Parameter("max_features", _fraction),
                "min_leaf": Parameter("min_samples_leaf", _count),
            },
            _forest,
        ),
    )
}
