"""Data-use codes against a purpose and a receiver: what each code asks, in one table.

Codes: GA4GH's Data Use Ontology, Lawson et al., Cell Genomics 1, 100028 (2021),
doi 10.1016/j.xgen.2021.100028.
A condition that a program can check is checked; one that needs a person (an ethics vote, a contract) has to
be vouched for by name, and the promise goes into the bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from qsetu.genomics.duo import DUO_TERMS
from qsetu.sharing.manifest import DatasetReference, InputVerdict, Purpose, Receiver

__all__ = ["CONDITIONS", "PURPOSES", "Condition", "check_conditions"]

PURPOSES: dict[str, str] = {
    "general": "research that none of the others describes",
    "health": "health, medical or biomedical research",
    "disease": "research into one disease, which is named",
    "genetic": "studies of genetics",
    "ancestry": "population origins or ancestry",
    "methods": "development of methods, software or algorithms",
    "clinical": "care of patients",
}
assert set(PURPOSES) == set(get_args(Purpose))

_RESEARCH = frozenset(PURPOSES) - {"clinical"}


@dataclass(frozen=True)
class Condition:
    """What one code asks.

    Attributes:
        kind: "permission" (says which purposes are allowed; one of a dataset's permissions has to fit),
            "rule" (forbids what does not fit, checked here) or "promise" (a person has to vouch for it).
        fits: Whether purpose, receiver and commercial use fit; promises never do by themselves.
        sentence: What it asks, as the words after "asks for" or "allows".
    """

    kind: Literal["permission", "rule", "promise"]
    fits: Callable[[str, Receiver, bool], bool]
    sentence: str


def _permission(purposes: frozenset[str], sentence: str) -> Condition:
    return Condition("permission", lambda purpose, receiver, commercial: purpose in purposes, sentence)


def _rule(fits: Callable[[str, Receiver, bool], bool], sentence: str) -> Condition:
    return Condition("rule", fits, sentence)


def _promise(sentence: str) -> Condition:
    return Condition("promise", lambda purpose, receiver, commercial: False, sentence)


CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        "DUO:0000004": _permission(frozenset(PURPOSES), "any use"),
        "DUO:0000042": _permission(_RESEARCH, "research of any kind"),
        # Methods may be developed under a research permission unless DUO:0000015 forbids it.
        "DUO:0000006": _permission(
            frozenset({"health", "disease", "genetic", "methods"}), "health, medical or biomedical research"
        ),
        "DUO:0000007": _promise("research into the disease that its consent names, and no other"),
        "DUO:0000011": _permission(frozenset({"ancestry"}), "research into origins or ancestry alone"),
        "DUO:0000012": _promise("the kind of research that its consent names"),
        "DUO:0000015": _rule(lambda p, r, c: p != "methods", "no development of methods"),
        "DUO:0000016": _rule(
            lambda p, r, c: p in ("genetic", "ancestry", "disease"), "studies of genetics alone"
        ),
        "DUO:0000018": _rule(
            lambda p, r, c: r.kind == "non-profit" and not c,
            "a receiver known to work not for profit, and no commercial use",
        ),
        "DUO:0000019": _promise("results to be published"),
        "DUO:0000020": _promise("collaboration with those who made the data"),
        "DUO:0000021": _promise("an ethics committee's approval"),
        "DUO:0000022": _promise("use in the places that its consent names"),
        "DUO:0000024": _promise("no publication before the date that its makers name"),
        "DUO:0000025": _promise("use up to the date that its makers name"),
        "DUO:0000026": _promise("use by the persons who were approved"),
        "DUO:0000027": _promise("use in the project that was approved"),
        "DUO:0000028": _promise("use at the institution that was approved"),
        "DUO:0000029": _promise("results to be returned to its makers"),
        "DUO:0000043": _permission(frozenset({"clinical"}), "care of patients"),
        "DUO:0000044": _rule(lambda p, r, c: p != "ancestry", "no research into origins or ancestry"),
        "DUO:0000045": _rule(
            lambda p, r, c: r.kind == "non-profit", "a receiver known to work not for profit"
        ),
        "DUO:0000046": _rule(lambda p, r, c: not c, "no commercial use"),
    }
)
"""What each code of the Data Use Ontology that qsetu knows asks."""
# Disease and research-specific consent permit something, once somebody vouches that it is this.
_PERMITS_WHEN_PROMISED = frozenset({"DUO:0000007", "DUO:0000012"})


def check_conditions(
    dataset: DatasetReference,
    purpose: str,
    receiver: Receiver,
    *,
    commercial: bool = False,
    promises: Mapping[str, str] = MappingProxyType({}),
) -> list[InputVerdict]:
    """What the codes of one dataset say to a purpose and a receiver.

    Of the permissions one has to fit, of all other codes each. A dataset that is not Open and has no
    permission may not be used by others at all: nobody said for what.

    Args:
        dataset: The dataset.
        purpose: A key of ``PURPOSES``.
        receiver: Whom it is for.
        commercial: Whether it will be used for profit.
        promises: What somebody vouches for, by code.

    Returns:
        A verdict for each code, refused where it does not fit.
    """
    verdicts: list[InputVerdict] = []

    def add(code: str, verdict: Literal["allowed", "promised", "refused"], sentence: str) -> None:
        verdicts.append(InputVerdict(dataset=dataset.name, code=code, verdict=verdict, sentence=sentence))

    permitted = False
    unfit: list[str] = []
    for code in dataset.data_use:
        condition = CONDITIONS.get(code)
        if condition is None:
            add(code, "refused", f"{code} is a condition that this qsetu does not know")
            continue
        if condition.kind == "permission":
            if condition.fits(purpose, receiver, commercial):
                permitted = True
                add(code, "allowed", f"{DUO_TERMS[code]}: allows {condition.sentence}")
            else:
                unfit.append(code)
        elif condition.kind == "rule":
            fits = condition.fits(purpose, receiver, commercial)
            add(code, "allowed" if fits else "refused", f"{DUO_TERMS[code]}: asks for {condition.sentence}")
        elif promise := promises.get(code, "").strip():
            permitted = permitted or code in _PERMITS_WHEN_PROMISED
            add(code, "promised", f"{DUO_TERMS[code]}: asks for {condition.sentence}; vouched for: {promise}")
        else:
            hint = f"somebody has to vouch for it: --promise {code}='...'"
            add(code, "refused", f"{DUO_TERMS[code]}: asks for {condition.sentence}; {hint}")
    for code in unfit:
        # Another permission fits: this one does not matter.
        if not permitted:
            text = f"{DUO_TERMS[code]}: allows {CONDITIONS[code].sentence}, not {PURPOSES[purpose]}"
            add(code, "refused", text)
    refused = any(one.verdict == "refused" for one in verdicts)
    if not permitted and not refused and dataset.access != "Open":
        add("", "refused", f"{dataset.access}, and no data-use code says what it may be used for")
    return verdicts
