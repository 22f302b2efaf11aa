"""Pictures are told by their structure, whatever they are called; what only begins like one is none."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from lambdas.pictures.content import picture_type


def made(kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 24), "salmon").save(file, kind, **options)
    return file.getvalue()


def boxed(*brands: bytes, length: int | None = None) -> bytes:
    names = brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return struct.pack(">I", length or 8 + len(names)) + b"ftyp" + names + b"\0\0\0\x08mdat"


KINDS = [
    ("image/jpeg", made("JPEG")),
    ("image/jpeg", made("JPEG", progressive=True)),
    ("image/jpeg", made("JPEG", exif=Image.Exif())),
    ("image/png", made("PNG")),
    ("image/gif", made("GIF")),
    ("image/webp", made("WEBP")),
    ("image/webp", made("WEBP", lossless=True)),
    ("image/webp", made("WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0")),
    ("image/tiff", made("TIFF")),
    ("image/avif", boxed(b"avif", b"mif1", b"miaf")),
    ("image/avif", boxed(b"mif1", b"avif", b"miaf")),
    ("image/heic", boxed(b"heic", b"mif1", b"heic")),
    ("image/heif", boxed(b"mif1", b"mif1")),
]


@pytest.mark.parametrize(("media_type", "content"), KINDS)
def test_a_picture_is_known_by_its_bytes(media_type, content):
    assert picture_type(content) == media_type


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow cannot write AVIF")
def test_an_avif_as_encoders_write_it_is_known():
    assert picture_type(made("AVIF")) == "image/avif"


JPEG, PNG = made("JPEG"), made("PNG")

NOT_PICTURES = {
    "nothing": b"",
    "text": b"hello",
    "page": b"<!DOCTYPE html><html>",
    "drawing": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "document": b"%PDF-1.7\n",
    "archive": b"PK\x03\x04",
    "program": b"\x7fELF\x02\x01\x01",
    "script": b"#!/bin/sh\n",
    "video": boxed(b"isom", b"iso2", b"mp41"),
    "sound": b"RIFF\x24\0\0\0WAVEfmt ",
    "JPEG magic before a page": b"\xff\xd8\xff<html><script>",
    "JPEG magic alone": JPEG[:3],
    "JPEG up to its scan, without a frame": b"\xff\xd8\xff\xda\0\x08\0\0\0\0\0\0",
    "JPEG cut before its frame": JPEG[:40],
    "JPEG of width zero": b"\xff\xd8\xff\xc0\0\x0b\x08\0\x10\0\0\x01\x01\x11\0\xff\xda\0\x08\0\0\0\0\0\0",
    "JPEG segment without a length": b"\xff\xd8\xff\xe0\0\0" * 10,
    "PNG magic before a page": PNG[:8] + b"<html>aaaaaaaaaaaaaaaaaaaa",
    "PNG of width zero": PNG[:16] + b"\0\0\0\0" + PNG[20:],
    "GIF magic as a script": b"GIF89a/*",
    "GIF of no height": b"GIF89a\x01\0\0\0\0\0\0",
    "WebP longer than it is": b"RIFF\xff\xff\0\0WEBPVP8 ",
    "WebP with another chunk": b"RIFF\x10\0\0\0WEBPVP9 aaaaaaaa",
    "TIFF whose directory is elsewhere": b"II*\0\xff\xff\0\0",
    "TIFF without entries": b"II*\0\x08\0\0\0\0\0",
    "TIFF cut": b"MM\0*\0\0\0",
    "brands in a box without end": boxed(b"heic", length=2**31),
    "brands in a box too small": boxed(b"heic", length=8),
    "brand after the box": boxed(b"isom") + b"heic",
}


@pytest.mark.parametrize("content", NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_what_only_looks_like_a_picture_is_none(content):
    assert picture_type(content) is None


@given(st.sampled_from([content for _, content in KINDS]), st.integers(0, 400), st.binary(max_size=64))
def test_any_bytes_have_an_answer_and_never_an_error(content, cut, tail):
    picture_type(content[:cut] + tail)
