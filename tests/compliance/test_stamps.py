"""Time stamps by a third party: made by a real `openssl ts`, checked by `openssl ts -verify`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.compliance.export import Scope, ScopeKind
from bridge.compliance.reading import reading
from bridge.compliance.stamps import RETRY_MS, Stamps
from bridge.compliance.verify import verify
from bridge.errors import BridgeError, Conflict, KeysMissing, SettingsError, StampRefused, Unreachable
from tests.compliance.exports import exported
from tests.compliance.logs import LoggedStore, logged_store
from tests.compliance.test_export import run
from tests.fakes.time_stamping import TimeStamping, time_stamping

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
async def service() -> AsyncIterator[TimeStamping]:
    async with time_stamping() as serving:
        yield serving


def stamps_of(logged: LoggedStore, url: str) -> Stamps:
    return Stamps(logged.store, logged.log, logged.keychain, url)


def types_of(logged: LoggedStore) -> list[str]:
    return [leaf.type for leaf in logged.leaves() if leaf.type in ("log.stamp_asked", "log.anchored")]


async def test_a_bundle_carries_the_stamp_and_its_readme_says_how_to_check_it(
    tmp_path: Path, service: TimeStamping
) -> None:
    async with logged_store(tmp_path) as logged:
        stamp = await stamps_of(logged, service.url).stamp("user:ana")
        assert types_of(logged) == ["log.stamp_asked", "log.anchored"]
        await logged.beat(3)
        made = await exported(logged, Scope(ScopeKind.ALL), tmp_path / "out")
    assert verify(str(made.path)).ok
    readme = (made.path / "README.txt").read_text()
    [command] = re.findall(r"openssl ts .*", readme)
    assert f"anchors/{stamp.size:08}.tsr" in command
    (made.path / "CHAIN.pem").write_bytes(service.chain.read_bytes())
    assert "Verification: OK" in run(command, made.path).stdout
    head = made.path / f"log/earlier/{stamp.size:08}.checkpoint"
    head.write_text(head.read_text().replace("hma", "hmb", 1))
    assert run(command, made.path).returncode


async def test_the_stamped_head_covers_the_entry_that_asked(tmp_path: Path, service: TimeStamping) -> None:
    async with logged_store(tmp_path) as logged:
        stamp = await stamps_of(logged, service.url).stamp("user:ana")
        asked = [at for at, leaf in enumerate(logged.leaves()) if leaf.type == "log.stamp_asked"]
        assert asked[0] < stamp.size
        with reading(logged.store.path) as reader:
            [anchor] = reader.anchors()
        assert (anchor.size, anchor.receipt) == (stamp.size, service.last)
        assert logged.check().is_whole


async def test_once_a_day_by_itself(
    tmp_path: Path, service: TimeStamping, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with logged_store(tmp_path) as logged:
        stamps = stamps_of(logged, service.url)
        await stamps.look_once()
        await stamps.look_once()
        assert service.asked == 1
        with reading(logged.store.path) as reader:
            at = reader.anchors()[0].at
        monkeypatch.setattr("bridge.compliance.stamps.now_ms", lambda: at + DAY_MS)
        await stamps.look_once()
        assert service.asked == 2
        assert types_of(logged) == ["log.stamp_asked", "log.anchored"] * 2


async def test_a_service_that_is_down_is_asked_again_in_an_hour_for_the_same_head(
    tmp_path: Path, service: TimeStamping, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with logged_store(tmp_path) as logged:
        noon = 20_000 * DAY_MS + DAY_MS // 2
        for module in ("stamps", "growth"):
            monkeypatch.setattr(f"bridge.compliance.{module}.now_ms", lambda: noon)
        stamps, service.is_down = stamps_of(logged, service.url), True
        await stamps.look_once()
        assert stamps.fault == "The time-stamping service does not answer."
        service.is_down = False
        await stamps.look_once()
        assert service.asked == 1
        monkeypatch.setattr("bridge.compliance.stamps.now_ms", lambda: noon + RETRY_MS)
        await stamps.look_once()
        assert (stamps.fault, types_of(logged)) == ("", ["log.stamp_asked", "log.anchored"])


async def test_without_a_service_or_a_key_it_says_so_and_logs_nothing(
    tmp_path: Path, service: TimeStamping
) -> None:
    async with logged_store(tmp_path, with_keys=False) as logged:
        with pytest.raises(Conflict):
            await stamps_of(logged, "").stamp("user:ana")
        with pytest.raises(KeysMissing):
            await stamps_of(logged, service.url).stamp("user:ana")
        await stamps_of(logged, service.url).look_once()
        assert types_of(logged) == []
        for url in ("freetsa", "ftp://tsa.test/", "http://"):
            with pytest.raises(SettingsError):
                stamps_of(logged, url)


async def test_what_is_no_stamp_of_this_head_is_refused(tmp_path: Path, service: TimeStamping) -> None:
    """An answer to another question, a refusal, a page, a torn and an endless answer, nobody there."""
    async with logged_store(tmp_path) as logged:
        stamps = stamps_of(logged, service.url)
        await stamps.stamp("user:ana")
        earlier = service.last
        for answer, why in (
            (earlier, "something else"),
            (b"<html>", "no time stamp"),
            (earlier[:-1], "no time stamp"),
            (earlier + b"\0", "no time stamp"),
            (b"0" * 70_000, "too long"),
        ):
            service.answer = answer
            with pytest.raises(StampRefused, match=why):
                await stamps.stamp("user:ana")
            assert stamps.fault
        service.answer, service.section = None, "refusing"
        with pytest.raises(StampRefused, match=r"refused \(rejection: .*digest"):
            await stamps.stamp("user:ana")
        with pytest.raises(Unreachable):
            await stamps_of(logged, "http://127.0.0.1:1/").stamp("user:ana")
        with reading(logged.store.path) as reader:
            assert len(reader.anchors()) == 1
        assert logged.check().is_whole


async def test_any_flipped_bit_of_an_answer_is_refused_or_left_to_openssl(
    tmp_path: Path, service: TimeStamping
) -> None:
    """Reading a hostile answer ends in a sentence, whatever its bytes; never in another error."""
    async with logged_store(tmp_path) as logged:
        await stamps_of(logged, service.url).stamp("user:ana")
    from bridge.compliance.rfc3161 import StampRequest, read_answer

    request, answer = StampRequest(b"\1" * 32, 7), service.last
    for at in range(len(answer)):
        for mask in (0x01, 0x80, 0xFF):
            bad = answer[:at] + bytes([answer[at] ^ mask]) + answer[at + 1 :]
            with pytest.raises(BridgeError):
                read_answer(bad, request)
