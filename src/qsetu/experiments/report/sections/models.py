"""Which models took part, what they are given, and what of them is fixed."""

from __future__ import annotations

from typing import Any

from qsetu.documents.document import (
    Block,
    Cell,
    Column,
    Heading,
    Items,
    Paragraph,
    Section,
    Table,
    row,
)
from qsetu.experiments.models import MODELS
from qsetu.experiments.reading import beside, quantum_models, spec_of
from qsetu.experiments.record import ModelRecord, Result
from qsetu.experiments.spec import RAW
from qsetu.experiments.steps import describe_step
from qsetu.experiments.wording import control_words, nouns, settings_words

__all__ = ["models_section"]


def models_section(result: Result) -> Section:
    """Features in words, and a table of models."""
    word = nouns(result)
    blocks: list[Block] = []
    used = list(dict.fromkeys(model.features for model in result.models))
    items = []
    for name in used:
        if name == RAW:
            items.append((f"{RAW}:", f"the data as they are, {word.features} of {word.samples}."))
        else:
            steps = spec_of(result)["features"][name]["steps"]
            items.append((f"{name}:", "; then ".join(_in_words(step) for step in steps) + "."))
    blocks += [
        Heading("Features"),
        Paragraph("Every step is fitted on the training part of a fold alone, and applied to its test part."),
        Items(tuple(items)),
        _table([model for model in result.models if model.control is None]),
    ]
    controls = _controls(result)
    if controls:
        blocks += [Heading("Controls, run beside every quantum model"), Items(controls)]
    return Section("models", "Models and their features", tuple(blocks))


def _in_words(step: Any) -> str:
    try:
        return describe_step(step)
    except (KeyError, ValueError, AttributeError):  # of another version of qsetu
        return settings_words(step)


def _table(models: list[ModelRecord]) -> Table:
    rows = []
    for model in models:
        entry = MODELS.get(model.model)
        told = entry.summary if entry else model.model
        reference = entry.reference if entry else ""
        rows.append(
            row(
                model.title,
                Cell(model.family, "family"),
                Cell(told, note=reference),
                model.features,
                settings_words(model.settings) or "–",
            )
        )
    columns = ("Model", "Family", "What it is", "Features", "Fixed settings")
    return Table("Models that took part", tuple(Column(name) for name in columns), tuple(rows))


def _controls(result: Result) -> tuple[tuple[str, str], ...]:
    there: set[str | None] = {model.control for model in result.models}
    shuffled = (
        "the same model learns from the data with every column shuffled by itself, which breaks the ties "
        "between columns. What it scores is what can be had without them."
        if result.task == "network"
        else "the same model learns from training labels in random order, tuning included. What it scores is "
        "what chance and leakage give (Ojala and Garriga, JMLR 11, 1833, 2010)."
    )
    texts = {
        "deentangled": (
            "Without entanglement:",
            "the same model with every gate between qubits taken out. What it scores needs no entanglement "
            "(Bowles, Ahmed and Schuld, arXiv:2403.07059).",
        ),
        "rbf": (
            "RBF kernel:",
            "a Gaussian kernel on the same features, tuned with the same budget; where the experiment runs "
            "one anyway, that one.",
        ),
        "permutation": (f"{control_words(result)['permutation'].capitalize()}:", shuffled),
    }
    there |= {"rbf" for model in quantum_models(result) if beside(result, model, "rbf") is not None}
    return tuple(text for name, text in texts.items() if name in there)
