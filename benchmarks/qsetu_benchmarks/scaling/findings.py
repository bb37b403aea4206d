"""What follows from all points together: exponents, errors of predictions, sizes that fit on no machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from qsetu.bench import CaseRecord, Errors, FindingRecord, errors_of, power_law
from qsetu.bench.records import CandidateRecord
from qsetu_benchmarks.circuits import FAMILIES
from qsetu_benchmarks.scaling.nodes import AMPLITUDE, ARCHER2, Node, extrapolated

__all__ = ["cost_of_a_gate", "findings", "on_paper"]

FEWEST = 3  # points of a fit
# What is fitted on an axis, and the size of a point; threads shorten, so their exponent is turned around.
LAWS: dict[str, tuple[str, str, Callable[[float], float], float]] = {
    "qubits": ("qubits", "time ~ 2^(a n): a", lambda n: 2.0**n, 1.0),
    "depth": ("layers", "time ~ layers^b: b", float, 1.0),
    "rows": ("rows", "time ~ rows^c: c", float, 1.0),
    "threads": ("threads", "time ~ threads^-d: d", float, -1.0),
}
# Below this, a peak is that of whatever a process allocates on the way.
SEEN = 32 * 2**20  # bytes
ON_PAPER = ("hardware-efficient", "random-pairs")
WIDTHS = (36, 38, 40, 42, 44)
# The cost of a gate is that of a state in memory, as on nodes; smaller ones stay in a cache.
LEAST_MEASURED = 20  # qubits


def findings(cases: Sequence[CaseRecord]) -> list[FindingRecord]:
    """All that these cases allow to be said."""
    points = [case for case in cases if "axis" in case.facts]
    return [
        *_exponents(points),
        *_threads(points),
        *_compiling(points),
        *_devices(points),
        *_memory(points),
        *_predictions(points),
        *on_paper(points),
    ]


def _series(points: Sequence[CaseRecord], axis: str) -> dict[str, list[CaseRecord]]:
    """The points of an axis by what they belong to, each in order."""
    found: dict[str, list[CaseRecord]] = {}
    for case in points:
        if case.facts["axis"] == axis:
            found.setdefault(str(case.facts["series"]), []).append(case)
    return {name: sorted(some, key=lambda case: case.facts["value"]) for name, some in found.items()}


def _exponents(points: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    for axis, (unit, law, size, sign) in LAWS.items():
        for name, some in _series(points, axis).items():
            values = [float(case.facts["value"]) for case in some]
            if len(set(values)) < FEWEST:
                continue
            fit = power_law([size(value) for value in values], [case.ours for case in some])
            low, value, high = sorted((sign * fit.low, sign * fit.exponent, sign * fit.high))
            yield FindingRecord(
                about="exponents",
                what=f"{name}, {values[0]:g} to {values[-1]:g} {unit}: {law}",
                found=f"{value:.2f} ({low:.2f} to {high:.2f}), points within {fit.off:.2f} times of the line",
                value=value,
                low=low,
                high=high,
                how="least squares on logarithms; the interval (95 %) is of rounds, and does not know a bend",
            )


def _threads(points: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    for name, some in _series(points, "threads").items():
        first, last = some[0], some[-1]
        if first.facts["value"] != 1 or last is first:
            continue
        threads, gain = int(last.facts["value"]), first.ours.median / last.ours.median
        yield FindingRecord(
            about="threads",
            what=f"{name}: {threads} threads",
            found=f"{gain:.2f} times as fast as one, {gain / threads:.0%} of what they could",
            value=gain,
        )


def _compiling(points: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    """What a first call costs beyond that of another circuit of the size: XLA's own compiling."""
    for name, some in _series(points, "depth").items():
        timed = [(c, new) for c in some if c.facts["engine"] == "xla" and (new := c.the("new"))]
        for case, new in timed:
            once, another = (max(0.0, more) for more in _more(case, new))
            yield FindingRecord(
                about="compiling",
                what=f"{name}, {case.facts['value']} layers",
                found=f"{once:.3g} s once, {another:.3g} s for another circuit",
                value=once,
                how="first call less that of a circuit with one gate more; that less a warm call",
            )


def _more(case: CaseRecord, new: CandidateRecord) -> tuple[float, float]:
    return case.ours.first - new.median, new.median - case.ours.median


def _devices(points: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    for name, some in _series(points, "devices").items():
        each = [case.ours.median / int(case.facts["gates"]) for case in some]
        for case, seconds in zip(some[1:], each[1:], strict=True):
            if some[0].facts["value"] == 1:
                yield FindingRecord(
                    about="weak scaling",
                    what=f"{case.facts['value']} devices ({name}), {case.facts['qubits']} qubits",
                    found=f"{each[0] / seconds:.0%} efficient",
                    value=each[0] / seconds,
                    how=f"time a gate on 1 over that on all; {case.note or 'each keeps as many qubits'}",
                )


def _memory(points: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    states = [
        case
        for case in points
        if case.facts["axis"] == "qubits" and _state_bytes(case) >= SEEN and case.ours.memory_bytes
    ]
    if states:
        peaks = [case.ours.memory_bytes / _state_bytes(case) for case in states]
        yield FindingRecord(
            about="memory",
            what="peak over the size of the state",
            found=f"{min(peaks):.2f} to {max(peaks):.2f} times, {len(states)} states",
            value=max(peaks),
            how=f"states of {SEEN >> 20} MiB and more: below, the peak is not the state's",
        )


def _state_bytes(case: CaseRecord) -> int:
    return AMPLITUDE << int(case.facts["qubits"])


def _predictions(points: Sequence[CaseRecord]) -> Iterator[FindingRecord]:
    """`qsetu.explain`'s seconds and bytes over those measured."""
    for engine in dict.fromkeys(str(case.facts["engine"]) for case in points):
        told = [c for c in points if c.facts["engine"] == engine and "predicted_seconds" in c.facts]
        if told:
            off = errors_of(
                [float(c.facts["predicted_seconds"]) for c in told], [c.ours.median for c in told]
            )
            yield _error("time", engine, off, told[off.where])
        large = [c for c in told if int(c.facts["predicted_bytes"]) >= SEEN and c.ours.memory_bytes]
        if large:
            off = errors_of(
                [float(c.facts["predicted_bytes"]) for c in large],
                [float(c.ours.memory_bytes or 0) for c in large],
            )
            yield _error("memory", engine, off, large[off.where])


def _error(what: str, engine: str, off: Errors, worst: CaseRecord) -> FindingRecord:
    return FindingRecord(
        about="explain",
        what=f"{engine}: predicted {what} off by",
        found=f"{off.median:.2f} times in the median of {off.count}, {off.within_two:.0%} within 2; "
        f"at worst {off.worst:.2f}: {worst.title}",
        value=off.median,
        how="an error is a factor, either way; predicted before anything of the circuit ran",
    )


def cost_of_a_gate(cases: Sequence[CaseRecord], family: str) -> tuple[float, CaseRecord] | None:
    """Seconds of a gate on an amplitude, of the widest state of a family; None where none was in memory."""
    states = _series([c for c in cases if "axis" in c.facts], "qubits").get(family)
    if not states or int(states[-1].facts["qubits"]) < LEAST_MEASURED:
        return None
    widest = states[-1]
    amplitudes = 2.0 ** int(widest.facts["qubits"])
    return widest.ours.median / (int(widest.facts["gates"]) * amplitudes), widest


def on_paper(cases: Sequence[CaseRecord], node: Node = ARCHER2) -> list[FindingRecord]:
    """What circuits of 36 to 44 qubits would take over nodes; `nodes.extrapolated` says what is assumed."""
    found = []
    for family in ON_PAPER:
        cost = cost_of_a_gate(cases, family)
        if cost is None:
            continue
        each, widest = cost
        how = (
            f"nothing of this ran. {family}: {1e9 * each:.3g} ns a gate and amplitude, as measured at "
            f"{widest.facts['qubits']} qubits here, taken for each node's (which are {node.speed:g} times as "
            f"fast); nodes of {node.memory / 1e9:.0f} GB that send {node.network / 1e9:.0f} GB/s, no latency"
        )
        for n in WIDTHS:
            it = extrapolated(FAMILIES[family](n), each, node)
            memory = f"{it.nodes:,} node(s) with {it.node_bytes / 1e9:,.0f} GB each"
            times = f"{_long(it.compute)} for gates, {_long(it.network)} for {it.exchanges} exchanges"
            found.append(
                FindingRecord(
                    about="extrapolation on paper",
                    what=f"{family}, {n} qubits",
                    found=f"{memory}, {_long(it.seconds)}: {times}",
                    value=it.seconds,
                    how=how,
                )
            )
    return found


def _long(seconds: float) -> str:
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
