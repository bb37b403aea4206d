"""Feature maps: how samples become states."""

from qsetu.learn.feature_maps.base import FeatureMap
from qsetu.learn.feature_maps.pauli import IQPFeatureMap, PauliFeatureMap, ZFeatureMap, ZZFeatureMap
from qsetu.learn.feature_maps.roster import FEATURE_MAPS, resolve_feature_map
from qsetu.learn.feature_maps.rotations import AngleFeatureMap, HardwareEfficientFeatureMap
from qsetu.learn.feature_maps.states import AmplitudeFeatureMap, BasisFeatureMap

__all__ = [
    "FEATURE_MAPS",
    "AmplitudeFeatureMap",
    "AngleFeatureMap",
    "BasisFeatureMap",
    "FeatureMap",
    "HardwareEfficientFeatureMap",
    "IQPFeatureMap",
    "PauliFeatureMap",
    "ZFeatureMap",
    "ZZFeatureMap",
    "resolve_feature_map",
]
