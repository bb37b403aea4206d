"""Hashing, seeds, files, errors."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from qsetu.core import errors, files, hashing, machine, seeds


@dataclass(frozen=True)
class Point:
    x: float
    y: float


def test_content_hash_tells_values_apart():
    values = [
        None, True, 1, 1.0, "1", b"1", (1,), (1, 1), ((1,), 1), (1, (1,)), {"a": 1}, {"a": 2}, {"b": 1},
        np.array([1]), np.array([1.0]), np.array([[1]]), np.array([1], dtype=np.int32), 1j, "", (), {},
        Point(1, 2), Point(2, 1), ("ab", "c"), ("a", "bc"),
    ]  # fmt: skip
    hashes = [hashing.content_hash(value) for value in values]
    assert len(set(hashes)) == len(hashes)


def test_content_hash_ignores_what_is_not_content():
    assert hashing.content_hash({"a": 1, "b": 2}) == hashing.content_hash({"b": 2, "a": 1})
    array = np.arange(12.0).reshape(3, 4)
    assert hashing.content_hash(array) == hashing.content_hash(np.asfortranarray(array))
    assert hashing.content_hash(array) == hashing.content_hash(array.astype(">f8"))
    # The number itself is part of every stored seed and address: it may never change.
    assert hashing.content_hash("qsetu", 1, [2.5]) == (
        "bfe8d25379fd34a43776f824d2a6ccebc658944c4e9935b77e1134432c8e4a7b"
    )
    with pytest.raises(TypeError, match="object"):
        hashing.content_hash(object())


def test_named_seeds_are_stable_and_independent():
    assert seeds.derive_seed(0, "fold", 1) == seeds.derive_seed(0, "fold", 1)
    names = {seeds.derive_seed(s, n, i) for s in range(5) for n in ("fold", "model") for i in range(50)}
    assert len(names) == 500
    assert seeds.generator(3, "a").random() == seeds.generator(3, "a").random()
    assert seeds.generator(None, "a").random() != seeds.generator(None, "a").random()


def test_staged_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "result"
    with pytest.raises(KeyboardInterrupt), files.staged_folder(target) as stage:
        (stage / "half.json").write_text("{")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with files.staged_folder(target) as stage:
        (stage / "whole.json").write_text("{}")
        assert not target.exists()
    assert [p.name for p in target.iterdir()] == ["whole.json"]
    assert [p.name for p in tmp_path.iterdir()] == ["result"]


def test_output_folder_refusals(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(errors.OutputError, match="existing file"):
        files.check_output_folder(tmp_path / "file")
    with pytest.raises(errors.OutputError, match="not empty"):
        files.check_output_folder(tmp_path)
    with pytest.raises(errors.OutputError, match="cannot be written"):
        files.check_output_folder(tmp_path / "file" / "below")
    if os.geteuid() != 0:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        with pytest.raises(errors.OutputError, match="cannot be written"):
            files.check_output_folder(locked / "out")


def test_a_file_appears_whole_or_stays_as_it_was(tmp_path, monkeypatch):
    target = tmp_path / "f"
    files.write_whole(target, b"one", replace=False)
    mask = os.umask(0)
    os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~mask
    with pytest.raises(errors.OutputError, match="exists, and nothing is overwritten"):
        files.write_whole(target, b"two", replace=False)
    assert target.read_bytes() == b"one"
    files.write_whole(target, b"three")
    assert target.read_bytes() == b"three"
    with pytest.raises(errors.OutputError, match="cannot be written"):
        files.write_whole(tmp_path / "none" / "f", b"")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(errors.OutputError, match="No space left"):
        files.write_whole(target, b"four")
    assert target.read_bytes() == b"three" and [one.name for one in tmp_path.iterdir()] == ["f"]


def test_errors_survive_pickling_and_stay_short():
    error = errors.ArgumentError("x", "must be small", list(range(1000)), "Try less.")
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, ValueError)
    assert "must be small" in str(copy)
    assert "Try less." in str(copy)
    assert len(str(error)) < 250


def test_machine_record_is_plain_and_names_nobody():
    import getpass
    import json
    import platform

    record = machine.environment_record()
    text = json.dumps(record)
    assert record["packages"]["numpy"] == np.__version__
    assert machine.available_memory() > 0
    assert platform.node() == "" or platform.node() not in text
    assert getpass.getuser() not in text.split('"')
