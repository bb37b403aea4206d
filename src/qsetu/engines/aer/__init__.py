"""Qiskit Aer as an engine: statevectors, matrix product states, density matrices, and its noise models."""
