"""One of two processes that share eight devices: `distributed_case.py PORT NUMBER`. Prints "devices 8 ok"."""

from __future__ import annotations

import sys
from pathlib import Path

import jax
import numpy as np

jax.config.update("jax_cpu_collectives_implementation", "gloo")
jax.distributed.initialize(f"localhost:{sys.argv[1]}", num_processes=2, process_id=int(sys.argv[2]))

sys.path.insert(0, str(Path(__file__).parents[1]))

import qsetu  # noqa: E402
from support import random_circuit, random_params  # noqa: E402

circuit = random_circuit(9, 60, 3)
params = random_params(circuit, 2)
found = qsetu.value_and_grad(circuit, "X0 Z8 + Y3", params, engine="xla", devices=8)
same = qsetu.value_and_grad(circuit, "X0 Z8 + Y3", params, engine="reference", dtype="complex128")
np.testing.assert_allclose(found[0], same[0], rtol=0, atol=1e-5)
np.testing.assert_allclose(found[1], same[1], rtol=0, atol=1e-4)
try:
    # No process has all of a state: this is said, not guessed at.
    qsetu.statevector(circuit, params, engine="xla", devices=8)
except qsetu.QsetuError as error:
    assert "several processes" in str(error), error
else:
    raise AssertionError("a state was given that no process has")
print("devices", len(jax.devices()), "ok", flush=True)
