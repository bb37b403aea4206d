"""On which line of a TOML text each key stands, which the standard library's parser does not tell."""

from __future__ import annotations

__all__ = ["key_lines", "line_of"]

Path = tuple[str, ...]


def key_lines(text: str) -> dict[Path, int]:
    """Line, from 1, of every key and array element of a valid TOML text, by its path.

    Elements of arrays count as keys "0", "1", ... The text must have been accepted by ``tomllib``: nothing
    is checked again here, and what is not understood is left out.
    """
    return _Reader(text).read()


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """The line of ``path``, or of the nearest table around it that has one."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _Reader:
    """Walks once over the characters; keeps the place, counts the lines behind it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        prefix: Path = ()
        while self._skip(" \t\r\n"):
            start = self.place
            if self._peek() == "[":
                array = self.text.startswith("[[", self.place)
                self.place += 2 if array else 1
                prefix = self._resolved(self._key("]"))
                if array:
                    number = self.tables.get(prefix, -1) + 1
                    self.tables[prefix] = number
                    prefix = (*prefix, str(number))
                self.place += 2 if array else 1
                self._note(prefix, start)
            else:
                self._pair(prefix)
            if self.place == start:  # cannot happen in valid TOML; never loop
                break
        return self.lines

    def _resolved(self, key: Path) -> Path:
        """A header below an array of tables means the last element of that array."""
        path: Path = ()
        for position, part in enumerate(key):
            path = (*path, part)
            if path in self.tables and position < len(key) - 1:
                path = (*path, str(self.tables[path]))
        return path

    def _pair(self, prefix: Path) -> None:
        start = self.place
        path = (*prefix, *self._key("="))
        self.place += 1
        self._note(path, start)
        self._skip(" \t\r\n")
        self._value(path)

    def _value(self, path: Path) -> None:
        sign = self._peek()
        if sign == "[":
            self.place += 1
            number = 0
            while self._skip(" \t\r\n,") and self._peek() != "]":
                self._note((*path, str(number)), self.place)
                self._value((*path, str(number)))
                number += 1
            self.place += 1
        elif sign == "{":
            self.place += 1
            while self._skip(" \t\r\n,") and self._peek() != "}":
                self._pair(path)
            self.place += 1
        elif sign in ('"', "'"):
            self._string()
        else:
            while self._peek() not in ("", ",", "]", "}", "\n", "#"):
                self.place += 1

    def _key(self, end: str) -> Path:
        """A dotted key up to ``end``, which is not taken."""
        parts: list[str] = []
        word = ""
        while self._peek() not in ("", end):
            sign = self._peek()
            if sign in ('"', "'"):
                word += self._string()
            elif sign == ".":
                parts.append(word)
                word = ""
                self.place += 1
            else:
                word += "" if sign.isspace() else sign
                self.place += 1
        return (*parts, word)

    def _string(self) -> str:
        quote = self._peek()
        long = self.text.startswith(quote * 3, self.place)
        end = quote * 3 if long else quote
        start = self.place = self.place + len(end)
        while self.place < len(self.text) and not self.text.startswith(end, self.place):
            self.place += 2 if quote == '"' and self.text[self.place] == "\\" else 1
        found = self.text[start : self.place]
        self.place += len(end)
        while long and self._peek() == quote:  # up to two quotes may stand before the closing three
            self.place += 1
        return found

    def _skip(self, signs: str) -> bool:
        """Go past ``signs`` and comments; False at the end of the text."""
        while self.place < len(self.text):
            if self.text[self.place] == "#":
                end = self.text.find("\n", self.place)
                self.place = len(self.text) if end < 0 else end
            elif self.text[self.place] in signs:
                self.place += 1
            else:
                return True
        return False

    def _peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def _note(self, path: Path, place: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], self.text.count("\n", 0, place) + 1)
