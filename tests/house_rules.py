"""What `make check` holds beside lint and types: `python tests/house_rules.py`.

Files stay short, the lock files carry no address and fit pyproject.toml, and nothing names a path
of the machine it was written on.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST = 300
ONE_FILE = {"bridge/compliance/verify.py"}
"""Travels alone in every export, so it is one file whatever its length."""
LOCKS = {"requirements.lock": "dev", "tests/oracle.lock": "oracle", "benchmarks/requirements.lock": "bench"}
MACHINE = re.compile(r"/(?:wor[k]|roo[t]|hom[e]/\w+)/")


def main() -> int:
    broken = [*too_long(), *machine_paths(), *addresses(), *stale_locks()]
    for line in broken:
        print(line)
    return 1 if broken else 0


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def too_long() -> Iterator[str]:
    for file in tracked("*.py", "*.tcss"):
        lines = len(file.read_text().splitlines())
        if lines > LONGEST and str(file.relative_to(ROOT)) not in ONE_FILE:
            yield f"{file.relative_to(ROOT)}: {lines} lines; {LONGEST} at most, one subject each"


def machine_paths() -> Iterator[str]:
    for file in tracked("*.py", "*.md", "*.toml", "*.sql", "*.tcss", "*.lock", "Makefile", ".ci/*"):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if MACHINE.search(line):
                yield f"{file.relative_to(ROOT)}:{number}: names a path of a machine"


def addresses() -> Iterator[str]:
    for name in (*LOCKS, "tests/network/package-lock.json"):
        if "://" in (ROOT / name).read_text():
            yield f"{name}: carries an address"


def stale_locks() -> Iterator[str]:
    """A lock is stale when compiling it anew, its own pins kept, changes it."""
    for name, group in LOCKS.items():
        with tempfile.TemporaryDirectory() as folder:
            again = Path(folder) / "again.lock"
            again.write_text((ROOT / name).read_text())
            command = [
                *(str(Path(sys.executable).parent / "uv"), "pip", "compile", "-q", "--universal"),
                *("--generate-hashes", "--no-header", "--no-annotate", "--group", group),
                *("pyproject.toml", "-o", str(again)),
            ]
            if group != "dev":
                command += ["-c", "requirements.lock"]
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            if again.read_text() != (ROOT / name).read_text():
                yield f"{name}: does not fit pyproject.toml; run `make lock`"


if __name__ == "__main__":
    sys.exit(main())
