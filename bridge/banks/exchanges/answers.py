"""What an owner's server answers, as errors that say what to do. Nothing of an answer is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.errors import BridgeError, ExchangeError

if TYPE_CHECKING:
    import httpx

LONGEST_WAIT = 24 * 3600


def refusal(answer: httpx.Response, who: str, secret: str = "") -> ExchangeError:
    """`secret` names what the operator can set anew where it was not accepted."""
    status, wait = answer.status_code, retry_after(answer)
    if status in (401, 403):
        hint = f"Set it anew: `hma-console secret set {secret}`." if secret else "See that it may be read."
        return ExchangeError(f"{who} does not accept our sign-in (status {status}).", hint, wait)
    if status == 429:
        return ExchangeError(f"{who} says that we ask too often.", "It is asked again later.", wait)
    return ExchangeError(f"{who} answers with status {status}.", "It is asked again in a while.", wait)


def unreachable(error: Exception, who: str) -> ExchangeError:
    if isinstance(error, ExchangeError):
        return error
    if isinstance(error, BridgeError):
        return ExchangeError(error.message, error.hint)
    return ExchangeError(f"{who} does not answer: {type(error).__name__}.", "It is asked again in a while.")


def retry_after(answer: httpx.Response) -> int | None:
    """Seconds, where the answer names them."""
    said = answer.headers.get("retry-after", "")
    return min(int(said), LONGEST_WAIT) if said.isascii() and said.isdigit() else None
