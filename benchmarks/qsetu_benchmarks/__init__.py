"""The benchmarks' cases: suites that `qsetu bench` finds, declared with public names of qsetu only."""

from qsetu_benchmarks import ci, gpu, interop, learning, peers_suite, scaling, smoke

__all__ = ["SUITES"]

SUITES = (smoke.SUITE, ci.SUITE, peers_suite.SUITE, learning.SUITE, interop.SUITE, scaling.SUITE, gpu.SUITE)
