"""Every built-in experiment runs to its report at the quick size."""

from __future__ import annotations

import pytest

from qsetu.core.errors import DataError
from qsetu.experiments import builtin_names, load_spec, read_result, run_experiment
from qsetu.genomics import load_dataset


@pytest.mark.parametrize("name", builtin_names())
def test_a_builtin_experiment_runs_from_its_name_to_its_report(name, tmp_path):
    spec = load_spec(name)
    for dataset in (spec.data.dataset, spec.data.holdout):
        if dataset is not None:
            try:
                load_dataset(dataset)
            except DataError as error:
                pytest.skip(f"the data are not here: {error}")
    run = run_experiment(name, quick=True, out=tmp_path / "out", progress=False)
    result = read_result(run.folder)
    assert result.experiment == name
    assert (run.folder / "report.html").stat().st_size > 50_000
    assert (run.folder / "report.md").read_text().startswith("# ")
    # Controls stand beside every quantum model, with the same budget.
    quantum = [m for m in result.models if m.family == "quantum" and m.control is None]
    assert quantum
    for model in quantum:
        assert result.control(model.name, "deentangled") is not None
        assert result.control(model.name, "permutation") is not None
    assert len({model.configurations for model in result.models}) == 1
    assert result.analysis.sentences
    metric = result.metrics()[0]
    for model in result.models:
        summary = model.summary[metric]
        assert summary.low <= summary.mean <= summary.high
    # The best contender learns more than its labels permuted: the pipeline carries a signal.
    best = result.best("classical")
    permuted = max(m.summary[metric].mean for m in result.models if m.control == "permutation")
    assert best.summary[metric].mean > permuted
