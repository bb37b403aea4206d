"""Feature maps by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError
from qsetu.learn.feature_maps.base import FeatureMap
from qsetu.learn.feature_maps.pauli import IQPFeatureMap, PauliFeatureMap, ZFeatureMap, ZZFeatureMap
from qsetu.learn.feature_maps.rotations import AngleFeatureMap, HardwareEfficientFeatureMap
from qsetu.learn.feature_maps.states import AmplitudeFeatureMap, BasisFeatureMap

__all__ = ["FEATURE_MAPS", "TWIN", "resolve_feature_map"]

# What stands before the name of a map, or an ansatz, for its de-entangled twin.
TWIN = "deentangled "

FEATURE_MAPS: dict[str, Callable[[int], FeatureMap]] = {
    "z": ZFeatureMap,
    "zz": ZZFeatureMap,
    "pauli": PauliFeatureMap,
    "iqp": IQPFeatureMap,
    "angle": AngleFeatureMap,
    "hardware_efficient": HardwareEfficientFeatureMap,
    "amplitude": AmplitudeFeatureMap,
    "basis": BasisFeatureMap,
}


def resolve_feature_map(feature_map: Any, num_features: int) -> FeatureMap:
    """A feature map given by name becomes one of the right width; a given object is checked."""
    if isinstance(feature_map, str) and feature_map.startswith(TWIN):
        return resolve_feature_map(feature_map.removeprefix(TWIN), num_features).deentangled()
    if isinstance(feature_map, str):
        return FEATURE_MAPS[as_choice("feature_map", feature_map, FEATURE_MAPS)](num_features)
    if not isinstance(feature_map, FeatureMap):
        names = ", ".join(FEATURE_MAPS)
        raise ArgumentError("feature_map", f"must be a FeatureMap or one of {names}", feature_map)
    if feature_map.num_features != num_features:
        rule = f"must encode the {num_features} feature(s) of X"
        hint = f"Give the map {num_features} features, or reduce X to {feature_map.num_features}."
        raise ArgumentError("feature_map", rule, feature_map, hint)
    return feature_map
