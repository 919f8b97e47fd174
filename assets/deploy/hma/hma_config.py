"""A configuration of HMA for one host beside HMA Console; its image reads it by OMM_CONFIG.

It differs from HMA's own reference in what was measured to matter: no development routes, a bearer token
on all but the health checks, an index that finds a single entry too, pictures hashed as they look, bounded
uploads, nothing fetched from addresses that a caller names. docs/hma.md says why.

Any name here can be overridden by an environment variable with OMM_ before it, OMM_ROLE_CURATOR=false say;
the database's address comes in that way, as OMM_DATABASE_URI.
"""

import hmac
import io
import os

from flask import Flask, abort, request
from OpenMediaMatch.storage.postgres.impl import DefaultOMMStore
from PIL import Image
from threatexchange.content_type.photo import PhotoContent
from threatexchange.content_type.video import VideoContent
from threatexchange.signal_type.md5 import VideoMD5Signal
from threatexchange.signal_type.pdq import pdq_index
from threatexchange.signal_type.pdq.signal import PdqSignal

TOKEN = os.environ.get("HMA_TOKEN", "").encode()
if len(TOKEN) < 32:
    raise RuntimeError("Set HMA_TOKEN to a random text of at least 32 characters.")

PRODUCTION = True  # without it POST /dev/factory_reset empties every table
UI_ENABLED = False  # a browser sends no token
ROLE_HASHER = True
ROLE_MATCHER = True
ROLE_CURATOR = True
TASK_INDEXER = True  # in one process of all only
TASK_INDEX_CACHE = True  # without it every look-up loads the index anew
TASK_FETCHER = False  # HMA Console reads the exchanges itself: HMA's fetcher keeps what was withdrawn
MAX_CONTENT_LENGTH = 33 << 20  # bytes; a picture of HMA Console has 32 MiB at most


def _threshold(_cls: type) -> int:
    return 31  # the flat index comes with 52


# Patched where it stands: an index is pickled by its class's name, and this file is no module that could be
# imported by one. HMA's default, PDQIndex, loses the only entry of an index when it is stored.
pdq_index.PDQFlatIndex.get_match_threshold = classmethod(_threshold)


class AsItLooks(PdqSignal):
    """PDQ of the picture's colours: the original hashes palette indices and the channels of CMYK."""

    @classmethod
    def get_name(cls) -> str:
        return "pdq"

    @classmethod
    def get_index_cls(cls) -> type:
        return pdq_index.PDQFlatIndex

    @classmethod
    def hash_from_bytes(cls, bytes_: bytes) -> str:
        with Image.open(io.BytesIO(bytes_)) as picture:
            if picture.mode not in ("P", "PA", "CMYK", "1"):
                return PdqSignal.hash_from_bytes(bytes_)
            written = io.BytesIO()
            picture.convert("RGB").save(written, "BMP")
        return PdqSignal.hash_from_bytes(written.getvalue())


STORAGE_IFACE_INSTANCE = DefaultOMMStore(
    signal_types=[AsItLooks, VideoMD5Signal],
    content_types=[PhotoContent, VideoContent],
    exchange_types=[],
)


def _only_with_the_token() -> None:
    if request.path in ("/status", "/status/live"):
        return
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), TOKEN):
        abort(401, "A bearer token is needed.")
    if "url" in request.args:
        abort(403, "Nothing is fetched from an address here.")


def APP_HOOK(app: Flask) -> None:
    app.before_request(_only_with_the_token)
