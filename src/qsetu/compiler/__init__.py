"""Circuit to gate program."""

from qsetu.compiler.lower import compile_circuit, lower

__all__ = ["compile_circuit", "lower"]
