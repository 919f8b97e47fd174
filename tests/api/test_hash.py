"""`POST /api/v1/hash`: the forms an image comes in, and what cannot be hashed."""

from __future__ import annotations

import hashlib

import httpx
from PIL import Image

from bridge.pdq import ArrayRaster, digest, distance
from tests.api.asking import V1, form, in_pieces, pdq_of, picture, video
from tests.hostile import saved
from tests.pictures import encoded, noise_photograph, photograph

HASH = f"{V1}/hash"


async def test_the_answer_has_the_pdq_of_the_pixels_and_the_digests_of_the_bytes(
    app: httpx.AsyncClient,
) -> None:
    pixels = photograph("coffee.png")
    data = encoded(pixels)
    expected = digest(ArrayRaster(pixels))
    answer = (await app.post(HASH, content=data)).json()
    assert answer["success"] is True
    assert (answer["hash"], answer["quality"]) == (expected.bits.hex(), expected.quality)
    assert {one["algorithm"]: one["hash_value"] for one in answer["hashes"]} == {
        "pdq": expected.bits.hex(),
        "md5": hashlib.md5(data).hexdigest(),
        "sha1": hashlib.sha1(data).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


async def test_a_file_in_a_form_may_stand_before_or_after_the_fields(app: httpx.AsyncClient) -> None:
    pdq, text = await pdq_of(app, picture()), ("note", b"holiday")
    for name in ("image", "file"):
        file = (name, picture(), "a.png")
        for parts in ((file, text), (text, file), (text, file, text)):
            body, headers = form(*parts)
            assert (await app.post(HASH, content=body, headers=headers)).json()["hash"] == pdq


async def test_a_file_part_needs_no_file_name(app: httpx.AsyncClient) -> None:
    body, headers = form(("image", picture()))
    assert (await app.post(HASH, content=body, headers=headers)).json()["hash"] == await pdq_of(
        app, picture()
    )


async def test_a_form_may_come_in_chunks_cut_anywhere_and_without_its_length(app: httpx.AsyncClient) -> None:
    data = encoded(noise_photograph(2, 40, 30), "JPEG")
    body, headers = form(("image", data, "a.jpg"), ("note", b"\r\n--edg"))
    for size in (1, 7, 1_000):
        answer = await app.post(HASH, content=in_pieces(body, size), headers=headers)
        assert "content-length" not in answer.request.headers
        assert answer.json()["hash"] == await pdq_of(app, data)


async def test_a_raw_body_may_come_in_chunks_too(app: httpx.AsyncClient) -> None:
    answer = await app.post(HASH, content=in_pieces(picture()))
    assert answer.json()["hash"] == await pdq_of(app, picture())


async def test_a_palette_picture_hashes_as_it_looks(app: httpx.AsyncClient) -> None:
    pixels = photograph("chelsea.png")
    true_colour = bytes.fromhex(await pdq_of(app, encoded(pixels)))
    for kind in ("PNG", "GIF"):
        palette = await pdq_of(app, saved(Image.fromarray(pixels).quantize(256), kind))
        assert distance(true_colour, bytes.fromhex(palette)) <= 10


async def test_below_five_pixels_a_side_it_is_the_zero_hash_of_no_quality(app: httpx.AsyncClient) -> None:
    for side in (1, 4):
        answer = (await app.post(HASH, content=encoded(noise_photograph(1, side, 90)))).json()
        assert (answer["hash"], answer["quality"]) == ("0" * 64, 0)


async def test_a_declared_type_counts_for_nothing(app: httpx.AsyncClient) -> None:
    answer = await app.post(HASH, content=picture(), headers={"Content-Type": "text/plain"})
    assert answer.json()["hash"] == await pdq_of(app, picture())


async def test_what_has_no_pdq_answers_422_with_the_reason(app: httpx.AsyncClient) -> None:
    for data, why in (
        (video(), "a video has no PDQ hash"),
        (b"not a picture at all", "not a picture or video we know"),
        (picture()[:200], "broken"),
    ):
        answer = await app.post(HASH, content=data)
        assert (answer.status_code, answer.json()["error"]) == (422, "Unhashable")
        assert why in answer.json()["reason"]
        assert "matched" not in answer.text


_FILE = b'--edge\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
_FORM = "multipart/form-data; boundary=edge"


async def test_a_request_without_one_whole_image_answers_400(app: httpx.AsyncClient) -> None:
    whole = _FILE + picture() + b"\r\n--edge--\r\n"
    for fault, body, kind in (
        ("empty body", b"", "image/png"),
        ("empty file", _FILE + b"\r\n--edge--\r\n", _FORM),
        ("cut off in the file", whole[:900], _FORM),
        ("no closing boundary", whole[:-6], _FORM),
        ("cut off in a later field", form(("image", picture(), "a"), ("note", b"x"))[0][:-12], _FORM),
        ("no boundary named", whole, "multipart/form-data"),
        ("long boundary", whole, "multipart/form-data; boundary=" + "x" * 300),
        ("no form", b"no form", _FORM),
        ("no file", form(("note", b"x"))[0], _FORM),
        ("long field", form(("note", b"x" * 70_000))[0], _FORM),
        ("many fields", form(*((f"n{i}", b"x") for i in range(60)))[0], _FORM),
        ("two files", form(("image", picture(), "a"), ("image", picture(), "b"))[0], _FORM),
    ):
        answer = await app.post(HASH, content=body, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["error"]) == (400, "InputError"), fault


async def test_hashing_records_no_upload(app: httpx.AsyncClient) -> None:
    await pdq_of(app, picture())
    assert (await app.get(f"{V1}/status")).json()["uploads"]["total"] == 0
