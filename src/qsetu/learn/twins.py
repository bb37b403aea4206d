"""The de-entangled twin of a map, an ansatz, a kernel, a model or a pipeline, by one call."""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator, clone

from qsetu.core.errors import ArgumentError
from qsetu.learn.ansaetze import Ansatz
from qsetu.learn.feature_maps import FeatureMap

__all__ = ["deentangled"]


def deentangled(given: Any) -> Any:
    """The same, but entangling nothing: what a quantum model has to beat to owe anything to entanglement.

    Args:
        given: A feature map, an ansatz, the name of one of them, a kernel, an estimator, or a pipeline that
            ends with one. Estimators come back unfitted.

    Returns:
        The same kind of thing, with as many qubits and angles. The twin of ``"zz"`` is called
        ``"deentangled zz"``.

    Raises:
        ArgumentError: Nothing in it entangles.

    Reference: Bowles et al., arXiv:2403.07059.

    Example:
        >>> from qsetu.learn import FidelityKernel, QuantumKernelClassifier, deentangled
        >>> deentangled(QuantumKernelClassifier(FidelityKernel("zz")))
        QuantumKernelClassifier(kernel=FidelityKernel(feature_map='deentangled zz'))
    """
    if isinstance(given, (FeatureMap, Ansatz)):
        return given.deentangled()
    if isinstance(given, str):
        return given if given.startswith("deentangled ") else f"deentangled {given}"
    if hasattr(given, "steps") and isinstance(given, BaseEstimator):
        name, last = given.steps[-1]
        return clone(given).set_params(**{name: deentangled(last)})
    settings = given.get_params(deep=False) if isinstance(given, BaseEstimator) else {}
    changed = {name: settings[name] for name in ("feature_map", "ansatz", "kernel") if name in settings}
    if not changed:
        raise ArgumentError("given", "must have a feature map, an ansatz or a kernel", given)
    if "kernel" in changed and changed["kernel"] is None:
        from qsetu.learn.kernels import default_kernel

        changed["kernel"] = default_kernel()
    return clone(given).set_params(**{name: deentangled(value) for name, value in changed.items()})
