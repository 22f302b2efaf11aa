"""The picture that is sent: the example, or one's own."""

from pathlib import Path

from local_cloud.errors import LocalCloudError

EXAMPLE = Path(__file__).resolve().parent.parent / "photograph" / "photograph.jpg"
LIMIT = 4 * 1024 * 1024
HEIF_BRANDS = {b"heic", b"heix", b"mif1", b"msf1", b"avif"}


def read(path: Path | None) -> bytes:
    """Return a picture's bytes, looked at before anything is started.

    Raises: LocalCloudError for a file that cannot be read, is no picture, or is over one segment.
    """
    file = path or EXAMPLE
    try:
        size = file.stat().st_size
        if size > LIMIT:
            raise LocalCloudError(f"{file} has {size:,} bytes: at most {LIMIT:,} (4 MiB) can be sent")
        content = file.read_bytes()
    except OSError as error:
        raise LocalCloudError(f"{file} cannot be read: {error.strerror or error}") from error
    if not _is_picture(content):
        raise LocalCloudError(f"{file} is not a picture: JPEG, PNG, GIF, WebP or HEIF is expected")
    return content


def _is_picture(content: bytes) -> bool:
    return (
        content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a"))
        or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
        or (content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS)
    )
