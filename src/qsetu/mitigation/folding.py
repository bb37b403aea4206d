"""Unitary folding: the same unitary with more gates, hence more noise, by a factor that is known.

Reference: T. Giurgica-Tiron, Y. Hindy, R. LaRose, A. Mari and W. J. Zeng, Digital zero noise extrapolation
for quantum error mitigation, IEEE QCE 2020, arXiv:2005.10921.
"""

from __future__ import annotations

from dataclasses import dataclass

from qsetu.circuits.circuit import MAX_OPERATIONS, Circuit
from qsetu.circuits.operation import Operation
from qsetu.core.checks import as_choice, as_float, as_int
from qsetu.core.errors import ArgumentError, Said

__all__ = ["FOLDINGS", "Folding", "as_folding", "fold"]

FOLDINGS = ("global", "gates")


def fold(circuit: Circuit, scale: float, *, folding: str = "global", min_qubits: int = 1) -> Circuit:
    """The same unitary, done with ``scale`` times as many gates.

    A gate G becomes ``G G^-1 G``, and again as often as it takes. Of d gates, k foldings reach the scale
    ``1 + 2 k / d``; the k is taken that comes nearest to ``scale``, so odd scales are reached exactly.

    Args:
        circuit: The circuit C; parameter slots stay what they are.
        scale: At least 1.
        folding: "global" appends ``C^-1 C`` as a whole, and for what is left over the same of C's last gates.
            "gates" folds each gate in its place, and for what is left over some once more, evenly spread.
        min_qubits: Only gates on at least so many qubits (controls count) are counted, and with "gates" only
            these are folded. 2 where gates on one qubit have next to no noise.

    Returns:
        A circuit that is ``circuit`` up to rounding. Its scale is its number of counted gates divided by that
        of ``circuit``.

    Raises:
        ArgumentError: The circuit has no gate that counts; ``scale`` is below 1; the folded circuit would
            have more than 10,000,000 operations; unknown folding.

    A compiler that cancels gates with their inverses takes the folding out again: on other machines, compile
    first and fold what came out.

    Example:
        >>> import qsetu
        >>> bell = qsetu.Circuit(2).h(0).cx(0, 1)
        >>> qsetu.fold(bell, 3, folding="gates")
        Circuit(2).h(0).h(0).h(0).x(1, controls=[0]).x(1, controls=[0]).x(1, controls=[0])
        >>> qsetu.fold(bell, 2)
        Circuit(2).h(0).x(1, controls=[0]).x(1, controls=[0]).x(1, controls=[0])
    """
    plan = as_folding(circuit, folding, min_qubits)
    return plan.folded(plan.foldings(scale))


@dataclass(frozen=True)
class Folding:
    """How one circuit is folded.

    Attributes:
        circuit: The circuit.
        method: One of :data:`FOLDINGS`.
        counted: Places of the operations that count.
    """

    circuit: Circuit
    method: str
    counted: tuple[int, ...]

    def foldings(self, scale: float) -> int:
        """How many gates to fold (one may be folded several times) to come nearest to ``scale``.

        Raises:
            ArgumentError: ``scale`` is below 1, or takes too many operations.
        """
        limit = MAX_OPERATIONS // len(self.circuit)
        wanted = as_float("scale", scale, low=1.0, high=float(max(1, limit)))
        return round((wanted - 1) / 2 * len(self.counted))

    def reached(self, foldings: int) -> float:
        """The scale that so many foldings make."""
        return (len(self.counted) + 2 * foldings) / len(self.counted)

    def folded(self, foldings: int) -> Circuit:
        """The folded circuit."""
        whole, rest = divmod(foldings, len(self.counted))
        operations = self.circuit.operations
        made: list[Operation] = []
        if self.method == "global":
            tail = operations[self.counted[-rest] :] if rest else ()
            made += operations
            for part in (*[operations] * whole, tail):
                made += [op.inverse() for op in reversed(part)]
                made += part
        else:
            place = {at: number for number, at in enumerate(self.counted)}
            for at, op in enumerate(operations):
                made.append(op)
                if at in place:
                    # One of `rest` that are spread evenly over all that count.
                    once = (place[at] + 1) * rest // len(place) - place[at] * rest // len(place)
                    made += [op.inverse(), op] * (whole + once)
        return Circuit.from_operations(self.circuit.num_qubits, made)


def as_folding(circuit: Circuit, folding: str, min_qubits: int) -> Folding:
    """The arguments of :func:`fold`, checked."""
    if not isinstance(circuit, Circuit):
        raise ArgumentError("circuit", "must be a qsetu.Circuit", circuit)
    method = as_choice("folding", folding, FOLDINGS)
    least = as_int("min_qubits", min_qubits, 1, None, "A global phase acts on no qubit and has no noise.")
    counted = tuple(
        at for at, op in enumerate(circuit.operations) if len(op.qubits) + len(op.controls) >= least
    )
    if not counted:
        rule = f"must have a gate on at least {least} qubit(s) to fold"
        raise ArgumentError(
            "circuit", rule, Said(f"a circuit of {len(circuit)} operation(s), none of them so")
        )
    return Folding(circuit, method, counted)
