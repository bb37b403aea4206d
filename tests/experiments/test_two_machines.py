"""The same seed on another machine: other instructions round otherwise, and scores must not notice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

from qsetu.experiments import read_result
from qsetu.experiments.compare import compare_results
from qsetu.experiments.evaluate import first_of_best

PROGRAM = """
import sys
from pathlib import Path
from threadpoolctl import threadpool_info
from small_experiment import small_cells, small_spec
from qsetu.experiments import compute
from qsetu.experiments.record import write_result

write_result(compute(small_spec(), small_cells(), seed=1, workers=2), Path(sys.argv[1]))
print(*{pool.get("architecture") for pool in threadpool_info() if pool["internal_api"] == "openblas"})
"""


def test_rounding_does_not_choose_a_configuration():
    r = 0.3234583425029526
    assert first_of_best([0.1, r, r + 5e-16, r - 5e-16]) == 1
    assert first_of_best([r, r + 1e-6]) == 1
    assert first_of_best([-2.0, -3.0]) == 0


@pytest.mark.slow
def test_scores_agree_whatever_instructions_and_cores_a_machine_has(result, tmp_path):
    here = {pool.get("architecture") for pool in threadpool_info() if pool["internal_api"] == "openblas"}
    if not here:
        pytest.skip("this NumPy has no OpenBLAS that can be told to use older instructions")
    # The oldest kernels that it has: 2 numbers at a time instead of 4 or 8, and no fused multiply-add.
    environment = {**os.environ, "OPENBLAS_CORETYPE": "Prescott"}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parent), environment.get("PYTHONPATH", "")]
    )
    file = tmp_path / "result.json"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()).isdisjoint(here), "the other process used the same instructions"
    found = compare_results(result, read_result(file), tolerance=1e-6)
    assert found.exit_code == 0, found.sentence
