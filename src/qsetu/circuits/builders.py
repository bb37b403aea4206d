"""One builder method for each gate: written by generate_builders.py, do not edit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qsetu.circuits.affine import Angle

if TYPE_CHECKING:
    from qsetu.circuits.circuit import Circuit

__all__ = ["GateBuilders"]


class GateBuilders(ABC):
    """Fluent methods, angles first, then controls, then targets; each returns a new circuit."""

    @abstractmethod
    def append(
        self,
        gate: str,
        qubits: int | Sequence[int],
        angles: Sequence[Angle] = (),
        *,
        controls: Sequence[int] = (),
    ) -> Circuit:
        """Add a gate by name."""

    def id(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Identity."""
        return self.append("id", qubit, (), controls=controls)

    def x(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli X (bit flip)."""
        return self.append("x", qubit, (), controls=controls)

    def y(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli Y."""
        return self.append("y", qubit, (), controls=controls)

    def z(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli Z (phase flip)."""
        return self.append("z", qubit, (), controls=controls)

    def h(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Hadamard."""
        return self.append("h", qubit, (), controls=controls)

    def s(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Square root of Z."""
        return self.append("s", qubit, (), controls=controls)

    def sdg(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Inverse of S."""
        return self.append("sdg", qubit, (), controls=controls)

    def t(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Fourth root of Z."""
        return self.append("t", qubit, (), controls=controls)

    def tdg(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Inverse of T."""
        return self.append("tdg", qubit, (), controls=controls)

    def sx(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Square root of X."""
        return self.append("sx", qubit, (), controls=controls)

    def sxdg(self, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Inverse of SX."""
        return self.append("sxdg", qubit, (), controls=controls)

    def rx(self, theta: Angle, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation about X."""
        return self.append("rx", qubit, (theta,), controls=controls)

    def ry(self, theta: Angle, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation about Y."""
        return self.append("ry", qubit, (theta,), controls=controls)

    def rz(self, theta: Angle, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation about Z."""
        return self.append("rz", qubit, (theta,), controls=controls)

    def p(self, theta: Angle, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Phase exp(i theta) on |1>."""
        return self.append("p", qubit, (theta,), controls=controls)

    def r(self, theta: Angle, phi: Angle, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation by theta about cos(phi) X + sin(phi) Y."""
        return self.append("r", qubit, (theta, phi), controls=controls)

    def u(self, theta: Angle, phi: Angle, lam: Angle, qubit: int, *, controls: Sequence[int] = ()) -> Circuit:
        """General one-qubit gate P(phi) RY(theta) P(lam)."""
        return self.append("u", qubit, (theta, phi, lam), controls=controls)

    def cu(
        self,
        theta: Angle,
        phi: Angle,
        lam: Angle,
        gamma: Angle,
        control: int,
        target: int,
        *,
        controls: Sequence[int] = (),
    ) -> Circuit:
        """Controlled exp(i gamma) U(theta, phi, lam); the first qubit is the control."""
        return self.append("cu", (control, target), (theta, phi, lam, gamma), controls=controls)

    def swap(self, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Exchange two qubits."""
        return self.append("swap", (qubit1, qubit2), (), controls=controls)

    def iswap(self, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Exchange with phase i."""
        return self.append("iswap", (qubit1, qubit2), (), controls=controls)

    def iswapdg(self, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Inverse of iSWAP."""
        return self.append("iswapdg", (qubit1, qubit2), (), controls=controls)

    def ecr(self, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Echoed cross-resonance."""
        return self.append("ecr", (qubit1, qubit2), (), controls=controls)

    def rxx(self, theta: Angle, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Ising XX rotation."""
        return self.append("rxx", (qubit1, qubit2), (theta,), controls=controls)

    def ryy(self, theta: Angle, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Ising YY rotation."""
        return self.append("ryy", (qubit1, qubit2), (theta,), controls=controls)

    def rzz(self, theta: Angle, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Ising ZZ rotation."""
        return self.append("rzz", (qubit1, qubit2), (theta,), controls=controls)

    def rzx(self, theta: Angle, qubit1: int, qubit2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation about Z (first) and X (second)."""
        return self.append("rzx", (qubit1, qubit2), (theta,), controls=controls)

    def gphase(self, theta: Angle, *, controls: Sequence[int] = ()) -> Circuit:
        """Global phase exp(i theta); under controls, a phase on them."""
        return self.append("gphase", (), (theta,), controls=controls)

    def cx(self, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli X (bit flip), under 1 control."""
        return self.append("cx", (control, target), (), controls=controls)

    def cy(self, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli Y, under 1 control."""
        return self.append("cy", (control, target), (), controls=controls)

    def cz(self, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli Z (phase flip), under 1 control."""
        return self.append("cz", (control, target), (), controls=controls)

    def ch(self, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Hadamard, under 1 control."""
        return self.append("ch", (control, target), (), controls=controls)

    def cs(self, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Square root of Z, under 1 control."""
        return self.append("cs", (control, target), (), controls=controls)

    def csdg(self, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Inverse of S, under 1 control."""
        return self.append("csdg", (control, target), (), controls=controls)

    def csx(self, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Square root of X, under 1 control."""
        return self.append("csx", (control, target), (), controls=controls)

    def crx(self, theta: Angle, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation about X, under 1 control."""
        return self.append("crx", (control, target), (theta,), controls=controls)

    def cry(self, theta: Angle, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation about Y, under 1 control."""
        return self.append("cry", (control, target), (theta,), controls=controls)

    def crz(self, theta: Angle, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Rotation about Z, under 1 control."""
        return self.append("crz", (control, target), (theta,), controls=controls)

    def cp(self, theta: Angle, control: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Phase exp(i theta) on |1>, under 1 control."""
        return self.append("cp", (control, target), (theta,), controls=controls)

    def cswap(self, control: int, target1: int, target2: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Exchange two qubits, under 1 control."""
        return self.append("cswap", (control, target1, target2), (), controls=controls)

    def ccx(self, control1: int, control2: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli X (bit flip), under 2 controls."""
        return self.append("ccx", (control1, control2, target), (), controls=controls)

    def ccz(self, control1: int, control2: int, target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli Z (phase flip), under 2 controls."""
        return self.append("ccz", (control1, control2, target), (), controls=controls)

    def mcx(self, control_qubits: Sequence[int], target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli X (bit flip), under any number of controls."""
        return self.append("mcx", (*control_qubits, target), (), controls=controls)

    def mcz(self, control_qubits: Sequence[int], target: int, *, controls: Sequence[int] = ()) -> Circuit:
        """Pauli Z (phase flip), under any number of controls."""
        return self.append("mcz", (*control_qubits, target), (), controls=controls)

    def mcp(
        self, theta: Angle, control_qubits: Sequence[int], target: int, *, controls: Sequence[int] = ()
    ) -> Circuit:
        """Phase exp(i theta) on |1>, under any number of controls."""
        return self.append("mcp", (*control_qubits, target), (theta,), controls=controls)
