"""Features of a fold: fitted on its training part alone, computed once for all models that share them."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qsetu.core.hashing import content_hash
from qsetu.experiments.data import ExperimentData
from qsetu.experiments.spec import RAW, FeatureSpec
from qsetu.experiments.steps import build_steps

__all__ = ["Features", "Made", "needs_labels"]

LIMIT_BYTES = 512 * 2**20


@dataclass(frozen=True, eq=False)
class Made:
    """Features of training and test samples.

    Attributes:
        train: ``(N_train, d)``, or what the dataset has.
        test: ``(N_test, d)``.
        seconds: Wall time of making them; every model that uses them is charged with it.
    """

    train: Any
    test: Any
    seconds: float

    @property
    def nbytes(self) -> int:
        """Memory of both."""
        return int(self.train.nbytes + self.test.nbytes)


class Features:
    """Makes features, and remembers those made last.

    Args:
        data: The samples.
        specs: Steps by name.
    """

    def __init__(self, data: ExperimentData, specs: Mapping[str, FeatureSpec]) -> None:
        self._data = data
        self._specs = specs
        self._made: OrderedDict[str, Made] = OrderedDict()

    def make(self, name: str, train: NDArray[np.int64], test: NDArray[np.int64], y: NDArray[Any]) -> Made:
        """Features called ``name``, fitted on samples ``train`` with their labels ``y``.

        Args:
            name: Name of features, or "raw".
            train: Positions ``(N_train,)``.
            test: Positions ``(N_test,)``.
            y: Labels of ``train``, ``(N_train,)``; permuted ones in the permutation control.
        """
        X = self._data.X
        if name == RAW:
            return Made(X[train], X[test], 0.0)
        seen = y if needs_labels(self._specs[name]) else None
        key = content_hash(name, train, test, seen)
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        start = time.perf_counter()
        steps = build_steps(self._specs[name].steps, self._data.context)
        fitted = np.ascontiguousarray(steps.fit_transform(X[train], y), dtype=np.float64)
        made = Made(
            fitted,
            np.ascontiguousarray(steps.transform(X[test]), dtype=np.float64),
            time.perf_counter() - start,
        )
        self._made[key] = made
        while len(self._made) > 1 and sum(m.nbytes for m in self._made.values()) > LIMIT_BYTES:
            self._made.popitem(last=False)
        return made


def needs_labels(spec: FeatureSpec) -> bool:
    """Whether any step looks at labels."""
    from qsetu.genomics.encoders import ENCODERS

    names = [str(step["step"]) for step in spec.steps]
    return any(name == "select" or (name in ENCODERS and ENCODERS[name].needs_labels) for name in names)
