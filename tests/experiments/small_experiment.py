"""The built-in experiment, small enough for tests."""

from __future__ import annotations

from qsetu.experiments import ExperimentSpec, load_spec


def small_spec(**changes) -> ExperimentSpec:
    """The built-in experiment with 3 components, 2 x 2 folds, 2 configurations and short training."""
    data = load_spec("pbmc-cell-types").model_dump(mode="json")
    data["features"] = {"select": 20, "components": 3}
    size = {"outer_folds": 2, "repeats": 1, "inner_folds": 2, "configurations": 2}
    size["settings"] = {"variational-classifier": {"epochs": 1}, "random-forest": {"trees": 10}}
    if "models" in changes:
        size["settings"] = {k: v for k, v in size["settings"].items() if k in changes["models"]}
    data["sizes"] = {"default": size, "quick": size}
    return ExperimentSpec.model_validate({**data, **changes})
