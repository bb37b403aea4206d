"""What runs in a race."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# `Circuit` plus the threads everybody gets: what a peer is built from.
Run = Callable[[], Any]
Answer = Callable[[Any], np.ndarray]


@dataclass(frozen=True)
class Candidate:
    """A peer at one setting, ready to run: its circuit is built, in its own format.

    Attributes:
        peer: Name, as in the table.
        setting: What distinguishes this candidate from the peer's others.
        dtype: The precision it computes in.
        run: What is timed.
        answer: What `run` returned, as an array in qsetu's order; not timed.
        scale: Seconds of the case for each second of `run`, where a peer is given a smaller case.
    """

    peer: str
    setting: str
    dtype: str
    run: Run
    answer: Answer = np.asarray
    scale: float = 1.0

    @property
    def name(self) -> str:
        return f"{self.peer} ({self.setting})" if self.setting else self.peer
