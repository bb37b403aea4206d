"""Downloads: checked by content, continued where they stopped, never half a file where one is wanted."""

from __future__ import annotations

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from qsetu.core.errors import DataError
from qsetu.genomics import builtin_cards, dataset_card, fetch_dataset, verify_dataset
from qsetu.genomics.card import DatasetCard
from qsetu.genomics.storage import Source

CONTENT = bytes(range(256)) * 2000  # 512,000 bytes: several pieces of a download
RAW = b"line\n" * 30000


class Server:
    """Serves what it is told, counts what it is asked, and can hang up early."""

    def __init__(self):
        self.files = {}
        self.asked = []
        self.stop_after = None
        self.ranges = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = outer.files.get(self.path)
                given = self.headers.get("Range")
                outer.asked.append((self.path, given))
                if body is None:
                    self.send_error(404)
                    return
                start = int(given.removeprefix("bytes=").rstrip("-")) if given and outer.ranges else 0
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                rest = body[start:]
                self.wfile.write(rest if outer.stop_after is None else rest[: outer.stop_after])

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_port}{name}"


@pytest.fixture
def server():
    made = Server()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(autouse=True)
def _nothing_here(monkeypatch, tmp_path):
    monkeypatch.delenv("QSETU_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def card_of(*files) -> DatasetCard:
    facts = dataset_card("uci-promoters").model_dump()
    facts["parts"] = {"": {"title": "A part", "num_samples": 1, "files": files}}
    return DatasetCard.model_validate(facts)


def plain(server, content=CONTENT, name="/data.bin", **changes):
    server.files.setdefault(name, content)
    entry = {
        "path": "mine/data.bin",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "urls": [server.url(name)],
    }
    return card_of(entry | changes)


def leftovers(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_fetched_once(server, tmp_path):
    card = plain(server)
    (path,) = fetch_dataset(card.name, tmp_path / "to", card=card, progress=False)
    assert path.read_bytes() == CONTENT
    assert fetch_dataset(card.name, tmp_path / "to", card=card) == [path]
    assert len(server.asked) == 1
    assert leftovers(tmp_path / "to") == ["data.bin"]
    # A copy elsewhere does not count where a folder is named: that folder is to be carried away.
    fetch_dataset(card.name, card=card, progress=False)
    fetch_dataset(card.name, tmp_path / "other", card=card, progress=False)
    assert leftovers(tmp_path / "other") == ["data.bin"]


def test_the_cache_is_where_loading_looks(server):
    card = plain(server)
    (path,) = fetch_dataset(card.name, card=card, progress=False)
    assert Source(card, "").path() == path


def test_the_folder_that_is_named_comes_before_the_cache(server, tmp_path, monkeypatch):
    card = plain(server)
    fetch_dataset(card.name, card=card, progress=False)
    named = tmp_path / "named"
    (path,) = fetch_dataset(card.name, named, card=card, progress=False)
    monkeypatch.setenv("QSETU_DATA", str(named))
    assert Source(card, "").path() == path


def test_a_download_goes_on_where_it_stopped(server, tmp_path):
    card = plain(server)
    server.stop_after = 200_000
    with pytest.raises(DataError, match="was not fetched"):
        fetch_dataset(card.name, tmp_path, card=card, progress=False)
    assert not (tmp_path / "mine" / "data.bin").exists()
    server.stop_after = None
    (path,) = fetch_dataset(card.name, tmp_path, card=card, progress=False)
    assert path.read_bytes() == CONTENT
    kept = server.asked[-1][1]
    assert kept is not None
    assert 0 < int(kept.removeprefix("bytes=").rstrip("-")) <= 200_000
    assert leftovers(tmp_path) == ["data.bin"]


def test_a_server_that_cannot_go_on_sends_all_of_it(server, tmp_path):
    card = plain(server)
    server.stop_after = 100_000
    with pytest.raises(DataError):
        fetch_dataset(card.name, tmp_path, card=card, progress=False)
    server.stop_after, server.ranges = None, False
    (path,) = fetch_dataset(card.name, tmp_path, card=card, progress=False)
    assert path.read_bytes() == CONTENT
    assert len(server.asked) == 2


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"x", CONTENT[:-1], CONTENT + b"x"])
def test_another_file_is_refused_and_nothing_stays(server, tmp_path, wrong):
    card = plain(server)
    server.files["/data.bin"] = wrong
    with pytest.raises(DataError, match=r"data\.bin"):
        fetch_dataset(card.name, tmp_path, card=card, progress=False)
    assert not (tmp_path / "mine" / "data.bin").exists()
    if len(wrong) >= len(CONTENT):  # what is too short may only have been cut off
        assert leftovers(tmp_path) == []
    server.files["/data.bin"] = CONTENT
    (path,) = fetch_dataset(card.name, tmp_path, card=card, progress=False)
    assert path.read_bytes() == CONTENT


def test_a_wrong_beginning_kept_from_before_is_thrown_away(server, tmp_path):
    card = plain(server)
    server.files["/data.bin"] = b"y" * len(CONTENT)
    server.stop_after = 150_000
    with pytest.raises(DataError):
        fetch_dataset(card.name, tmp_path, card=card, progress=False)
    server.files["/data.bin"], server.stop_after = CONTENT, None
    (path,) = fetch_dataset(card.name, tmp_path, card=card, progress=False)
    assert path.read_bytes() == CONTENT


def test_the_next_address_is_tried(server, tmp_path):
    card = plain(server, urls=[server.url("/gone"), server.url("/data.bin")])
    (path,) = fetch_dataset(card.name, tmp_path, card=card, progress=False)
    assert path.read_bytes() == CONTENT


def test_a_packed_file_may_lie_there_unpacked(server, tmp_path):
    packed = gzip.compress(RAW, mtime=0)
    entry = {
        "path": "mine/table.csv.gz",
        "size": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
        "unpacked_sha256": hashlib.sha256(RAW).hexdigest(),
        "unpacked_size": len(RAW),
        "urls": [server.url("/table.csv")],
    }
    server.files["/table.csv"] = RAW
    card = card_of(entry)
    (path,) = fetch_dataset(card.name, card=card, progress=False)
    assert path.name == "table.csv"
    assert Source(card, "").bytes() == RAW
    path.write_bytes(RAW[:-1] + b"x")
    with pytest.raises(DataError, match="is not the file"):
        Source(card, "").bytes()


def test_files_without_an_address_say_how_they_were_made(tmp_path):
    with pytest.raises(DataError, match="no address has this very file") as said:
        fetch_dataset("wheat-cimmyt", tmp_path)
    assert "R matrix written as CSV" in str(said.value)
    assert "QSETU_DATA" in str(said.value)


def test_a_wrong_or_missing_file_is_named(monkeypatch, tmp_path):
    card = dataset_card("uci-promoters")
    source = Source(card, "")
    with pytest.raises(DataError, match="qsetu data fetch uci-promoters"):
        source.path()
    folder = tmp_path / "uci-promoters"
    folder.mkdir()
    (folder / "promoters.data").write_text("+,S10,acgt\n")
    monkeypatch.setenv("QSETU_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"promoters\.data' is not the file.*11 bytes, expected 7089"):
        source.path()
    (state,) = verify_dataset("uci-promoters")
    assert state.state == "wrong"
    (folder / "promoters.data").unlink()
    assert verify_dataset("uci-promoters")[0].state == "missing"
    monkeypatch.setenv("QSETU_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="not a folder"):
        verify_dataset("uci-promoters")


def test_truncated_gzip_is_refused_even_with_a_known_hash(tmp_path, monkeypatch):
    cut = gzip.compress(RAW)[:-20]
    entry = {
        "path": "mine/t.gz",
        "size": len(cut),
        "sha256": hashlib.sha256(cut).hexdigest(),
        "origin": "cut",
    }
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "t.gz").write_bytes(cut)
    monkeypatch.setenv("QSETU_DATA", str(tmp_path))
    with pytest.raises(DataError, match="cannot be unpacked"):
        Source(card_of(entry), "").bytes()


def test_addresses_are_pinned():
    for card in builtin_cards().values():
        for part in card.parts.values():
            for file in part.files:
                for url in file.urls:
                    assert url.startswith("https://"), url
