"""Signing by ssh-agent (draft-miller-ssh-agent): the key is in another process, we never see it."""

from __future__ import annotations

import os
import socket
import struct

from bridge.errors import KeysLocked
from bridge.keys.ssh import text

SECONDS = 2.0
LARGEST_ANSWER = 256 << 10
_REQUEST_IDENTITIES, _IDENTITIES_ANSWER = 11, 12
_SIGN_REQUEST, _SIGN_RESPONSE = 13, 14
_TYPE = b"ssh-ed25519"


class Agent:
    """The agent at an address; each request is a connection of its own."""

    def __init__(self, address: str) -> None:
        self._address = address

    @classmethod
    def of_environment(cls) -> Agent | None:
        address = os.environ.get("SSH_AUTH_SOCK", "")
        return cls(address) if address else None

    def holds(self, blob: bytes) -> bool:
        """Whether it has the key with this public blob; False where it does not answer."""
        try:
            answer = self._ask(bytes([_REQUEST_IDENTITIES]))
        except KeysLocked:
            return False
        if answer[:1] != bytes([_IDENTITIES_ANSWER]):
            return False
        return struct.pack(">I", len(blob)) + blob in answer

    def sign(self, blob: bytes, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature. Raises KeysLocked where the agent gives none."""
        request = bytes([_SIGN_REQUEST]) + text(blob) + text(message) + bytes(4)
        answer = self._ask(request)
        expected = text(_TYPE) + struct.pack(">I", 64)
        signature = answer[5:]
        if answer[:1] != bytes([_SIGN_RESPONSE]) or not signature.startswith(expected):
            raise KeysLocked("The ssh-agent does not sign with the log's key any more.")
        return signature[len(expected) :]

    def _ask(self, request: bytes) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as agent:
                agent.settimeout(SECONDS)
                agent.connect(self._address)
                agent.sendall(text(request))
                (length,) = struct.unpack(">I", _read(agent, 4))
                if not 0 < length <= LARGEST_ANSWER:
                    raise KeysLocked("The ssh-agent answers nonsense.")
                return _read(agent, length)
        except OSError:
            raise KeysLocked("The ssh-agent does not answer.") from None


def _read(agent: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = agent.recv(count - len(data))
        if not piece:
            raise KeysLocked("The ssh-agent went away.")
        data += piece
    return bytes(data)
