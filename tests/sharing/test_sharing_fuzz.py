"""Whatever a bundle says of itself, checking it ends in a report."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sharing_support import code, declaring, packed, text, written

from qsetu.sharing import BundleError, SignatureError, verify
from qsetu.sharing.bundle.archive import open_archive, write_archive
from qsetu.sharing.signing import KeyList, verify_envelope

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("bundle")
    path = written(folder, "n", text("# T"), code("load_dataset('uci-splice')"), declaring("score", 0.5))
    with open_archive(packed(folder, path).path) as archive:
        return {name: archive.read(name) for name in archive.sizes}


def places(value: Any, above: tuple = ()) -> list[tuple]:
    """Every place in a JSON document, by the keys that lead to it."""
    found = [above] if above else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*above, key))
    return found


def changed(document: Any, place: tuple, value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return copy


@settings(max_examples=60, **QUIET)
@given(data=st.data())
@pytest.mark.parametrize("name", ["bundle.json", "ro-crate-metadata.json", "notebooks/n.ipynb"])
def test_any_change_of_a_document_ends_in_a_report(files, tmp_path, name, data):
    document = json.loads(files[name])
    place = data.draw(st.sampled_from([one for one in places(document) if "packages" not in one]))
    mutated = json.dumps(changed(document, place, data.draw(JSON))).encode()
    stream = io.BytesIO()
    write_archive({**files, name: mutated}, stream)
    path = Path(tmp_path) / "given.qsetu.zip"
    path.write_bytes(stream.getvalue())
    report = verify(path, unsigned=True)
    assert report.checks[0].name == "form"
    if name != "bundle.json" and json.loads(mutated) != document:
        assert not report.passed


@settings(max_examples=100, **QUIET)
@given(data=st.binary(max_size=300))
def test_no_bytes_are_a_bundle(tmp_path, data):
    path = Path(tmp_path) / "given.qsetu.zip"
    path.write_bytes(data)
    assert not verify(path, unsigned=True).passed


@settings(max_examples=100, **QUIET)
@given(content=JSON | st.text(max_size=50))
def test_no_json_is_a_signature(tmp_path, content):
    path = Path(tmp_path) / "given.dsse.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), errors="replace")
    with pytest.raises(SignatureError):
        verify_envelope(path, "0" * 64, KeyList(Path(tmp_path) / "keys"))


def test_a_bundle_error_says_which_file(tmp_path):
    with pytest.raises(BundleError, match=r"absent\.qsetu\.zip"), open_archive(tmp_path / "absent.qsetu.zip"):
        pass
