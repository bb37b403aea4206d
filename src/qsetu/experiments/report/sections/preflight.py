"""What was known of each quantum model before training."""

from __future__ import annotations

from qsetu.documents.document import Block, Cell, Column, Paragraph, Section, Table, row
from qsetu.experiments.record import DiagnosisRecord, Result
from qsetu.experiments.wording import nouns, settings_words

__all__ = ["preflight_section"]


def preflight_section(result: Result) -> Section:
    """A table of verdicts for each quantum model that was diagnosed."""
    if not result.diagnoses:
        return Section(
            "preflight", "Preflight", (Paragraph("No quantum model was diagnosed before training."),)
        )
    blocks: list[Block] = [
        Paragraph(
            "Diagnosed on the first training part alone, with the configuration that most folds chose. "
            "These are signs of what a kernel or a circuit can learn, not scores."
        ),
        *(_table(result, one) for one in result.diagnoses),
    ]
    return Section("preflight", "Preflight", tuple(blocks))


def _table(result: Result, one: DiagnosisRecord) -> Table:
    rows = tuple(row(v.name, Cell(v.level, "strong"), v.value, v.text) for v in one.verdicts)
    note = (
        f"{settings_words(one.configuration)}; {one.num_qubits} qubits, {one.num_features} features, on "
        f"{one.num_samples} {nouns(result).samples}."
    )
    columns = tuple(Column(name) for name in ("Check", "Verdict", "Value", "What it means"))
    return Table(one.title, columns, rows, note)
