"""Qiskit: circuits to and fro, primitives and a backend."""

from qsetu.interop.qiskit.backend import Backend, Job
from qsetu.interop.qiskit.estimator import Estimator
from qsetu.interop.qiskit.read import from_qiskit
from qsetu.interop.qiskit.sampler import Sampler
from qsetu.interop.qiskit.write import to_qiskit

__all__ = ["Backend", "Estimator", "Job", "Sampler", "from_qiskit", "to_qiskit"]
