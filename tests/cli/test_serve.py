"""`serve` as a process: it says when it is ready, holds its place, and ends when told to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bridge.settings import Settings
from tests.serving import serving

PROGRAM = [sys.executable, "-m", "hma_console"]


def command(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "--data-dir", str(data_dir), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(settings: Settings, number: signal.Signals) -> None:
    with serving(settings.data_dir) as served:
        assert httpx.get(f"{served.url}/health").json() == {"status": "ok"}
        assert served.socket.stat().st_mode & 0o777 == 0o600
        served.process.send_signal(number)
        assert served.process.wait(timeout=30) == 0
        assert not served.socket.exists()


def test_it_ends_although_someone_listens_for_news(settings: Settings) -> None:
    with serving(settings.data_dir) as served:
        transport = httpx.HTTPTransport(uds=str(served.socket))
        with (
            httpx.Client(transport=transport, base_url="http://bridge") as client,
            client.stream("GET", "/api/v1/events") as news,
        ):
            assert next(news.iter_lines()).startswith(":")
            served.process.terminate()
            assert served.process.wait(timeout=30) == 0


def test_commands_speak_to_the_running_bridge(settings: Settings) -> None:
    with serving(settings.data_dir) as served:
        assert command(settings.data_dir, "bank", "create", "own").returncode == 0
        transport = httpx.HTTPTransport(uds=str(served.socket))
        with httpx.Client(transport=transport, base_url="http://bridge") as client:
            names = [bank["name"] for bank in client.get("/api/v1/admin/banks").json()["banks"]]
        assert names == ["own"]


def test_a_second_bridge_on_the_same_data_is_refused(settings: Settings) -> None:
    with serving(settings.data_dir):
        second = command(settings.data_dir, "serve", "--port", "0")
        assert second.returncode == 3
        assert "Another hma-console works on" in second.stderr


def test_a_taken_port_is_said_in_one_sentence(settings: Settings, tmp_path: Path) -> None:
    with serving(settings.data_dir) as served:
        other = command(tmp_path, "serve", "--port", served.url.rsplit(":", 1)[1])
        assert other.returncode == 2
        assert "cannot be used: Address already in use" in other.stderr
        assert "Traceback" not in other.stderr


def test_after_a_kill_9_the_next_one_starts_at_once(settings: Settings) -> None:
    with serving(settings.data_dir) as served:
        served.kill()
    with serving(settings.data_dir) as served:
        assert httpx.get(f"{served.url}/health").status_code == 200


def test_a_bridge_on_other_data_leaves_the_socket_of_a_running_one_alone(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(settings.data_dir))
    with serving(settings.data_dir) as served:
        other = command(tmp_path, "serve", "--port", "0")
        assert other.returncode == 3
        assert "Another hma-console listens at" in other.stderr
        assert served.socket.exists()


def test_a_bridge_that_hangs_is_waited_for_aloud(settings: Settings) -> None:
    with serving(settings.data_dir) as served:
        served.process.send_signal(signal.SIGSTOP)
        with subprocess.Popen(
            [*PROGRAM, "--data-dir", str(settings.data_dir), "bank", "list", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as listing:
            assert listing.stderr is not None
            said = listing.stderr.readline()
            served.process.send_signal(signal.SIGCONT)
            out, _ = listing.communicate(timeout=60)
    assert said == "A bridge holds the data directory and does not answer yet; it is waited for.\n"
    assert (listing.returncode, out) == (0, "[]\n")


def test_an_output_that_is_full_is_said_in_one_sentence(settings: Settings) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "--data-dir", str(settings.data_dir), "bank", "list", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr == "hma-console: No space left on device.\n"
