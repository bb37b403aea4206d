"""Estimators on quantum kernels."""

from qsetu.learn.kernel_models.base import KernelModel
from qsetu.learn.kernel_models.classifier import QuantumKernelClassifier
from qsetu.learn.kernel_models.gaussian_process import QuantumGaussianProcessRegressor
from qsetu.learn.kernel_models.one_class import QuantumKernelOneClass
from qsetu.learn.kernel_models.regressors import QuantumKernelRegressor, QuantumKernelRidge

__all__ = [
    "KernelModel",
    "QuantumGaussianProcessRegressor",
    "QuantumKernelClassifier",
    "QuantumKernelOneClass",
    "QuantumKernelRegressor",
    "QuantumKernelRidge",
]
