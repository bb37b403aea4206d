"""The pages, and the catalogue behind a web address."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from catalogue_support import made, pushed, tree

from qsetu.core.errors import ArgumentError, DataError
from qsetu.sharing.catalogue import Catalogue, sync, write_site
from qsetu.sharing.catalogue.reading import object_name

NASTY = "<script>alert(1)</script> & \"quotes\" '{{ 7*7 }}'"
FACTS = {"license": NASTY, "description": NASTY + "\n<img src=x onerror=alert(2)>", "author": "<b>Ada</b>"}


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def served(tmp_path):
    """Serves folders on this machine; gives what makes an address of a folder."""
    servers = []

    def serve(handler):
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def folder_handler(folder):
    return partial(Quiet, directory=str(folder))


@pytest.fixture
def filled(tmp_path):
    catalogue = made(tmp_path, holds="Private", institution="Institute of <i>Genomics</i>")
    data = pushed(catalogue, tmp_path, "data", name="cells", kind="dataset", title=NASTY, **FACTS)
    model = pushed(catalogue, tmp_path, "model", derived_from=["cells", "ab" * 32], data_use=["DUO:0000042"])
    cohort = pushed(
        catalogue, tmp_path, "cohort", name="cohort", kind="dataset", access="Restricted", title="Cohort"
    )
    pushed(catalogue, tmp_path, "secret", name="secret", access="Private", title="Not for anybody")
    old = pushed(catalogue, tmp_path, "old", name="old", title="Old one")
    catalogue.withdraw(old.id, "Wrong <u>labels</u>")
    catalogue.alias("best", model.id)
    return catalogue, data, model, cohort, old


def pages(folder):
    return {path.relative_to(folder): path.read_text() for path in sorted(folder.rglob("*.html"))}


def test_every_text_is_escaped_and_nothing_is_loaded_from_elsewhere(tmp_path, filled):
    write_site(filled[0], tmp_path / "site")
    found = pages(tmp_path / "site")
    assert len(found) == 5
    assert not any(str(tmp_path) in text for text in found.values())
    assert any("--from URL -o net" in text for text in found.values())
    for path, text in found.items():
        page = Page(text)
        scripts = [attrs for tag, attrs in page.tags if tag == "script"]
        assert scripts == ([{}] if path.name == "index.html" else [])
        assert not {"img", "b", "i", "u", "iframe", "link", "object"} & {tag for tag, _ in page.tags} - {"b"}
        assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
        for _, attrs in page.tags:
            for name in ("href", "src"):
                target = attrs.get(name, "")
                assert not re.match(r"[a-z]+:|//", target), target
                if target and not target.startswith("#"):
                    assert (tmp_path / "site" / path.parent / target).resolve().is_file(), target
    index = Page(found[next(path for path in found if path.name == "index.html")])
    assert NASTY in index.text and "49" not in NASTY
    assert "Catalogue of Institute of <i>Genomics</i>" in index.text


def test_only_our_own_script_may_run(tmp_path, filled):
    write_site(filled[0], tmp_path / "site")
    text = (tmp_path / "site" / "index.html").read_text()
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.S)
    (policy,) = [
        attrs["content"]
        for tag, attrs in Page(text).tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in policy and "default-src 'none'" in policy
    assert "innerHTML" not in script


def test_the_pages_tell_what_is_open_and_the_cards_of_what_is_restricted(tmp_path, filled):
    catalogue, data, model, cohort, old = filled
    done = write_site(catalogue, tmp_path / "site", address="https://example.org/cat")
    assert (done.kept_back, done.withheld) == (1, [cohort.files[0].sha256])
    index = Page((tmp_path / "site" / "index.html").read_text()).text
    for entry in (data, model, cohort, old):
        assert entry.title in index
        text = Page((tmp_path / "site" / "pages" / f"{entry.id}.html").read_text()).text
        assert entry.files[0].sha256 in text and entry.license in text
        pull = f"qsetu catalogue pull {entry.id[:16]} --from https://example.org/cat -o {entry.name}"
        assert (pull in text) == (entry is not cohort)
    assert "general research use" in index and "withdrawn" in index and "best" in index
    for text in pages(tmp_path / "site").values():
        assert "Not for anybody" not in text and str(tmp_path) not in text
    said = Page((tmp_path / "site" / "pages" / f"{cohort.id}.html").read_text()).text
    assert "not here: ask Institute of <i>Genomics</i>" in said
    said = Page((tmp_path / "site" / "pages" / f"{old.id}.html").read_text()).text
    assert "Wrong <u>labels</u>" in said
    tags = Page((tmp_path / "site" / "pages" / f"{model.id}.html").read_text()).tags
    links = [attrs.get("href") for tag, attrs in tags if tag == "a"]
    assert f"{data.id}.html" in links and f"../{object_name(model.files[0].sha256)}" in links


def test_a_site_of_cards_alone_holds_no_files(tmp_path, filled):
    write_site(filled[0], tmp_path / "site", files=False, holds="Private")
    assert not (tmp_path / "site" / "objects").exists()
    assert "Not for anybody" in (tmp_path / "site" / "index.html").read_text()
    assert "qsetu catalogue pull" not in "".join(pages(tmp_path / "site").values())


def test_an_empty_catalogue_has_a_page_too(tmp_path):
    write_site(made(tmp_path), tmp_path / "site")
    assert "Nothing has been pushed yet." in (tmp_path / "site" / "index.html").read_text()


def test_a_served_site_is_a_catalogue_to_read_from(tmp_path, filled, served):
    catalogue, data, model, cohort, old = filled
    write_site(catalogue, tmp_path / "site")
    there = Catalogue.open(served(folder_handler(tmp_path / "site")))
    assert there.card.holds == "Open" and there.card.id == catalogue.card.id
    assert {entry.id for entry in there.entries()} == {data.id, model.id, cohort.id, old.id}
    assert there.show("best").entry == model and there.show("best").held == (True,)
    assert there.show("cohort").held == (False,)
    assert there.pull("best", tmp_path / "out")[0].read_text() == "model"
    with pytest.raises(DataError, match="its card but not its file"):
        there.pull("cohort", tmp_path / "none")
    assert there.verify().ok and there.verify().withheld == 1
    mine = made(tmp_path, "mine")
    assert sync(there, mine, one_way=True).to_b.objects == 3
    assert {entry.id for entry in mine.entries()} == {entry.id for entry in there.entries()}
    before = tree(tmp_path / "site")
    for change in (
        lambda: pushed(there, tmp_path),
        lambda: there.alias("x", "best"),
        lambda: there.withdraw("best", "r"),
        lambda: sync(mine, there),
        lambda: Catalogue.init(there.location, "T"),
    ):
        with pytest.raises(ArgumentError, match="Web addresses are read only"):
            change()
    assert tree(tmp_path / "site") == before


def test_a_served_folder_without_a_list_says_what_to_do(tmp_path, filled, served):
    there = Catalogue.open(served(folder_handler(filled[0].store.root)))
    with pytest.raises(DataError, match=r"has no entries.json.*catalogue site"):
        there.entries()
    with pytest.raises(DataError, match="is no catalogue"):
        Catalogue.open(served(folder_handler(tmp_path / "in")))
    with pytest.raises(ArgumentError, match="'storage_options' may have 'headers' only"):
        Catalogue.open(there.location, token="x")
    assert Catalogue.open(there.location, headers={"X-Test": "1"}).card == there.card


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ("[]", "not of format"),
        ('{"format":"qsetu.catalogue-list","version":1,"entries":{}}', "no list of entries"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path, filled, served, listed, words):
    write_site(filled[0], tmp_path / "site")
    (tmp_path / "site" / "entries.json").write_text(listed)
    with pytest.raises(DataError, match=words):
        Catalogue.open(served(folder_handler(tmp_path / "site"))).entries()


def test_a_list_may_name_nonsense(tmp_path, filled, served):
    _, data, *_ = filled
    write_site(filled[0], tmp_path / "site")
    ids = f'["../../x", 1, "{data.id}", "{"ab" * 32}", "{data.id}"]'
    text = f'{{"format":"qsetu.catalogue-list","version":1,"entries":{ids}}}'
    (tmp_path / "site" / "entries.json").write_text(text)
    there = Catalogue.open(served(folder_handler(tmp_path / "site")))
    assert there.entries() == [data]
    assert len(there.problems) == 2 and "it is not there" in there.problems[1]


class Liar(BaseHTTPRequestHandler):
    """Answers everything with what its class says."""

    status, body, headers_sent = 200, b"", {}

    def do_GET(self):
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args):
        pass


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"status": 500}, "status 500"),
        ({"status": 403}, "status 403"),
        ({"status": 404}, "is no catalogue"),
        ({"body": b"<html>log in</html>"}, "not valid JSON"),
        ({"body": bytes(200_000)}, "larger than"),
        ({"body": b"{", "headers_sent": {"Content-Length": "1000"}}, "cannot be"),
        ({"status": 302, "headers_sent": {"Location": "/catalogue.json"}}, "TooManyRedirects"),
    ],
    ids=["500", "403", "404", "login", "large", "cut short", "redirects"],
)
def test_servers_that_lie_are_refused_in_words(served, more, words):
    address = served(type("OneLiar", (Liar,), more))
    with pytest.raises(DataError, match=words):
        Catalogue.open(address)


def test_a_server_that_is_not_there_is_told_without_the_password():
    with pytest.raises(DataError, match="cannot be opened: it cannot be read") as caught:
        Catalogue.open("http://ada:geheim@127.0.0.1:9/cat?token=geheim")
    assert "geheim" not in str(caught.value)
