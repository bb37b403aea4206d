"""The native engine among threads: Python's own, its own, and the one that wants to stop it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import qsetu
from support import random_circuit, random_observables, random_params

pytest.importorskip("qsetu.engines.native._native")

TASKS = Path("/proc/self/task")

# (qubits, rows): within a vector, in a core's cache, cut into blocks, a batch of wide ones.
SHAPES = [(3, 1), (8, 5), (12, 3), (14, 1), (15, 2), (17, 1)]


def answers(seed: int) -> list[np.ndarray]:
    """Everything the engine computes, for one circuit."""
    num_qubits, rows = SHAPES[seed % len(SHAPES)]
    circuit = random_circuit(num_qubits, 25, seed)
    params = random_params(circuit, rows, seed)
    observables = random_observables(num_qubits, seed)
    return [
        qsetu.statevector(circuit, params, engine="native"),
        qsetu.expectation(circuit, observables, params, engine="native", dtype="complex128"),
        *qsetu.value_and_grad(circuit, observables, params, engine="native"),
    ]


# Five threads, as different from each other as can be, and all on one circuit (and so on one compiled
# program). The bits are equal: how work is dealt out to threads changes no sum.
@pytest.mark.parametrize(
    "seeds", [list(range(12)), [4] * 8, [3] * 8, [1] * 24], ids=["many", "rows", "blocks", "small"]
)
def test_calls_at_once_give_what_calls_in_turn_give(seeds):
    expected = {seed: answers(seed) for seed in set(seeds)}
    together = threading.Barrier(5)

    def run(seed: int) -> list[np.ndarray]:
        # The first five start as one; where fewer are left, nobody waits for a fifth.
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(timeout=0.5)
        return answers(seed)

    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(run, seeds))
    for seed, arrays in zip(seeds, found, strict=True):
        for one, other in zip(arrays, expected[seed], strict=True):
            np.testing.assert_array_equal(one, other)


def deep(num_qubits: int, layers: int) -> qsetu.Circuit:
    circuit = qsetu.Circuit(num_qubits)
    for layer in range(layers):
        q = layer % num_qubits
        circuit = circuit.ry(qsetu.param(0), q).cx(q, (q + 1) % num_qubits)
    return circuit


CALLS = {
    "statevector": lambda c, p: qsetu.statevector(c, p, engine="native"),
    "expectation": lambda c, p: qsetu.expectation(c, "Z0 X1", p, engine="native"),
    "value_and_grad": lambda c, p: qsetu.value_and_grad(c, "Z0 X1", p, engine="native"),
}


@pytest.mark.parametrize("call", list(CALLS))
@pytest.mark.parametrize(
    ("num_qubits", "layers", "rows"), [(18, 120, 1), (10, 300, 2000)], ids=["wide", "batch"]
)
def test_other_python_threads_go_on_meanwhile(call, num_qubits, layers, rows):
    circuit, params = deep(num_qubits, layers), np.full((rows, 1), 0.1)
    CALLS[call](circuit, params)  # compiled
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    ticker = threading.Thread(target=tick)
    ticker.start()
    try:
        start = time.perf_counter()
        CALLS[call](circuit, params)
        end = time.perf_counter()
    finally:
        done.set()
        ticker.join()
    # With the lock held, the ticker could tick only before and after.
    inside = [t for t in ticks if start + 0.1 * (end - start) < t < end - 0.1 * (end - start)]
    assert inside, f"no tick in the middle of a call of {end - start:.3f} s"


@pytest.mark.skipif(not TASKS.is_dir(), reason="threads are counted in /proc, which Linux has")
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(("num_qubits", "rows"), [(18, 1), (10, 400)], ids=["wide", "batch"])
def test_the_number_of_threads_is_the_one_asked_for(threads, num_qubits, rows):
    # In a process of its own: threads stay for the next call, which here could be one of another test.
    code = textwrap.dedent(f"""
        from pathlib import Path
        import numpy as np, qsetu
        from test_native_threads import deep
        circuit, params = deep({num_qubits}, 200), np.full(({rows}, 1), 0.1)
        total = lambda: sum(1 for _ in Path("/proc/self/task").iterdir())
        qsetu.statevector(deep(2, 1), [0.1], engine="native")  # whatever comes with the first call
        before = total()
        for _ in range(3):
            qsetu.statevector(circuit, params, engine="native")
            print(total() - before)
    """)
    # The calling thread is one of them; later calls make no more.
    assert in_a_new_process(code, threads).split() == [str(threads - 1)] * 3


def in_a_new_process(code: str, threads: int) -> str:
    path = os.pathsep.join(["tests", "tests/engines", os.environ.get("PYTHONPATH", "")])
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "QSETU_NUM_THREADS": str(threads), "PYTHONPATH": path},
        timeout=120,
    )
    assert out.returncode == 0, out.stdout + out.stderr
    return out.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own():
    code = textwrap.dedent("""
        import os, warnings
        import numpy as np, qsetu
        from test_native_threads import deep
        warnings.simplefilter("ignore")  # Python's own, about forking beside threads
        circuit, params = deep(10, 50), np.full((200, 1), 0.1)
        expected = qsetu.statevector(circuit, params, engine="native")
        child = os.fork()
        same = bool((qsetu.statevector(circuit, params, engine="native") == expected).all())
        if child == 0:
            os._exit(0 if same else 1)
        print(same, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert in_a_new_process(code, 3).split() == ["True", "0"]


# A gradient of a wide state and a batch of rows have loops of their own: each has to ask.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("num_qubits", "rows"), [(21, 1), (17, 60), (12, 4000)], ids=["wide", "wide batch", "batch"]
)
def test_interrupt_stops_every_kind_of_run_within_a_second(num_qubits, rows):
    code = textwrap.dedent(f"""
        import os, signal, sys, threading, time
        import numpy as np
        from test_native_threads import CALLS, deep
        circuit, params = deep({num_qubits}, 3000), np.full(({rows}, 1), 0.1)
        for name, call in CALLS.items():
            call(deep(2, 4), np.full((1, 1), 0.1))
            sent = []
            def interrupt():
                time.sleep(0.5)
                sent.append(time.perf_counter())
                os.kill(os.getpid(), signal.SIGINT)
            threading.Thread(target=interrupt, daemon=True).start()
            try:
                call(circuit, params)
            except KeyboardInterrupt:
                print(name, time.perf_counter() - sent[0], flush=True)
    """)
    out = in_a_new_process(code, 2)
    took = {name: float(seconds) for name, seconds in (line.split() for line in out.splitlines())}
    assert list(took) == list(CALLS), out
    assert max(took.values()) < 1, took
