"""Diagonal operations as polynomials in the bits of an index, and these as products of its two halves."""

from __future__ import annotations

import numpy as np

from qsetu.circuits.program import GateProgram
from qsetu.engines.xla.angles import Term, angle_of
from qsetu.engines.xla.facts import Facts
from qsetu.engines.xla.schedule import Step
from qsetu.engines.xla.sizes import Integers, doubled, halves, padded

__all__ = ["Monomials", "factored", "monomials_of"]

Monomials = list[tuple[int, Term]]  # positions whose bits are multiplied, and the phase where all are 1


def monomials_of(program: GateProgram, facts: Facts, step: Step) -> Monomials:
    """What the phases of a step add up to."""
    place = {q: p for p, q in enumerate(step.layout)}
    collected: dict[int, list[Term]] = {}
    for op in step.phases:
        control = sum(1 << p for q, p in place.items() if facts.controls[op] >> q & 1)
        bits = [1 << place[q] for q in facts.targets[op]]
        for chosen, term in _phases_of(program, op):
            mask = control | sum(bit for j, bit in enumerate(bits) if chosen >> j & 1)
            collected.setdefault(mask, []).append(term)
    return [(mask, term) for mask, terms in collected.items() for term in _summed(terms)]


def _summed(terms: list[Term]) -> list[Term]:
    """Constants become one term; what depends on parameters stays apart."""
    fixed = sum(term.constant for term in terms if not term.terms)
    return [term for term in terms if term.terms] + ([Term(fixed)] if fixed else [])


def _phases_of(program: GateProgram, op: int) -> list[tuple[int, Term]]:
    """The phase of a diagonal operation as a polynomial in the bits of its targets."""
    form = [np.diag(part) for part in program.operation_form(op)]
    angle = angle_of(program, op)
    if len(form) == 1:
        slope, start = np.zeros(len(form[0])), np.angle(form[0])
    else:
        constant, cosine, sine = form
        # An entry is a constant, or turns with the angle one way or the other: exp(i (start + slope angle)).
        slope = np.where(np.abs(cosine) < 0.5, 0.0, np.sign((sine * cosine.conj()).imag))
        start = np.angle(np.where(slope == 0, constant + cosine, cosine))
    phases = [
        angle.times(float(m))._replace(constant=m * angle.constant + a)
        for m, a in zip(slope, start, strict=True)
    ]
    return [(subset, term) for subset in range(len(phases)) if (term := _moebius(phases, subset)) != Term()]


def _moebius(phases: list[Term], subset: int) -> Term:
    constant = 0.0
    slots: dict[int, float] = {}
    inner = subset
    while True:
        sign = -1.0 if (subset ^ inner).bit_count() & 1 else 1.0
        constant += sign * phases[inner].constant
        for slot, c in phases[inner].terms:
            slots[slot] = slots.get(slot, 0.0) + sign * c
        if not inner:
            break
        inner = (inner - 1) & subset
    return Term(constant, tuple((slot, c) for slot, c in slots.items() if c))


def factored(monomials: list[Monomials], local: int, count: int) -> tuple[Integers, Integers, Integers]:
    """Masks of the upper and of the lower half of an index, and which pair each monomial is."""
    low = local // 2
    uppers, lowers, pairs = [], [], []
    for step in monomials:
        upper: dict[int, int] = {}
        lower: dict[int, int] = {}
        pieces = [halves(mask, low) for mask, _ in step]
        pairs.append([(upper.setdefault(u, len(upper)), lower.setdefault(v, len(lower))) for u, v in pieces])
        uppers.append(list(upper))
        lowers.append(list(lower))
    rows, columns = padded(uppers, count, doubled), padded(lowers, count, doubled)
    places = [[r * columns.shape[1] + v for r, v in step] for step in pairs]
    return rows, columns, padded(places, count, doubled)
