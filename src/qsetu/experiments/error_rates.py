"""Of two labels: how often each is taken for the other, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qsetu.experiments.record import ModelRecord

__all__ = ["Rates", "rates"]


@dataclass(frozen=True)
class Rates:
    """Shares of wrong predictions among samples of either label.

    Attributes:
        false_positive: Of the first label, predicted as the second.
        false_negative: Of the second label, predicted as the first.
    """

    false_positive: float
    false_negative: float

    def cost(self, probability_cost: float) -> float:
        """Normalized expected cost, 0 to 1: 1 is everything wrong.

        Args:
            probability_cost: p(+) C(-|+) / (p(+) C(-|+) + p(-) C(+|-)), from 0 to 1: the share of the second
                label, weighted by what its errors cost.

        Reference: Drummond and Holte, Machine Learning 65, 95 (2006).

        Example:
            >>> from qsetu.experiments.error_rates import Rates
            >>> Rates(0.2, 0.4).cost(0.0), Rates(0.2, 0.4).cost(1.0)
            (0.2, 0.4)
        """
        return self.false_negative * probability_cost + self.false_positive * (1 - probability_cost)


def rates(model: ModelRecord) -> Rates | None:
    """Of the pooled out-of-fold predictions; None unless there are two labels, both with samples."""
    counts = np.array(model.confusion or [[0]])
    if counts.shape != (2, 2) or (counts.sum(axis=1) == 0).any():
        return None
    shares = counts / counts.sum(axis=1, keepdims=True)
    return Rates(float(shares[0, 1]), float(shares[1, 0]))
