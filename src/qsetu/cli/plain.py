"""Text as it is: what a user or a partner wrote is never taken for markup, nor broken into lines."""

from __future__ import annotations

__all__ = ["say"]


def say(text: str, style: str = "") -> None:
    """Print ``text``, in one color if the terminal has any."""
    from rich.console import Console

    Console().print(text, style=style, markup=False, highlight=False, soft_wrap=True)
