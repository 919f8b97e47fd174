"""`docker exec caddy caddy …` of the PDS's installer, for machines without Docker.

Called as `docker.py FOLDER ARGUMENT…`. FOLDER stands for the host's side of the bind mount that
the container sees as /etc/caddy. Like Docker, it knows no other container, and like the container no
other folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

SEEN = "/etc/caddy/"


def main(folder: str, *arguments: str) -> None:
    if arguments[:1] != ("exec",):
        sys.exit(f"docker: '{' '.join(arguments[:1])}' is not a docker command.")
    if arguments[1:2] != ("caddy",):
        sys.exit(f"Error response from daemon: No such container: {' '.join(arguments[1:2])}")
    if arguments[2:3] != ("caddy",):
        sys.exit(f'OCI runtime exec failed: exec: "{arguments[2]}": executable file not found in $PATH')
    command = [_outside(folder, each) if each.startswith("/") else each for each in arguments[2:]]
    os.execvp(command[0], command)


def _outside(folder: str, path: str) -> str:
    if not path.startswith(SEEN):
        sys.exit(f"Error: reading config from file: open {path}: no such file or directory")
    return str(Path(folder) / path.removeprefix(SEEN))


if __name__ == "__main__":
    main(*sys.argv[1:])
