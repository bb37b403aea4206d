"""Quantum models that behave like scikit-learn's: feature maps, ansaetze, kernels, estimators."""

from qsetu.learn.ansaetze import (
    ANSAETZE,
    Ansatz,
    HardwareEfficientAnsatz,
    MPSAnsatz,
    QCNNAnsatz,
    RealAmplitudesAnsatz,
    StronglyEntanglingAnsatz,
    TreeAnsatz,
)
from qsetu.learn.autoencoder import QuantumAutoencoder
from qsetu.learn.clustering import QuantumKernelClustering
from qsetu.learn.feature_maps import (
    FEATURE_MAPS,
    AmplitudeFeatureMap,
    AngleFeatureMap,
    BasisFeatureMap,
    FeatureMap,
    HardwareEfficientFeatureMap,
    IQPFeatureMap,
    PauliFeatureMap,
    ZFeatureMap,
    ZZFeatureMap,
)
from qsetu.learn.generator import IQPGenerator
from qsetu.learn.kernel_models import (
    KernelModel,
    QuantumGaussianProcessRegressor,
    QuantumKernelClassifier,
    QuantumKernelOneClass,
    QuantumKernelRegressor,
    QuantumKernelRidge,
)
from qsetu.learn.kernels import (
    CacheInfo,
    FidelityKernel,
    LocalKernel,
    ProjectedKernel,
    QuantumKernel,
    Repair,
    TrainableKernel,
    clear_kernel_cache,
    kernel_cache_info,
    repair_kernel,
    target_alignment,
    target_matrix,
)
from qsetu.learn.layer import QuantumLayer
from qsetu.learn.long_runs import LongRunWarning
from qsetu.learn.twins import deentangled
from qsetu.learn.variational import (
    TrainingState,
    VariationalClassifier,
    VariationalModel,
    VariationalRegressor,
)

__all__ = [
    "ANSAETZE",
    "FEATURE_MAPS",
    "AmplitudeFeatureMap",
    "AngleFeatureMap",
    "Ansatz",
    "BasisFeatureMap",
    "CacheInfo",
    "FeatureMap",
    "FidelityKernel",
    "HardwareEfficientAnsatz",
    "HardwareEfficientFeatureMap",
    "IQPFeatureMap",
    "IQPGenerator",
    "KernelModel",
    "LocalKernel",
    "LongRunWarning",
    "MPSAnsatz",
    "PauliFeatureMap",
    "ProjectedKernel",
    "QCNNAnsatz",
    "QuantumAutoencoder",
    "QuantumGaussianProcessRegressor",
    "QuantumKernel",
    "QuantumKernelClassifier",
    "QuantumKernelClustering",
    "QuantumKernelOneClass",
    "QuantumKernelRegressor",
    "QuantumKernelRidge",
    "QuantumLayer",
    "RealAmplitudesAnsatz",
    "Repair",
    "StronglyEntanglingAnsatz",
    "TrainableKernel",
    "TrainingState",
    "TreeAnsatz",
    "VariationalClassifier",
    "VariationalModel",
    "VariationalRegressor",
    "ZFeatureMap",
    "ZZFeatureMap",
    "clear_kernel_cache",
    "deentangled",
    "kernel_cache_info",
    "repair_kernel",
    "target_alignment",
    "target_matrix",
]
