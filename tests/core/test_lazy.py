"""Names that are imported when they are first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import qsetu.experiments
import qsetu.sharing
import qsetu.sharing.usage

PACKAGES = (qsetu.experiments, qsetu.sharing, qsetu.sharing.usage)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda one: one.__name__)
def test_every_public_name_is_found_and_no_other(package):
    for name in package.__all__:
        assert getattr(package, name) is vars(package)[name]
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'nonsense'"):
        _ = package.nonsense


def test_nothing_is_imported_before_it_is_used():
    code = (
        "import sys, qsetu.sharing; print('qsetu.sharing.bundle' in sys.modules, 'pydantic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
