"""Classical models of the roster that take numbers: the same numbers that quantum models get."""

from __future__ import annotations

from typing import Any

from qsetu.core.checks import as_int
from qsetu.experiments.models.entry import Build, ModelEntry, Parameter, count, fraction, number, positive

__all__ = ["CLASSICAL_MODELS"]


def _depth(name: str, value: Any) -> Any:
    return as_int(name, value, 1, 64)


def _logistic(build: Build) -> Any:
    from qsetu.experiments.elastic_net import BalancedElasticNet

    return BalancedElasticNet(random_state=build.seed)


def _linear_svm(build: Build) -> Any:
    from sklearn.svm import SVC

    return SVC(kernel="linear", class_weight="balanced", random_state=build.seed)


def _rbf(build: Build) -> Any:
    from qsetu.experiments.baselines.rbf import ScaledRBFSVC

    return ScaledRBFSVC()


def _forest(build: Build) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(class_weight="balanced", random_state=build.seed)


def _boosting(build: Build) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        class_weight="balanced", random_state=build.seed, early_stopping=False, min_samples_leaf=5
    )


def _neighbors(build: Build) -> Any:
    from qsetu.experiments.baselines.neighbors import CappedNeighbors

    return CappedNeighbors()


def _perceptron(build: Build) -> Any:
    from qsetu.experiments.baselines import SmallMLP

    return SmallMLP(random_state=build.seed)


def _ridge(build: Build) -> Any:
    from sklearn.linear_model import Ridge

    return Ridge()


def _bayesian_ridge(build: Build) -> Any:
    from sklearn.linear_model import BayesianRidge

    return BayesianRidge()


def _rbf_ridge(build: Build) -> Any:
    from qsetu.experiments.baselines.rbf import ScaledRBFRidge

    return ScaledRBFRidge()


def _forest_regressor(build: Build) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(random_state=build.seed)


def _boosting_regressor(build: Build) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(random_state=build.seed, early_stopping=False, min_samples_leaf=5)


_C = {"C": Parameter("C", positive)}
_TREES = {
    "trees": Parameter("n_estimators", count),
    "max_features": Parameter("max_features", fraction),
    "min_leaf": Parameter("min_samples_leaf", count),
}
_FOREST_SPACE = {"max_features": (0.1, 0.35, 0.7, 1.0), "min_leaf": (1, 3, 8)}
_BOOSTING = {
    "learning_rate": Parameter("learning_rate", positive),
    "iterations": Parameter("max_iter", count),
    "depth": Parameter("max_depth", _depth),
    "l2": Parameter("l2_regularization", number),
}
_BOOSTING_SPACE = {
    "learning_rate": (0.03, 0.1, 0.3),
    "iterations": (40, 100),
    "depth": (2, 4),
    "l2": (0.0, 1.0),
}

CLASSICAL_MODELS: tuple[ModelEntry, ...] = (
    ModelEntry(
        "elastic-net",
        "Elastic-net logistic regression",
        "classical",
        "classification",
        "numbers",
        "linear model with L1 and L2 penalty",
        {**_C, "l1_ratio": Parameter("l1_ratio", fraction), "max_iter": Parameter("max_iter", count)},
        {"C": (0.01, 0.03, 0.1, 0.3, 1.0, 10.0), "l1_ratio": (0.0, 0.5, 0.9)},
        _logistic,
        "Zou and Hastie, J. R. Stat. Soc. B 67, 301 (2005)",
    ),
    ModelEntry(
        "linear-svm",
        "Linear SVM",
        "classical",
        "classification",
        "numbers",
        "support vector machine without a kernel",
        _C,
        {"C": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)},
        _linear_svm,
        "Cortes and Vapnik, Machine Learning 20, 273 (1995)",
    ),
    ModelEntry(
        "rbf-svm",
        "RBF kernel SVM",
        "classical",
        "classification",
        "numbers",
        "support vector machine on the Gaussian kernel",
        {**_C, "width": Parameter("width", positive)},
        {"C": (0.3, 1.0, 10.0, 100.0), "width": (0.03, 0.1, 0.3, 1.0, 3.0)},
        _rbf,
        "Cortes and Vapnik, Machine Learning 20, 273 (1995)",
    ),
    ModelEntry(
        "random-forest",
        "Random forest",
        "classical",
        "classification",
        "numbers",
        "votes of randomized decision trees",
        _TREES,
        _FOREST_SPACE,
        _forest,
        "Breiman, Machine Learning 45, 5 (2001)",
    ),
    ModelEntry(
        "gradient-boosting",
        "Gradient boosting",
        "classical",
        "classification",
        "numbers",
        "decision trees, each correcting those before it",
        _BOOSTING,
        _BOOSTING_SPACE,
        _boosting,
        "Friedman, Annals of Statistics 29, 1189 (2001)",
    ),
    ModelEntry(
        "nearest-neighbors",
        "Nearest neighbors",
        "classical",
        "classification",
        "numbers",
        "votes of the nearest training samples, by distance",
        {"neighbors": Parameter("n_neighbors", count)},
        {"neighbors": (1, 2, 3, 4, 5, 7, 9, 11, 15, 20, 25, 30)},
        _neighbors,
        "Cover and Hart, IEEE Trans. Inf. Theory 13, 21 (1967)",
    ),
    ModelEntry(
        "multilayer-perceptron",
        "Small neural network",
        "classical",
        "classification",
        "numbers",
        "one layer of hidden units, classes balanced by repeating samples",
        {
            "hidden": Parameter("hidden", count),
            "penalty": Parameter("alpha", number),
            "max_iter": Parameter("max_iter", count),
        },
        {"hidden": (8, 16, 32, 64), "penalty": (1e-4, 1e-2, 1.0)},
        _perceptron,
        "Rumelhart, Hinton and Williams, Nature 323, 533 (1986)",
    ),
    ModelEntry(
        "ridge",
        "Ridge regression",
        "classical",
        "regression",
        "numbers",
        "linear model with L2 penalty",
        {"alpha": Parameter("alpha", positive)},
        {"alpha": (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4)},
        _ridge,
        "Hoerl and Kennard, Technometrics 12, 55 (1970)",
    ),
    ModelEntry(
        "bayesian-ridge",
        "Bayesian ridge",
        "classical",
        "regression",
        "numbers",
        "linear model whose penalty is estimated by evidence",
        {
            "alpha_1": Parameter("alpha_1", positive),
            "lambda_1": Parameter("lambda_1", positive),
        },
        {"alpha_1": (1e-6, 1e-3, 1.0), "lambda_1": (1e-6, 1e-3, 1.0, 10.0)},
        _bayesian_ridge,
        "MacKay, Neural Computation 4, 415 (1992)",
    ),
    ModelEntry(
        "rbf-ridge",
        "RBF kernel ridge",
        "classical",
        "regression",
        "numbers",
        "ridge regression on the Gaussian kernel",
        {"alpha": Parameter("alpha", positive), "width": Parameter("width", positive)},
        {"alpha": (0.01, 0.1, 1.0, 10.0), "width": (0.03, 0.1, 0.3, 1.0, 3.0)},
        _rbf_ridge,
        "Saunders, Gammerman and Vovk, ICML 515 (1998)",
    ),
    ModelEntry(
        "random-forest-regressor",
        "Random forest",
        "classical",
        "regression",
        "numbers",
        "mean of randomized decision trees",
        _TREES,
        _FOREST_SPACE,
        _forest_regressor,
        "Breiman, Machine Learning 45, 5 (2001)",
    ),
    ModelEntry(
        "gradient-boosting-regressor",
        "Gradient boosting",
        "classical",
        "regression",
        "numbers",
        "decision trees, each correcting those before it",
        _BOOSTING,
        _BOOSTING_SPACE,
        _boosting_regressor,
        "Friedman, Annals of Statistics 29, 1189 (2001)",
    ),
)
