"""JSON from elsewhere: strict, and what a schema has against it in one line."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

__all__ = ["first_complaint", "parse_strict"]


def parse_strict(text: str) -> Any:
    """What ``text`` holds.

    Raises:
        ValueError: No JSON, or NaN and infinity, which JSON does not have.
        RecursionError: Nested without end.
    """
    return json.loads(text, parse_constant=_refuse_constant)


def first_complaint(error: ValidationError) -> str:
    """Where a schema first disagrees, and why: ``cases.0.name: Field required``."""
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not allowed")
