"""Variational models: trainable circuits with scikit-learn's interface."""

from qsetu.learn.variational.base import VariationalModel
from qsetu.learn.variational.estimators import VariationalClassifier, VariationalRegressor
from qsetu.learn.variational.training import TrainingState

__all__ = ["TrainingState", "VariationalClassifier", "VariationalModel", "VariationalRegressor"]
