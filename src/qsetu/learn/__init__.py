"""Quantum models that behave like scikit-learn's: feature maps, kernels, classifiers."""

from qsetu.learn.ansatz import hardware_efficient_ansatz
from qsetu.learn.feature_maps import (
    FEATURE_MAPS,
    FeatureMap,
    HardwareEfficientMap,
    ZFeatureMap,
    ZZFeatureMap,
)
from qsetu.learn.kernel_classifier import QuantumKernelClassifier
from qsetu.learn.kernels import FidelityKernel, ProjectedKernel, QuantumKernel
from qsetu.learn.variational import VariationalClassifier

__all__ = [
    "FEATURE_MAPS",
    "FeatureMap",
    "FidelityKernel",
    "HardwareEfficientMap",
    "ProjectedKernel",
    "QuantumKernel",
    "QuantumKernelClassifier",
    "VariationalClassifier",
    "ZFeatureMap",
    "ZZFeatureMap",
    "hardware_efficient_ansatz",
]
