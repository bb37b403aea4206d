"""The gene network as a circuit, fitted to the states that cells are in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from qsetu.circuits import Circuit
from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError
from qsetu.core.seeds import generator
from qsetu.problems.gene_network.base import JointNetwork, frequencies
from qsetu.problems.gene_network.circuit import StateModel, edges_of, network_circuit
from qsetu.problems.gene_network.states import every_state
from qsetu.problems.gene_network.training import descend

__all__ = ["DIVERGENCES", "QuantumGeneNetwork", "divergence"]

Array = NDArray[np.float64]

DIVERGENCES = ("likelihood", "published")
# Of the angles of pairs at the first start, where the published method starts at 0, and at further ones.
FIRST, FURTHER = 0.01, 1.0


@final
class QuantumGeneNetwork(JointNetwork):
    """One qubit a gene (qscGRN): a circuit whose measurement finds genes active as they are in cells.

    RY turns each qubit by ``2 arcsin(sqrt(share of cells in which the gene is active))``; then every gene
    turns every other one by an angle of the pair where it is active itself, a controlled RY. Angles are
    fitted by L-BFGS on the exact distribution, with exact gradients. An angle of a pair above 0 turns a
    silent target towards active; as other gates turn it too, its sign need not be that of the correlation.

    The angles are more than the states tell: different edges can give nearly the same distribution. A small
    ``penalty`` takes the smallest of them, so that another seed, or other cells, give much the same edges;
    they still depend on the order of the genes. See how much they agree between folds (``edge_stability``)
    before reading them as biology. The published method also fixes the angles of the first layer
    (``train_encoder=False``), takes the divergence the other way round (``divergence="published"``) and
    leaves out cells in which all genes are silent; here these are states like the others.

    Args:
        entangled: False leaves out all pairs: the de-entangled twin, whose genes are independent.
        divergence: "likelihood" for the Kullback-Leibler divergence from the model to the data, which
            is maximum likelihood; "published" for that from the data to the model, both smoothed.
        train_encoder: Whether the first layer's angles are fitted too, or stay at the shares.
        penalty: On half the mean of squared angles of pairs, at least 0; draws edges to 0. With 0, edges
            from two samples of the same cells may have little in common.
        alpha: Cells added to every state (Laplace), at least 0.
        binarize: None means that cells must be of 0 and 1; a number, that a gene above it is active.
        restarts: How often to fit, from different angles; the lowest loss is kept. At least 1.
        max_iter: Most iterations of each fit, at least 1.
        tol: A fit ends where no slope (nats per radian) is above this. Above 0.
        patience: A fit ends after so many iterations without a loss lower by ``tol``, at least 1.
        engine: "auto", "native", "xla", "aer" or "reference".
        random_state: Seed of initial angles.
        callback: Called after each iteration with its number and its loss; True ends the fit.

    Attributes:
        distribution_: Probabilities, ``(2^G,)``; bit g of an index is gene g.
        angles_: Of each gene's own RY, radians ``(G,)``.
        edges_: Angles of pairs, radians ``(G, G)``: row is the control (regulator), column the target.
        parameters_: All angles, as ``circuit_`` takes them.
        circuit_: The circuit, with a slot for each angle.
        loss_curve_: Loss at the start and after each iteration of the fit that was kept.
        n_iter_: Iterations of that fit.

    References: Roman-Vicharra and Cai, npj Quantum Information 9, 67 (2023), doi 10.1038/s41534-023-00740-6.

    Example:
        >>> import numpy as np
        >>> from qsetu.problems.gene_network import QuantumGeneNetwork
        >>> first = np.random.default_rng(0).random(2000) < 0.4
        >>> second = np.random.default_rng(1).random(2000) < np.where(first, 0.8, 0.2)
        >>> cells = np.column_stack([first, second])
        >>> model = QuantumGeneNetwork(random_state=0).fit(cells)
        >>> bool(abs(model.distribution_[0b11] - (first & second).mean()) < 0.01)
        True
    """

    def __init__(
        self,
        *,
        entangled: bool = True,
        divergence: str = "likelihood",
        train_encoder: bool = True,
        penalty: float = 0.01,
        alpha: float = 1.0,
        binarize: float | None = None,
        restarts: int = 1,
        max_iter: int = 500,
        tol: float = 1e-7,
        patience: int = 20,
        engine: str = "auto",
        random_state: Any = None,
        callback: Callable[[int, float], Any] | None = None,
    ) -> None:
        super().__init__(alpha=alpha, binarize=binarize)
        self.entangled = entangled
        self.divergence = divergence
        self.train_encoder = train_encoder
        self.penalty = penalty
        self.restarts = restarts
        self.max_iter = max_iter
        self.tol = tol
        self.patience = patience
        self.engine = engine
        self.random_state = random_state
        self.callback = callback

    def _learn(self, counts: Array, alpha: float) -> None:
        kind = as_choice("divergence", self.divergence, DIVERGENCES)
        penalty = as_float("penalty", self.penalty, low=0.0)
        tries = as_int("restarts", self.restarts, 1)
        steps, patience = as_int("max_iter", self.max_iter, 1), as_int("patience", self.patience, 1)
        tol = as_float("tol", self.tol, low=0.0, open_low=True)
        if kind == "published" and alpha == 0:
            raise ArgumentError("alpha", "must be above 0 for divergence='published'", alpha)
        if self.callback is not None and not callable(self.callback):
            raise ArgumentError(
                "callback", "must be a function of iteration and loss, or None", self.callback
            )
        observed, num_genes = frequencies(counts, alpha)
        model = StateModel(network_circuit(num_genes, bool(self.entangled)), self.engine)
        size = model.circuit.num_params
        free = np.arange(size) >= (0 if self.train_encoder else num_genes)
        share = alpha * len(counts) / (counts.sum() + alpha * len(counts))

        def loss(angles: Array) -> tuple[float, Array]:
            value, slopes = divergence(model.probabilities(angles), observed, kind, share)
            gradient = model.pull_back(angles, slopes)
            if penalty and size > num_genes:
                pairs = angles[num_genes:]
                value += 0.5 * penalty * float(np.mean(pairs**2))
                gradient[num_genes:] += penalty * pairs / len(pairs)
            return value, gradient

        seed = int(check_random_state(self.random_state).randint(2**31))
        own = 2 * np.arcsin(np.sqrt(np.clip(observed @ every_state(num_genes), 0.0, 1.0)))
        best: tuple[float, Array, list[float]] | None = None
        for attempt in range(tries):
            noise = generator(seed, "gene-network", attempt).normal(size=size - num_genes)
            start = np.concatenate([own, (FURTHER if attempt else FIRST) * noise])
            run = descend(loss, start, free, steps=steps, tol=tol, patience=patience, callback=self.callback)
            if best is None or run.loss < best[0]:
                best = (run.loss, run.angles, run.curve)
            if run.interrupted:
                break
        assert best is not None
        _, self.parameters_, self.loss_curve_ = best
        self.n_iter_ = len(self.loss_curve_) - 1
        self.angles_ = self.parameters_[:num_genes].copy()
        self.edges_ = edges_of(self.parameters_, num_genes)
        self.distribution_ = model.probabilities(self.parameters_)

    @property
    def circuit_(self) -> Circuit:
        """The circuit, with a slot for each angle of ``parameters_``."""
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        return network_circuit(self.n_features_in_, len(self.parameters_) > self.n_features_in_)


def divergence(model: Array, observed: Array, kind: str, share: float) -> tuple[float, Array]:
    """The loss in nats, and its slopes by the model's probabilities.

    Args:
        model: Probabilities of the circuit, ``(2^G,)``.
        observed: Smoothed frequencies, ``(2^G,)``.
        kind: "likelihood" for ``sum_s q log(q / p)``; "published" for ``sum_s h log(h / q)``, where h is p
            smoothed as q is.
        share: Share of the smoothed frequencies that came from smoothing.
    """
    if kind == "published":
        level = (1 - share) * model + share / len(model)
        ratio = np.log(level / observed)
        return float(level @ ratio), (1 - share) * (1 + ratio)
    seen = observed > 0
    # At 0 the slope would be infinite, while the amplitude's is 0 there: the step is not changed by a floor.
    floor = np.maximum(model, 1e-15)
    ratio = np.where(seen, np.log(np.where(seen, observed, 1.0) / floor), 0.0)
    return float(observed @ ratio), np.where(seen, -observed / floor, 0.0)
