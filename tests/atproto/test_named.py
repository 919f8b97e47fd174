"""What is named in mails: posts, pictures, accounts, in the addresses that people copy."""

from __future__ import annotations

import pytest

from bridge.atproto.cids import cid_of
from bridge.atproto.named import Named, named_in
from bridge.errors import InputError

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
CID = cid_of(bytes(range(32)))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (DID, Named(DID)),
        ("did:web:example.com", Named("did:web:example.com")),
        (f"at://{DID}", Named(DID)),
        (f"at://{DID}/app.bsky.feed.post/3kabc/", Named(DID, "app.bsky.feed.post", "3kabc")),
        (
            f"https://x.dev/at://{DID}/app.bsky.feed.post/3kabc#x",
            Named(DID, "app.bsky.feed.post", "3kabc"),
        ),
        (f"  at://{DID}/app.bsky.feed.post/3kabc ", Named(DID, "app.bsky.feed.post", "3kabc")),
        (
            "at://ana.example.org/social.perch.photo/self",
            Named("ana.example.org", "social.perch.photo", "self"),
        ),
        (f"https://bsky.app/profile/{DID}/post/3kabc", Named(DID, "app.bsky.feed.post", "3kabc")),
        (
            "https://deer.social/profile/ana.example.org/post/3kabc?ref=x#y",
            Named("ana.example.org", "app.bsky.feed.post", "3kabc"),
        ),
        ("https://bsky.app/profile/ana.example.org", Named("ana.example.org")),
        ("@Ana.Example.org", Named("ana.example.org")),
        (CID, Named(cid=CID)),
        (f"https://cdn.bsky.app/img/feed_fullsize/plain/{DID}/{CID}@jpeg", Named(DID, cid=CID)),
        (
            f"https://pds.example.org/xrpc/com.atproto.sync.getBlob?did={DID.replace(':', '%3A')}&cid={CID}",
            Named(DID, cid=CID),
        ),
        (f"https://video.bsky.app/watch/{DID.replace(':', '%3A')}/{CID}/playlist.m3u8", Named(DID, cid=CID)),
    ],
)
def test_what_people_copy_is_understood(text: str, named: Named) -> None:
    assert named_in(text) == named


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a picture",
        "https://example.org/",
        "did:",
        "bafkreiabc",
        "at://x/y",
        f"https://x.example/xrpc/getRecord?repo={DID}&rkey=3k",
    ],
)
def test_what_names_nothing_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError, match=r"^Nothing of a PDS is named by .*\.$") as refused:
        named_in(text)
    assert refused.value.hint
