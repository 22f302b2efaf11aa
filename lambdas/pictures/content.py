"""Which kind of picture some bytes are, told from the bytes and never from a name or a header.

Looks at the structure every decoder needs first, not only at the magic number, so that a page, a script or a
document does not pass for a picture. It is no decoder: what follows may still be damaged.
"""

import struct

# Brands of still pictures: https://www.iana.org/assignments/media-types/image/heic, …/heif, …/avif
_HEIC = {b"heic", b"heix", b"heim", b"heis"}
_HEIF = {b"mif1", b"mif2"}
_AVIF = {b"avif"}
# JPEG markers without a length, and the frame headers that carry the dimensions: ITU T.81, table B.1.
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN = 0xDA


def picture_type(content: bytes) -> str | None:
    """Return the media type of a picture, or None when the bytes are none that we know."""
    for media_type, looks_like in _KINDS:
        if looks_like(content):
            return media_type
    return None


def _is_jpeg(content: bytes) -> bool:
    """Walk the marker segments to a frame header with dimensions, then to a scan."""
    if content[:2] != b"\xff\xd8":
        return False
    position, framed = 2, False
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        (length,) = struct.unpack_from(">H", content, position + 2)
        if marker == _JPEG_SCAN:
            return framed
        if marker in _JPEG_FRAMES and position + 9 <= len(content):
            (width,) = struct.unpack_from(">H", content, position + 7)
            framed = width > 0 and length >= 11
        if marker < 0xC0 or length < 2:
            return False
        position += 2 + length
    return False


def _is_png(content: bytes) -> bool:
    if content[:16] != b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" or len(content) < 24:
        return False
    return all(struct.unpack_from(">II", content, 16))


def _is_gif(content: bytes) -> bool:
    return (
        content[:6] in (b"GIF87a", b"GIF89a")
        and len(content) >= 13
        and all(struct.unpack_from("<HH", content, 6))
    )


def _is_webp(content: bytes) -> bool:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or content[12:15] != b"VP8":
        return False
    (length,) = struct.unpack_from("<I", content, 4)
    return content[15:16] in (b" ", b"L", b"X") and 12 < length + 8 <= len(content)


def _brands(content: bytes) -> set[bytes]:
    """The brands of an ISO base media file (ISO/IEC 14496-12, 4.3), or none."""
    if content[4:8] != b"ftyp":
        return set()
    (length,) = struct.unpack_from(">I", content)
    if not 16 <= length <= min(len(content), 512):
        return set()
    return {content[8:12]} | {content[at : at + 4] for at in range(16, length - 3, 4)}


def _is_avif(content: bytes) -> bool:
    return bool(_brands(content) & _AVIF)


def _is_heic(content: bytes) -> bool:
    return bool(_brands(content) & _HEIC)


def _is_heif(content: bytes) -> bool:
    return bool(_brands(content) & _HEIF)


def _is_tiff(content: bytes) -> bool:
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(content[:4])
    if order is None or len(content) < 8:
        return False
    (directory,) = struct.unpack_from(order + "I", content, 4)
    if not 8 <= directory <= len(content) - 2:
        return False
    (entries,) = struct.unpack_from(order + "H", content, directory)
    return entries > 0 and bool(directory + 2 + 12 * entries <= len(content))


# In this order because AVIF and HEIC files name the general brand of HEIF as well.
_KINDS = (
    ("image/jpeg", _is_jpeg),
    ("image/png", _is_png),
    ("image/gif", _is_gif),
    ("image/webp", _is_webp),
    ("image/avif", _is_avif),
    ("image/heic", _is_heic),
    ("image/heif", _is_heif),
    ("image/tiff", _is_tiff),
)
