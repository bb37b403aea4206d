"""A bad experiment file is refused with the file's name, the line and the key."""

from __future__ import annotations

import pytest

from qsetu.core.errors import ArgumentError, OutputError
from qsetu.experiments import MODELS, SpecError, builtin_names, load_spec, read_spec
from qsetu.experiments.metrics import METRICS
from qsetu.experiments.models import ENCODINGS, Build
from qsetu.experiments.spec import BUILTIN
from qsetu.experiments.spec.starter import write_starter

TEXT = (BUILTIN / "pbmc-cell-types.toml").read_text()


def test_every_builtin_file_is_valid_and_named_after_its_experiment():
    assert "pbmc-cell-types" in builtin_names()
    for name in builtin_names():
        spec = load_spec(name)
        assert spec.name == name
        assert {"quick", "default", "full"} <= set(spec.sizes)


@pytest.mark.parametrize("name", builtin_names())
def test_every_builtin_experiment_has_both_families_and_boosting(name):
    spec = load_spec(name)
    entries = [MODELS[spec.roster_name(model)] for model in spec.models]
    assert {entry.family for entry in entries} == {"quantum", "classical"}
    if spec.task != "network":
        assert any(entry.name.startswith("gradient-boosting") for entry in entries)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("components = 8", "component = 8", "features.components.steps.2.component"),
        ("components = 8", 'components = "8"', "features.components.steps.2.components"),
        ("components = 8", "components = 0", "features.components.steps.2.components"),
        (", components = 8", "", "features.components.steps.2.components: must be given"),
        ('step = "pca"', 'step = "pcs"', "Did you mean 'pca'"),
        ('step = "select", keep = 200', 'step = "one-hot"', "takes numbers"),
        ("seed = 2026", "seed = -1", "seed: "),
        ("seed = 2026", "seed = true", "seed: "),
        ("confidence = 0.95", "confidence = 1.5", "evaluation.confidence: "),
        ("confidence = 0.95", "confidence = nan", "evaluation.confidence: "),
        ("confidence = 0.95", 'controls = ["none"]', "evaluation.controls.0: "),
        ('"pbmc68k-reduced"', '"pbmc68k-reducd"', "Did you mean 'pbmc68k-reduced'"),
        ('"pbmc68k-reduced"', '"uci-splice"', "must be a step that takes sequences"),
        ('dataset = "pbmc68k-reduced"', 'file = "x.csv"', "kind is missing"),
        ('dataset = "pbmc68k-reduced"', "", "needs one of dataset, file and simulator"),
        ('"macro_f1"', '"macro_f2"', "evaluation.metrics.2"),
        ('"macro_f1"', '"pearson"', "evaluation.metrics.2"),
        ("[sizes.default]", "[sizes.defalt]", "must have a size named default"),
        ("[models.rbf-svm]", "[models.rbf-swm]", "Did you mean 'rbf-svm'"),
        ("[models.rbf-svm]", "[models.rbf-ridge]", "must be a model for classification"),
        ("bandwidth = 0.05, C", "bandwith = 0.05, C", "models.fidelity-kernel-svm.configurations.0.bandwith"),
        ("bandwidth = 0.05, C", "bandwidth = -1, C", "models.fidelity-kernel-svm.configurations.0.bandwidth"),
        ('"zz-linear-1", b', '"zz-linear-9", b', "models.fidelity-kernel-svm.configurations.0.encoding"),
        ("{ trees = 50 }", "{ trees = 0 }", "sizes.quick.settings.random-forest.trees"),
        ('engine = "auto"', 'engine = "nativ"', "Did you mean 'native'"),
        ("version = 2", "version = 1", "has version 1; this qsetu reads version 2"),
        ("version = 2", "version = 3", "A newer qsetu wrote it"),
        ('"qsetu.experiment"', '"other"', "format: "),
        ("seed = 2026", 'seed = 2026\nfolder = "/"', "folder: is not a known key"),
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seed = 2026", "seed = -1"),
        ("bandwidth = 0.05, C", "bandwidth = -1, C"),
        ("{ trees = 50 }", "{ trees = 0 }"),
        ("components = 8", "components = 0"),
        ('"macro_f1"', '"macro_f2"'),
        ("confidence = 0.95", "confidenc = 0.95"),
    ],
)
def test_errors_name_the_line(tmp_path, old, new):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(old, new, 1))
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    with pytest.raises(SpecError, match=rf"line {line}, "):
        read_spec(path)


def test_several_mistakes_are_told_at_once(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("seed = 2026", "seed = -1").replace("confidence = 0.95", "confidence = 2.0"))
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    assert "seed: " in str(caught.value) and "evaluation.confidence: " in str(caught.value)


def test_unequal_budgets_are_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("configurations = 4", "configurations = 5", 1))
    with pytest.raises(
        SpecError, match=r"must hold 5 different configurations.*budgets must be equal; got 4"
    ):
        read_spec(path)


def test_a_configuration_twice_is_not_a_larger_budget(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace("{ C = 0.03, l1_ratio = 0.5 }", "{ C = 0.1, l1_ratio = 0.5 }", 1))
    with pytest.raises(SpecError, match=r"models\.elastic-net\.configurations: must hold 4.*got 3"):
        read_spec(path)


def test_not_toml_and_not_there(tmp_path):
    path = tmp_path / "mine.toml"
    with pytest.raises(SpecError, match=r"mine\.toml.*cannot be read"):
        load_spec(path)
    path.write_text("name = ")
    with pytest.raises(SpecError, match=r"mine\.toml.*not valid TOML"):
        load_spec(str(path))
    path.write_bytes(b"name = \xff")
    with pytest.raises(SpecError, match=r"mine\.toml.*not valid TOML"):
        load_spec(path)
    path.write_text("a = " + "[" * 100_000)
    with pytest.raises(SpecError, match=r"mine\.toml"):
        load_spec(path)


def test_unknown_experiment_is_refused_with_a_guess():
    with pytest.raises(ArgumentError, match="Did you mean 'pbmc-cell-types'"):
        load_spec("pbmc-cell-type")


def test_overrides_replace_and_add_and_are_checked_like_the_file():
    spec = load_spec(
        "pbmc-cell-types", ["sizes.default.repeats=3", "engine=xla", "data.labels=['CD34+','CD19+ B']"]
    )
    assert spec.sizes["default"].repeats == 3
    assert spec.engine == "xla"
    assert spec.data.labels == ("CD34+", "CD19+ B")
    again = load_spec(spec, {"seed": 5})
    assert again.seed == 5 and again.engine == "xla"
    with pytest.raises(
        SpecError, match=r"with overrides: sizes\.default\.repeats=0.*sizes\.default\.repeats"
    ):
        load_spec("pbmc-cell-types", ["sizes.default.repeats=0"])
    for bad in ("sizes.default.repeats", "=3", "a..b=3"):
        with pytest.raises(ArgumentError, match=r"key\.of\.table=value"):
            load_spec("pbmc-cell-types", [bad])
    with pytest.raises(ArgumentError, match="must name a table"):
        load_spec("pbmc-cell-types", ["seed.more=3"])


def test_the_starting_file_is_valid_for_every_kind_of_data_and_never_overwrites(tmp_path):
    for dataset in ("pbmc68k-reduced", "uci-promoters", "hapmap3-1kg/hapmap3-chr1", "hiv1-protease/746"):
        path = write_starter("mine", tmp_path / f"{dataset.replace('/', '-')}.toml", dataset=dataset)
        assert read_spec(path).data.dataset == dataset
    with pytest.raises(OutputError, match="exists"):
        write_starter("mine", path)
    with pytest.raises(ArgumentError, match="lower-case"):
        write_starter("Mine!", tmp_path / "other.toml")
    with pytest.raises(ArgumentError, match="must have labels"):
        write_starter("mine", tmp_path / "other.toml", dataset="quantumgrn-lcl/raw")
    with pytest.raises(ArgumentError, match="Did you mean 'uci-splice'"):
        write_starter("mine", tmp_path / "other.toml", dataset="uci-splic")


@pytest.mark.parametrize("entry", MODELS.values(), ids=MODELS)
def test_settings_of_the_roster_exist_on_the_estimators(entry):
    estimator = entry.make(Build(3, "reference", 4))
    for parameter in entry.parameters.values():
        assert parameter.path in estimator.get_params(), (entry.name, parameter.path)
    assert entry.space, "a model without a grid cannot have a budget"
    entry.check_space(entry.space, "space")
    for key, values in entry.space.items():
        assert len(set(map(repr, values))) == len(values), key


def test_every_encoding_builds_a_map_of_the_asked_width():
    for build in ENCODINGS.values():
        assert build(3).num_features == 3


def test_every_metric_belongs_to_a_task():
    assert {metric.task for metric in METRICS.values()} == {"classification", "regression", "network"}
    assert all(name == metric.name for name, metric in METRICS.items())
