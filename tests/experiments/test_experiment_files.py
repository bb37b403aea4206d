"""A bad experiment file is refused with the file's name and the key."""

from __future__ import annotations

import pytest

from qsetu.core.errors import ArgumentError
from qsetu.experiments import MODELS, SpecError, builtin_names, load_spec, read_spec
from qsetu.experiments.models import ENCODINGS
from qsetu.experiments.spec import BUILTIN

TEXT = (BUILTIN / "pbmc-cell-types.toml").read_text()


def test_every_builtin_file_is_valid_and_named_after_its_experiment():
    assert "pbmc-cell-types" in builtin_names()
    for name in builtin_names():
        assert load_spec(name).name == name


def test_the_default_experiment_has_both_families():
    families = {MODELS[name].family for name in load_spec("pbmc-cell-types").models}
    assert families == {"quantum", "classical"}


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("components = 8", "components = 8\ncomponent = 3", "features.component: is not a known key"),
        ("components = 8", "", "features.components: is missing"),
        ("components = 8", 'components = "8"', "features.components: "),
        ("components = 8", "components = 31", "features.components: "),
        ("seed = 2026", "seed = -1", "seed: "),
        ("seed = 2026", "seed = true", "seed: "),
        ("confidence = 0.95", "confidence = 1.5", "evaluation.confidence: "),
        ("confidence = 0.95", "confidence = nan", "evaluation.confidence: "),
        ('"pbmc68k-reduced"', '"pbmc68k-reducd"', "Did you mean 'pbmc68k-reduced'"),
        ('"macro_f1"', '"macro_f2"', "evaluation.metrics.2"),
        ("[sizes.quick]", "[sizes.quack]", "sizes.quick: is missing"),
        ("[models.rbf-svm]", "[models.rbf-swm]", "Did you mean 'rbf-svm'"),
        ("bandwidth = 0.05, C", "bandwith = 0.05, C", "models.fidelity-kernel-svm.configurations.0.bandwith"),
        ("bandwidth = 0.05, C", "bandwidth = -1, C", "models.fidelity-kernel-svm.configurations.0.bandwidth"),
        ('"zz-linear-1", b', '"zz-linear-9", b', "models.fidelity-kernel-svm.configurations.0.encoding"),
        ("{ trees = 50 }", "{ trees = 0 }", "sizes.quick.settings.random-forest.trees"),
        ('engine = "auto"', 'engine = "nativ"', "Did you mean 'native'"),
        ("version = 1", "version = 2", "version: "),
        ('"qsetu.experiment"', '"other"', "format: "),
    ],
)
def test_errors_name_file_and_key(tmp_path, old, new, key):
    assert old in TEXT
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    assert "mine.toml" in str(caught.value)
    assert key in str(caught.value)


def test_unequal_budgets_are_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("configurations = 4", "configurations = 5", 1))
    with pytest.raises(SpecError, match=r"configurations: has 4 different.*budgets must be equal"):
        read_spec(path)


def test_a_configuration_twice_is_not_a_larger_budget(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("{ C = 0.03, l1_ratio = 0.5 }", "{ C = 0.1, l1_ratio = 0.5 }", 1))
    with pytest.raises(SpecError, match=r"models.elastic-net.configurations: has 3 different"):
        read_spec(path)


def test_not_toml_and_not_there(tmp_path):
    path = tmp_path / "mine.toml"
    with pytest.raises(SpecError, match=r"mine\.toml.*cannot be read"):
        load_spec(path)
    path.write_text("name = ")
    with pytest.raises(SpecError, match=r"mine\.toml.*not valid TOML"):
        load_spec(str(path))


def test_unknown_experiment_is_refused_with_a_guess():
    with pytest.raises(ArgumentError, match="Did you mean 'pbmc-cell-types'"):
        load_spec("pbmc-cell-type")


def test_settings_of_the_roster_exist_on_the_estimators():
    for entry in MODELS.values():
        estimator = entry.make(3, "reference")
        for parameter in entry.parameters.values():
            assert parameter.path in estimator.get_params(), (entry.name, parameter.path)


def test_every_encoding_builds_a_map_of_the_asked_width():
    for build in ENCODINGS.values():
        assert build(3).num_features == 3
