"""Results in MLflow: a run each, its models nested in it; on no server unless one is asked for."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from qsetu.core.errors import ArgumentError, OutputError, QsetuError
from qsetu.experiments.data import ExperimentData
from qsetu.experiments.diagnose import most_chosen
from qsetu.experiments.record import ModelRecord, Result
from qsetu.genomics import Dataset
from qsetu.genomics.extras import needed

__all__ = ["track_result"]

FILES = ("result.json", "report.html", "report.md", "figures")


def track_result(
    result: Result,
    folder: str | Path,
    uri: str | None = None,
    *,
    register: str | None = None,
    dataset: Dataset | ExperimentData | None = None,
) -> str:
    """Put a result into MLflow.

    One run for the result, and nested in it one for each model and control, with parameters (settings, the
    configuration that most folds chose), metrics (mean, low, high and std of every score, and its folds as
    steps; seconds, energy), tags (identity, data, code) and artifacts (record, report, figures). A result
    that is there already, by identity and start, is not put there again. Nothing is sent anywhere but to
    ``uri``: MLflow's telemetry is turned off.

    Args:
        result: What was computed.
        folder: Its results folder, whose files become artifacts.
        uri: A database (``sqlite:///path``) or a server (``http://...``); None means ``mlflow.db`` beside the
            results folder.
        register: Name of a model of the result: fitted on all samples and put into the registry of models as
            ``<experiment>-<model>``. It is stored as a pickle, and loading a pickle runs whatever code it
            holds: load only what you or people you trust have registered.
        dataset: The data to fit it on; None loads what the experiment names.

    Returns:
        The identifier of the result's run.

    Raises:
        ArgumentError: The result has no model called ``register``, or one that does not predict.
        DataError: MLflow is not installed, or the data are missing.
        Mismatch: The data or the code here are not those of the result: another model would be fitted.
        OutputError: The database or server cannot be written.
    """
    folder = Path(folder)
    if register is not None and register not in [model.name for model in result.models]:
        names = ", ".join(model.name for model in result.models)
        raise ArgumentError("register", f"must be one of the models {names}", register)
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # read when it is imported, below
    needed("mlflow", "track", "Tracking results")
    needed("sqlalchemy", "track", "Tracking results")
    needed("alembic", "track", "Tracking results")
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    final = None if register is None else _final(result, register, dataset)
    where = uri or f"sqlite:///{(folder.parent / 'mlflow.db').resolve()}"
    try:
        with _quiet():
            client = MlflowClient(tracking_uri=where, registry_uri=where)
            experiment = _experiment(client, result.experiment, where)
            run = _found(client, experiment, result) or _tracked(client, experiment, result, folder)
            if register is not None:
                _register(client, experiment, run, result, register, final)
    except QsetuError:
        raise
    except (MlflowException, OSError) as error:
        reason = " ".join(str(error).split())[:300]
        told = f"Tracking at '{where}' failed: {reason}. The results folder is whole."
        # An address may hold a password, and errors are copied into issues.
        raise OutputError(re.sub(r"//[^/@\s']*@", "//***@", told)) from error
    return run


@contextmanager
def _quiet() -> Iterator[None]:
    """Databases are made without a word on every table."""
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _experiment(client: Any, name: str, where: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    place = None  # a server knows its own
    if where.startswith("sqlite:///"):
        database = Path(where.removeprefix("sqlite:///"))
        place = (database.resolve().parent / "mlflow-artifacts" / name).as_uri()
    return str(client.create_experiment(name, artifact_location=place))


def _found(client: Any, experiment: str, result: Result) -> str | None:
    """The run of ``result`` where there is a finished one; an unfinished one is removed."""
    wanted = {"identity": result.identity, "started": result.provenance.started}
    words = " and ".join(f"tags.`qsetu.{key}` = '{value}'" for key, value in wanted.items())
    for run in client.search_runs([experiment], f"{words} and tags.`qsetu.kind` = 'result'"):
        if run.info.status == "FINISHED":
            return str(run.info.run_id)
        for child in _children(client, experiment, run.info.run_id):
            client.delete_run(child.info.run_id)
        client.delete_run(run.info.run_id)
    return None


def _children(client: Any, experiment: str, run: str) -> list[Any]:
    return list(client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run}'", max_results=1000))


def _tracked(client: Any, experiment: str, result: Result, folder: Path) -> str:
    known = result.provenance
    times = {name: _milliseconds(getattr(known, name)) for name in ("started", "finished")}
    tags = {
        "qsetu.kind": "result",
        "qsetu.identity": result.identity,
        "qsetu.started": known.started,
        "qsetu.dataset": result.dataset.name,
        "qsetu.dataset_sha256": result.dataset.content_sha256,
        "qsetu.code": known.code,
        "qsetu.git_commit": f"{known.git_commit or 'unknown'}{' (modified)' if known.git_modified else ''}",
        "qsetu.command": known.command,
        "mlflow.note.content": "\n\n".join([result.question, *result.analysis.sentences])[:4000],
    }
    name = f"{result.size}, seed {result.seed}"
    run = client.create_run(experiment, start_time=times["started"], tags=tags, run_name=name).info.run_id
    settings: Any = result.spec["sizes"][result.size]  # type: ignore[index,call-overload]
    plain = {key: value for key, value in settings.items() if key != "settings"}
    parameters = {
        "task": result.task,
        "size": result.size,
        "seed": result.seed,
        "engine": known.engine,
        **plain,
    }
    metrics = {"seconds": known.seconds, "cpu_seconds": known.cpu_seconds, "gpu_seconds": known.gpu_seconds}
    if known.energy_joules is not None:
        metrics["energy_joules"] = known.energy_joules
    _log(client, run, parameters, metrics, times["finished"])
    for model in result.models:
        _track_model(client, experiment, run, model, times)
    for file in FILES:
        path = folder / file
        if path.is_dir():
            client.log_artifacts(run, str(path), file)
        elif path.is_file():
            client.log_artifact(run, str(path))
    # The last step: a run that is not finished is not taken for one.
    client.set_terminated(run, "FINISHED", times["finished"])
    return str(run)


def _track_model(
    client: Any, experiment: str, parent: str, model: ModelRecord, times: Mapping[str, int]
) -> None:
    tags = {
        "mlflow.parentRunId": parent,
        "qsetu.kind": "model",
        "qsetu.model": model.name,
        "qsetu.family": model.family,
    }
    run = client.create_run(
        experiment, start_time=times["started"], tags=tags, run_name=model.name
    ).info.run_id
    chosen = most_chosen(model.folds)
    parameters = {
        "model": model.model,
        "features": model.features,
        "control": model.control or "none",
        "configurations": model.configurations,
        **{f"settings.{key}": value for key, value in model.settings.items()},
        **{f"chosen.{key}": value for key, value in chosen.items()},
        "chosen_by": f"{sum(fold.configuration == chosen for fold in model.folds)} of {len(model.folds)}",
    }
    metrics = {"seconds": model.seconds, "fits": float(model.fits), "warnings": float(model.warning_count())}
    for score, summary in model.summary.items():
        metrics |= {f"{score}.{part}": value for part, value in summary.model_dump().items()}
        if model.holdout is not None:
            metrics[f"{score}.held_out"] = model.holdout.scores[score]
    _log(client, run, parameters, metrics, times["finished"])
    series = [
        (f"{score}.fold", value, step)
        for step, fold in enumerate(model.folds)
        for score, value in fold.scores.items()
    ]
    _log_series(client, run, series, times["finished"])
    client.set_terminated(run, "FINISHED", times["finished"])


def _log(
    client: Any, run: str, parameters: Mapping[str, Any], metrics: Mapping[str, float], when: int
) -> None:
    from mlflow.entities import Param

    named = [Param(_name(key), str(value)[:5000]) for key, value in parameters.items()]
    for start in range(0, len(named), 100):  # more are refused
        client.log_batch(run, params=named[start : start + 100])
    _log_series(client, run, [(key, value, 0) for key, value in metrics.items()], when)


def _log_series(client: Any, run: str, values: list[tuple[str, float, int]], when: int) -> None:
    from mlflow.entities import Metric

    found = [Metric(_name(key), float(value), when, step) for key, value, step in values]
    for start in range(0, len(found), 1000):
        client.log_batch(run, metrics=found[start : start + 1000])


def _name(text: str) -> str:
    return re.sub(r"[^\w.\- /]", "_", text)


def _milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def _final(result: Result, name: str, dataset: Dataset | ExperimentData | None) -> Any:
    from qsetu.experiments.data import load_data, prepare_data
    from qsetu.experiments.final import fit_final
    from qsetu.experiments.jobs import make_plan
    from qsetu.experiments.spec import ExperimentSpec
    from qsetu.experiments.store import Mismatch

    spec = ExperimentSpec.model_validate(result.spec)
    if not isinstance(dataset, ExperimentData):
        dataset = load_data(spec, result.seed) if dataset is None else prepare_data(spec, dataset)
    plan = make_plan(spec, dataset, result.size, result.seed)
    if plan.identity != result.identity:
        raise Mismatch(
            "A model to register would not be that of the result: the data, the engine or the code here are "
            f"others (identity {plan.identity[:12]} here, {result.identity[:12]} in the result). Run the "
            "experiment again, and track that."
        )
    entrant = next(one for one in plan.entrants if one.name == name)
    return fit_final(plan, entrant, result.model(name))


def _register(client: Any, experiment: str, run: str, result: Result, name: str, final: Any) -> None:
    """Put ``final`` beside its model's run, and into the registry; once."""
    from importlib import metadata

    import mlflow.sklearn

    children = _children(client, experiment, run)
    child = next(one for one in children if one.data.tags["qsetu.model"] == name)
    own = re.sub(r"[^\w.\-]", "-", f"{result.experiment}-{name}")
    if any(
        version.name == own for version in client.search_model_versions(f"run_id = '{child.info.run_id}'")
    ):
        return
    packages = ("qsetu", "scikit-learn", "numpy", "cloudpickle")
    with tempfile.TemporaryDirectory(prefix="qsetu-model-") as folder:
        path = Path(folder) / "model"
        mlflow.sklearn.save_model(
            final,
            str(path),
            serialization_format="cloudpickle",
            pip_requirements=[f"{package}=={metadata.version(package)}" for package in packages],
        )
        client.log_artifacts(child.info.run_id, str(path), "model")
    if not client.search_registered_models(f"name = '{own}'"):
        client.create_registered_model(own, description=f"{result.title}: {result.model(name).title}")
    client.create_model_version(
        own,
        source=f"{child.info.artifact_uri}/model",
        run_id=child.info.run_id,
        tags={"qsetu.identity": result.identity},
    )
