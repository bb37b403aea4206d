"""Cells of ``sacct``: sizes, times, states, counts of GPUs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from fractions import Fraction

__all__ = ["ENDED", "GOING_ON", "gpu_count", "memory_bytes", "moment", "state", "whole_seconds"]

ENDED = {
    "COMPLETED": "finished",
    "FAILED": "failed",
    "BOOT_FAIL": "failed",
    "NODE_FAIL": "failed",
    "OUT_OF_MEMORY": "failed",
    "CANCELLED": "stopped",
    "DEADLINE": "stopped",
    "PREEMPTED": "stopped",
    "REQUEUED": "stopped",
    "REVOKED": "stopped",
    "TIMEOUT": "stopped",
}
"""States of jobs that have ended, and our words for them."""

GOING_ON = {
    "CONFIGURING",
    "COMPLETING",
    "PENDING",
    "RESIZING",
    "RUNNING",
    "SIGNALING",
    "STAGE_OUT",
    "STOPPED",
    "SUSPENDED",
}
"""States of jobs that have not: they are counted when they have."""

_EMPTY = {"", "unknown", "none", "(null)", "n/a"}
_SIZE = re.compile(r"(\d{1,18}(?:\.\d{1,9})?)([KMGTPE]?)(?:i?B)?", re.ASCII)
_POWERS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40, "P": 50, "E": 60}
# "gres/gpu=2" is all of them; "gres/gpu:a100=2" those of one kind; "gres/gpumem" is something else.
_GPUS = re.compile(r"gres/gpu(:[^=,]+)?=(\d{1,9})", re.ASCII)


def state(cell: str) -> str:
    """The first word: "CANCELLED by 1234" and "CANCELLED+" are CANCELLED."""
    return cell.split()[0].rstrip("+").upper() if cell.split() else ""


def whole_seconds(cell: str) -> int | None:
    """Seconds of a column whose name ends in RAW; None if it is empty.

    Raises:
        ValueError: Something else.
    """
    if cell.lower() in _EMPTY:
        return None
    if not re.fullmatch(r"\d{1,18}", cell, re.ASCII):
        raise ValueError("a whole number of seconds is expected")
    return int(cell)


def memory_bytes(cell: str) -> int | None:
    """Bytes of "1180K", "1.50M", "2G" (powers of 1024) or plain bytes (``--noconvert``); None if empty.

    Raises:
        ValueError: Something else.
    """
    if cell.lower() in _EMPTY:
        return None
    found = _SIZE.fullmatch(cell.strip())
    if not found:
        raise ValueError("a size such as 1180K, 1.5M, 2G or plain bytes is expected")
    return round(Fraction(found[1]) * (1 << _POWERS[found[2]]))


def gpu_count(cell: str) -> int:
    """GPUs of an ``AllocTRES`` such as ``cpu=8,gres/gpu:a100=2,gres/gpu=2,mem=64G``: 2.

    Slurm may say both how many there are and how many of each kind, which are the same ones.
    """
    total, of_kinds = None, 0
    for part in cell.split(","):
        found = _GPUS.fullmatch(part.strip())
        if found and found[1]:
            of_kinds += int(found[2])
        elif found:
            total = int(found[2])
    return of_kinds if total is None else total


def moment(cell: str, zone: tzinfo) -> datetime | None:
    """A time as ``sacct`` prints it, in UTC; None if there is none.

    Args:
        cell: ``2026-01-31T10:00:00``, with an offset or not, or seconds since 1970.
        zone: Of times without an offset.

    Raises:
        ValueError: Something else.
    """
    if cell.lower() in _EMPTY:
        return None
    try:
        if re.fullmatch(r"\d{9,11}", cell, re.ASCII):  # SLURM_TIME_FORMAT=%s
            return datetime.fromtimestamp(int(cell), UTC)
        found = datetime.fromisoformat(cell)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("a time such as 2026-01-31T10:00:00 is expected") from None
