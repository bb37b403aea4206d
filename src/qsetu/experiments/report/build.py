"""A result as a document."""

from __future__ import annotations

from collections.abc import Sequence

from qsetu.documents.document import Document, Paragraph, Picture, Section
from qsetu.experiments.reading import plan_of
from qsetu.experiments.record import Result
from qsetu.experiments.report.conclusion import conclusion
from qsetu.experiments.report.sections.budget import budget_section
from qsetu.experiments.report.sections.data_card import data_section
from qsetu.experiments.report.sections.method import method_section
from qsetu.experiments.report.sections.models import models_section
from qsetu.experiments.report.sections.preflight import preflight_section
from qsetu.experiments.report.sections.provenance import provenance_section, repeat_section, warnings_section
from qsetu.experiments.report.sections.scores import controls_section, scores_section, tests_section
from qsetu.experiments.wording import fold_words, nouns, number

__all__ = ["FigureText", "build"]

FigureText = tuple[str, str, str]
"""Stem, caption and description of a figure."""

# Figures that stand beneath the table they are of; all others have a section.
_OF_SCORES = ("scores", "critical-difference")
_OF_CONTROLS = ("controls",)


def build(result: Result, figures: Sequence[FigureText]) -> Document:
    """Everything a report says: what came out, then what it came out of.

    Args:
        result: What was computed.
        figures: Of the result, in order.
    """
    return Document(
        kicker=f"qsetu experiment report · {result.experiment} · {result.size} size",
        title=result.title,
        lead=result.question,
        facts=_glance(result),
        sections=(
            Section(
                "conclusion", "Conclusion", tuple(Paragraph(text, loud=True) for text in conclusion(result))
            ),
            scores_section(result, _pictures(figures, _OF_SCORES)),
            tests_section(result),
            controls_section(result, _pictures(figures, _OF_CONTROLS)),
            *_figures(figures),
            data_section(result),
            models_section(result),
            preflight_section(result),
            budget_section(result),
            method_section(result),
            warnings_section(result),
            provenance_section(result),
            repeat_section(result),
        ),
        footer=f"{result.experiment} · seed {result.seed} · {result.provenance.finished} · "
        f"{result.format} version {result.version}",
    )


def _glance(result: Result) -> tuple[tuple[str, str], ...]:
    data, words = result.dataset, nouns(result)
    facts = [(words.samples.capitalize(), number(data.num_samples))]
    facts += [("Labels", str(len(data.labels)))] if data.labels else []
    facts += (
        [(words.features.capitalize(), number(data.num_features))] if data.num_features is not None else []
    )
    facts += [("Groups", number(data.num_groups))] if data.num_groups != data.num_samples else []
    facts += [
        ("Folds", fold_words(result).replace(" outer folds", "")),
        ("Configurations tried", str(plan_of(result)["configurations"])),
        ("Seed", str(result.seed)),
    ]
    return tuple(facts)


def _pictures(figures: Sequence[FigureText], stems: Sequence[str]) -> tuple[Picture, ...]:
    return tuple(Picture(*figure) for figure in figures if figure[0] in stems)


def _figures(figures: Sequence[FigureText]) -> list[Section]:
    others = [stem for stem, _, _ in figures if stem not in (*_OF_SCORES, *_OF_CONTROLS)]
    return [Section("figures", "Figures", _pictures(figures, others))] if others else []
