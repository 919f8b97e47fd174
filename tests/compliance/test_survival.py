"""kill -9 and failing file-system calls: the log verifies afterwards, and nothing acknowledged is missing."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bridge.errors import LogError
from tests.compliance.logs import logged_store, open_keychain
from tests.compliance.survival import answered, check_survivor, start_writer

CALLS = ("pwrite64", "fdatasync", "ftruncate", "openat", "unlink", "fsync", "rename")


def kill_once(folder: Path, lines: int) -> None:
    """Kills the writer after it printed so many lines; then the next one goes on from there."""
    process = start_writer(folder)
    assert process.stdout is not None
    read = "".join(process.stdout.readline() for _ in range(lines))
    process.kill()
    rest, _ = process.communicate()
    check_survivor(folder, answered(read + rest))


def test_a_log_survives_kill_9_under_load(tmp_path: Path) -> None:
    for lines in (3, 40, 9):
        kill_once(tmp_path, lines)


@pytest.mark.trial
@pytest.mark.timeout(3600)
def test_a_log_survives_two_hundred_kills(tmp_path: Path) -> None:
    dice = random.Random(11)
    for _ in range(200):
        kill_once(tmp_path, dice.randint(1, 120))
    asyncio.run(_goes_on(tmp_path))


async def _goes_on(folder: Path) -> None:
    async with logged_store(folder) as logged:
        assert logged.log.trouble is None
        await logged.beat()


def _begun(folder: Path) -> None:
    """A log of a few entries, closed."""

    async def begin() -> None:
        async with logged_store(folder) as logged:
            await logged.beat(3)

    asyncio.run(begin())


def counted_calls(folder: Path, log: Path) -> dict[str, int]:
    """How often one run of the writer makes each file-system call."""
    before = ("strace", "-f", "-qq", "-o", str(log), "-e", f"trace={','.join(CALLS)}")
    process = start_writer(folder, 8, before)
    process.communicate(timeout=60)
    text = log.read_text(errors="replace")
    return {call: len(re.findall(rf"\b{call}\(", text)) for call in CALLS}


def fault_once(folder: Path, call: str, when: int, fault: str) -> None:
    before = (
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
        "-e", f"inject={call}:{fault}:when={when}",
    )  # fmt: skip
    process = start_writer(folder, 8, before)
    try:
        output, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        output, _ = process.communicate()
    try:
        check_survivor(folder, answered(output))
    except LogError:
        assert answered(output) == 0, f"{call} {when} {fault}"


def fault_points(tmp_path: Path, limit: int | None) -> list[tuple[str, int, str]]:
    """Calls that touch the store come last in a run: the first openat's are Python's own imports."""
    base = tmp_path / "base"
    base.mkdir()
    _begun(base)
    counting = tmp_path / "counting"
    shutil.copytree(base, counting)
    counts = counted_calls(counting, tmp_path / "strace")
    late = {"openat": max(1, counts["openat"] - 60)}
    points = [
        (call, when, fault)
        for call in CALLS
        for when in range(late.get(call, 1), counts[call] + 1)
        for fault in ("error=EIO", "error=ENOSPC", "signal=KILL")
    ]
    assert len(points) > 50, counts
    return points if limit is None else random.Random(5).sample(points, limit)


def run_faults(tmp_path: Path, limit: int | None) -> None:
    for number, (call, when, fault) in enumerate(fault_points(tmp_path, limit)):
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "base", folder)
        fault_once(folder, call, when, fault)
        shutil.rmtree(folder)


needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None, reason="STRACE IS MISSING: faults of the file system were not tried"
)


@needs_strace
def test_a_log_survives_failing_calls_of_the_file_system(tmp_path: Path) -> None:
    run_faults(tmp_path, limit=3)


@needs_strace
@pytest.mark.trial
@pytest.mark.timeout(7200)
def test_a_log_survives_a_fault_in_each_call_of_the_file_system(tmp_path: Path) -> None:
    run_faults(tmp_path, limit=None)


def test_a_full_disk_stops_everything_together_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """A real file system of 3 MB, where one can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("A FILE SYSTEM CANNOT BE MOUNTED HERE: the full disk was tried inside SQLite only")
    try:
        asyncio.run(_fill(disk))
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


async def _fill(disk: Path) -> None:
    from bridge.errors import StoreError

    open_keychain(disk)
    async with logged_store(disk) as logged:
        (disk / "ballast").write_bytes(bytes(500_000))
        acknowledged = 0
        with pytest.raises(StoreError, match=r"full|No space") as told:  # noqa: PT012
            while True:
                await asyncio.gather(*(logged.beat() for _ in range(32)))
                acknowledged = logged.log.state.size
        assert "Make room" in told.value.hint
        assert logged.check().is_whole
        assert len(logged.leaves()) >= acknowledged
        (disk / "ballast").unlink()
        await logged.beat()
        assert logged.check().is_whole
