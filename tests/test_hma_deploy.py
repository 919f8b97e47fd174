"""HMA's configuration of `assets/deploy/hma`: run against stand-ins for HMA and Flask, and the real library.

The names it uses of HMA are those of the measured release; HMA itself cannot run here.
"""

from __future__ import annotations

import io
import pickle
import re
import runpy
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from hma_console.gate_setup.rule import deploy_folder
from tests.pictures import photographs

FOLDER = deploy_folder() / "hma"
COMPOSE = (FOLDER / "compose.yaml").read_text()
TOKEN = "t" * 40
HASH = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"

Loaded = dict[str, Any]


class Aborted(Exception):
    """What Flask's `abort` raises; `args[0]` is the status."""


class FakeApp:
    """Takes `before_request` as Flask does, and asks it of a request."""

    def __init__(self, request: SimpleNamespace) -> None:
        self._request = request
        self._before: list[Callable[[], object]] = []

    def before_request(self, function: Callable[[], object]) -> None:
        self._before.append(function)

    def status_of(self, path: str, authorization: str = "", **query: str) -> int:
        self._request.path, self._request.args = path, query
        self._request.headers = {"Authorization": authorization} if authorization else {}
        try:
            for function in self._before:
                function()
        except Aborted as aborted:
            return int(aborted.args[0])
        return 200


@pytest.fixture
def request_now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The modules that HMA's image has and this environment has not."""
    pytest.importorskip("threatexchange", reason="threatexchange is of the group bench")

    def abort(status: int, words: str) -> None:
        raise Aborted(status, words)

    class DefaultOMMStore:
        def __init__(self, *, signal_types: object, content_types: object, exchange_types: object) -> None:
            self.signal_types = signal_types

    request = SimpleNamespace()
    flask: Any = ModuleType("flask")
    flask.Flask, flask.abort, flask.request = FakeApp, abort, request
    impl: Any = ModuleType("OpenMediaMatch.storage.postgres.impl")
    impl.DefaultOMMStore = DefaultOMMStore
    for name in ("OpenMediaMatch", "OpenMediaMatch.storage", "OpenMediaMatch.storage.postgres"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "flask", flask)
    monkeypatch.setitem(sys.modules, impl.__name__, impl)
    monkeypatch.setenv("HMA_TOKEN", TOKEN)
    return request


def written(picture: Image.Image, form: str) -> bytes:
    into = io.BytesIO()
    picture.save(into, form)
    return into.getvalue()


def load() -> Loaded:
    return runpy.run_path(str(FOLDER / "hma_config.py"), run_name="config")


def test_it_is_python_and_turns_the_development_routes_off() -> None:
    source = (FOLDER / "hma_config.py").read_text()
    compile(source, "hma_config.py", "exec")
    assert re.search(r"^PRODUCTION = True\b", source, re.M)


@pytest.mark.usefixtures("request_now")
@pytest.mark.parametrize("token", ["", "short"])
def test_hma_does_not_start_without_a_token_that_nobody_guesses(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("HMA_TOKEN", token)
    with pytest.raises(RuntimeError, match="HMA_TOKEN"):
        load()


def test_everything_but_the_health_checks_needs_the_token(request_now: SimpleNamespace) -> None:
    app = FakeApp(request_now)
    load()["APP_HOOK"](app)
    assert [app.status_of(path) for path in ("/status", "/status/live")] == [200, 200]
    for path in ("/c/banks", "/m/lookup", "/h/hash", "/site-map", "/openapi/openapi.json", "/nowhere"):
        assert app.status_of(path) == 401, path
    assert app.status_of("/c/banks", f"Bearer {TOKEN}") == 200
    for given in (TOKEN, "Bearer", "Bearer é", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
        assert app.status_of("/c/banks", given) == 401, given


def test_hma_fetches_from_no_address_that_a_caller_names(request_now: SimpleNamespace) -> None:
    app = FakeApp(request_now)
    load()["APP_HOOK"](app)
    assert app.status_of("/m/lookup", f"Bearer {TOKEN}", url="http://169.254.169.254/") == 403


@pytest.mark.usefixtures("request_now")
def test_an_index_of_one_entry_finds_it_after_it_was_stored() -> None:
    pytest.importorskip("faiss", reason="faiss-cpu is of the group bench")
    (pdq, _) = load()["STORAGE_IFACE_INSTANCE"].signal_types
    assert pdq.get_name() == "pdq"
    index = pickle.loads(pickle.dumps(pdq.get_index_cls().build([(HASH, 7)])))
    assert [match.metadata for match in index.query(HASH)] == [7]
    near = [f"{int(HASH, 16) ^ ((1 << bits) - 1):064x}" for bits in (31, 32)]
    assert [len(index.query(one)) for one in near] == [1, 0]


@pytest.mark.usefixtures("request_now")
def test_palette_and_cmyk_pictures_are_hashed_as_they_look() -> None:
    pytest.importorskip("pdqhash", reason="pdqhash is of the group oracle")
    (pdq, _) = load()["STORAGE_IFACE_INSTANCE"].signal_types
    photograph = Image.fromarray(photographs()[0])
    as_rgb = int(pdq.hash_from_bytes(written(photograph, "PNG")), 16)
    for mode, form in (("P", "GIF"), ("P", "PNG"), ("CMYK", "JPEG")):
        other = int(pdq.hash_from_bytes(written(photograph.convert(mode), form)), 16)
        assert (as_rgb ^ other).bit_count() <= 12, (mode, form)


def test_the_compose_file_runs_that_configuration_and_opens_nothing() -> None:
    (where,) = re.findall(r"^    OMM_CONFIG: (\S+)$", COMPOSE, re.M)
    assert f"- ./hma_config.py:{where}:ro" in COMPOSE
    assert re.findall(r"^ +- (\S+:\d+:\d+)$", COMPOSE, re.M) == ["127.0.0.1:5100:5100"]
    assert 'OMP_NUM_THREADS: "1"' in COMPOSE
    assert "TZ: UTC" in COMPOSE
    assert re.findall(r"image: (\S+)", COMPOSE) == [
        "ghcr.io/facebook/threatexchange/hma:1.1.7",
        "postgres:17-alpine",
    ]
    assert set(re.findall(r"\$\{(\w+)", COMPOSE)) == {"POSTGRES_PASSWORD", "HMA_TOKEN"}
