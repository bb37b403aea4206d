"""The races of `benchmarks/peers.py`: cases, peers, timing, goals, report."""
