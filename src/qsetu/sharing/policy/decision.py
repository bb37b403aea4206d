"""The decision whether something may be shared, from verdicts on inputs and findings in outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qsetu.core.checks import as_choice
from qsetu.core.errors import ArgumentError, Said
from qsetu.genomics.duo import DUO_TERMS
from qsetu.genomics.privacy import LEAK_KINDS
from qsetu.sharing.errors import PolicyRefusal
from qsetu.sharing.manifest import (
    LEVELS,
    Access,
    DatasetReference,
    FindingRecord,
    InputVerdict,
    OverrideRecord,
    PolicyRecord,
    Purpose,
    Receiver,
)
from qsetu.sharing.policy.conditions import PURPOSES, check_conditions

__all__ = ["Asked", "Override", "decide", "most_sensitive", "reasons_against", "verdicts_on"]

OTHER_KINDS = ("secret", "large-table", "undeclared-input", "computed-dataset")


@dataclass(frozen=True)
class Override:
    """Somebody decides otherwise than the policy, and says why.

    Attributes:
        what: A kind of finding ("sample-id", "large-table", ...) or a data-use code.
        reason: Why.
        by: Who.
    """

    what: str
    reason: str
    by: str


@dataclass(frozen=True)
class Asked:
    """What is to be shared with whom, and what for.

    Attributes:
        purpose: A key of ``qsetu.sharing.policy.conditions.PURPOSES``.
        receiver: Whom it is for.
        disease: Which, for the purpose "disease".
        commercial: Whether it will be used for profit.
        promises: Conditions that somebody vouches for, by data-use code, with how.
        overrides: What somebody decides otherwise.
    """

    purpose: Purpose
    receiver: Receiver
    disease: str = ""
    commercial: bool = False
    promises: Mapping[str, str] = field(default_factory=dict)
    overrides: Sequence[Override] = ()

    def __post_init__(self) -> None:
        as_choice("purpose", self.purpose, PURPOSES)
        if (self.purpose == "disease") != bool(self.disease.strip()):
            rule = "must be named for the purpose 'disease', and for no other"
            raise ArgumentError("disease", rule, self.disease)
        for code in self.promises:
            as_choice("promises", code, DUO_TERMS)
        for one in self.overrides:
            as_choice("overrides", one.what, [*LEAK_KINDS, *OTHER_KINDS, *DUO_TERMS])
            if not one.reason.strip() or not one.by.strip():
                raise ArgumentError(
                    "overrides",
                    "must each say a reason, and who decided",
                    Said(f"{one.what}: {one.reason!r}"),
                )


def most_sensitive(datasets: Iterable[DatasetReference]) -> Access:
    """The highest level among datasets; Open without any."""
    return max((one.access for one in datasets), key=LEVELS.index, default="Open")


def verdicts_on(datasets: Iterable[DatasetReference], asked: Asked) -> list[InputVerdict]:
    """What the conditions of all inputs say."""
    return [
        verdict
        for one in datasets
        for verdict in check_conditions(
            one, asked.purpose, asked.receiver, commercial=asked.commercial, promises=asked.promises
        )
    ]


def decide(
    asked: Asked,
    datasets: Sequence[DatasetReference],
    findings: Sequence[FindingRecord],
    removed: Sequence[str],
) -> PolicyRecord:
    """The decision, to be written into the bundle.

    Raises:
        PolicyRefusal: It may not be shared; the message lists every reason.
    """
    verdicts, access = verdicts_on(datasets, asked), most_sensitive(datasets)
    overrides = [OverrideRecord(what=one.what, by=one.by, reason=one.reason) for one in asked.overrides]
    reasons = reasons_against(access, verdicts, findings, overrides)
    if reasons:
        raise PolicyRefusal(reasons)
    return PolicyRecord(
        purpose=asked.purpose,
        disease=asked.disease,
        receiver=asked.receiver,
        commercial=asked.commercial,
        access=access,
        verdicts=verdicts,
        findings=list(findings),
        removed=list(removed),
        promises=dict(asked.promises),
        overrides=overrides,
    )


def reasons_against(
    access: Access,
    verdicts: Iterable[InputVerdict],
    findings: Iterable[FindingRecord],
    overrides: Iterable[OverrideRecord],
) -> list[str]:
    """Why something may not be shared, a sentence each; none where it may.

    Leaks count always, cautions where an input is not Open. There, what a scan of people or genotypes found
    cannot be overridden either: rows of such data do not leave.
    """
    overridden = {one.what for one in overrides}
    reasons = []
    for verdict in verdicts:
        if verdict.verdict == "refused" and verdict.code not in overridden:
            reasons.append(f"{verdict.dataset}: {verdict.sentence}")
    for finding in findings:
        about_people = finding.kind in LEAK_KINDS and finding.severity == "leak"
        counts = finding.severity == "leak" or (access != "Open" and finding.severity == "caution")
        if not counts:
            continue
        if access != "Open" and about_people:
            reasons.append(
                f"{finding.source}: {finding.sentence} An input is {access}: this cannot be overridden."
            )
        elif finding.kind not in overridden:
            reasons.append(
                f"{finding.source}: {finding.sentence} If it may leave: "
                f"--override {finding.kind}='why' --by NAME"
            )
    return reasons
