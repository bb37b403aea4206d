"""A real run, small: its record, its report and its comparison with itself agree."""

from __future__ import annotations

import pytest

from qsetu.experiments import compute, read_result, read_spec
from qsetu.experiments.compare import compare_results
from qsetu.experiments.reading import with_controls
from qsetu.experiments.wording import score
from qsetu.experiments.write import write_folder

TEXT = """
format = "qsetu.experiment"
version = 2
name = "two-types"
title = "Two types of cells"
question = "Are they told apart?"
seed = 5
[data]
dataset = "pbmc68k-reduced"
labels = ["Dendritic", "CD19+ B"]
[features.components]
steps = [ { step = "select", keep = 20 }, { step = "standardize" }, { step = "pca", components = 3 } ]
[evaluation]
metrics = ["balanced_accuracy", "roc_auc"]
[sizes.default]
outer_folds = 2
repeats = 2
inner_folds = 2
configurations = 2
max_samples = 50
learning_curve = [0.5]
[models.fidelity-kernel-svm]
[models.elastic-net]
"""


def run(folder, text, cells):
    path = folder / "two-types.toml"
    path.write_text(text)
    return compute(read_spec(path), cells)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, cells):
    folder = tmp_path_factory.mktemp("run")
    result = run(folder, TEXT, cells)
    (folder / "out").mkdir()
    write_folder(result, folder / "out")
    return result, folder


def test_everything_that_was_computed_is_reported(finished):
    result, folder = finished
    assert read_result(folder / "out") == result
    text = (folder / "out" / "report.html").read_text()
    markdown = (folder / "out" / "report.md").read_text()
    assert len(with_controls(result)) == 5
    for model, _ in with_controls(result):
        for name, summary in model.summary.items():
            if model.control is None:
                assert score(name, summary.mean) in text
                assert score(name, summary.mean) in markdown
    for stem in ("scores", "controls", "learning-curve", "cost-curves", "kernel-spectrum", "decision-cost"):
        assert (folder / "out" / "figures" / f"{stem}.png").exists()
        assert f'id="figure-{stem}"' in text and f"(figures/{stem}.png)" in markdown
    assert "the 20 features with the highest F value" in text
    for verdict in result.diagnoses[0].verdicts:
        assert verdict.value.replace("<", "&lt;") in text
    assert result.provenance.code in text


def test_a_run_again_is_identical_and_another_seed_is_not_comparable(finished, cells):
    result, folder = finished
    again = compare_results(result, run(folder, TEXT, cells))
    assert again.verdict == "identical numbers" and again.same_experiment
    other = compare_results(result, run(folder, TEXT.replace("seed = 5", "seed = 6"), cells))
    # Another seed draws other samples.
    assert other.sentence == "not comparable, because the data differ"


def test_other_settings_on_the_same_folds_are_comparable(finished, cells):
    result, folder = finished
    text = TEXT.replace("[models.elastic-net]", "[models.elastic-net]\nsettings = { l1_ratio = 0.5 }")
    other = compare_results(result, run(folder, text, cells))
    assert other.folds == 4
    settings = {one.name: one.same_settings for one in other.models}
    assert not settings.pop("elastic-net") and all(settings.values())
    for one in other.models:
        if one.name != "elastic-net":
            assert one.largest == 0 and one.equal_predictions == 1
