"""Quantum kernels: similarity of samples through the states that encode them."""

from qsetu.learn.kernels.alignment import target_alignment, target_matrix
from qsetu.learn.kernels.base import QuantumKernel
from qsetu.learn.kernels.fidelity import FidelityKernel, default_kernel
from qsetu.learn.kernels.reduced import LocalKernel, ProjectedKernel
from qsetu.learn.kernels.repair import Repair, repair_kernel
from qsetu.learn.kernels.store import CacheInfo, clear_kernel_cache, kernel_cache_info
from qsetu.learn.kernels.trainable import TrainableKernel

__all__ = [
    "CacheInfo",
    "FidelityKernel",
    "LocalKernel",
    "ProjectedKernel",
    "QuantumKernel",
    "Repair",
    "TrainableKernel",
    "clear_kernel_cache",
    "default_kernel",
    "kernel_cache_info",
    "repair_kernel",
    "target_alignment",
    "target_matrix",
]
