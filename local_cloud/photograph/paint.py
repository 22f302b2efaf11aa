"""Paint the example photograph: the same bytes every time, with the camera data that phones write.

Run `python -m local_cloud.photograph.paint FILE` to paint it again (needs Pillow, of the dev group).
"""

import itertools
import random
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 3000, 2000
SEED = 20_261_123
Colour = tuple[int, int, int]

# (height of the crest as a fraction of the picture, roughness, colour), far to near.
RANGES: tuple[tuple[float, float, Colour], ...] = (
    (0.52, 0.16, (142, 136, 170)),
    (0.62, 0.20, (98, 96, 138)),
    (0.72, 0.18, (58, 62, 98)),
    (0.84, 0.12, (26, 30, 52)),
)


def _ridge(rng: random.Random, crest: float, roughness: float) -> list[tuple[float, float]]:
    """Return a mountain crest by midpoint displacement, as polygon points closed along the bottom."""
    heights = [rng.uniform(-0.3, 0.3), rng.uniform(-0.3, 0.3)]
    spread = 1.0
    for _ in range(9):
        between = [(a + b) / 2 + rng.uniform(-spread, spread) for a, b in itertools.pairwise(heights)]
        heights = [h for pair in zip(heights, between, strict=False) for h in pair] + [heights[-1]]
        spread *= 0.52
    step = WIDTH / (len(heights) - 1)
    points = [(i * step, HEIGHT * (crest + roughness * h * 0.5)) for i, h in enumerate(heights)]
    return [(0.0, HEIGHT), *points, (WIDTH, HEIGHT)]


def _sky() -> Image.Image:
    """Return an evening sky with a low sun."""
    vertical = Image.linear_gradient("L").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    sky = Image.composite(
        Image.new("RGB", vertical.size, (250, 176, 110)),
        Image.new("RGB", vertical.size, (38, 62, 120)),
        vertical,
    )
    glow = ImageChops.invert(Image.radial_gradient("L")).resize((1800, 1800), Image.Resampling.BICUBIC)
    # The gradient is not yet black where the square ends: cut it there, and let it fall off softly.
    falloff = [int(255 * (max(0, value - 128) / 127) ** 2) for value in range(256)]
    sky.paste((255, 236, 190), (1250, 200), glow.point(falloff))
    return sky


def _grain(rng: random.Random) -> Image.Image:
    """Return sensor noise around middle grey: what makes a photograph hard to compress."""
    return Image.frombytes("L", (WIDTH, HEIGHT), rng.randbytes(WIDTH * HEIGHT)).point(
        [112 + value // 8 for value in range(256)]
    )


def _camera_data() -> Image.Exif:
    """Return EXIF as a phone writes it: maker, time, and the place where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Example Optics"
    exif[0x0110] = "Pocket 7"
    exif[0x0132] = "2026:06:21 21:47:03"
    exif[0x010E] = "Evening above the lake"
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (46.0, 33.0, 36.4), 3: "E", 4: (7.0, 53.0, 31.2)}  # GPS: latitude, longitude
    )
    return exif


def paint(path: Path) -> None:
    """Write the photograph, a six-megapixel JPEG, to `path`."""
    rng = random.Random(SEED)  # noqa: S311 - a picture, not a secret; it must come out the same
    picture = _sky()
    for crest, roughness, colour in RANGES:
        layer = Image.new("L", picture.size, 0)
        ImageDraw.Draw(layer).polygon(_ridge(rng, crest, roughness), fill=255)
        picture.paste(colour, (0, 0), layer.filter(ImageFilter.GaussianBlur(1.5)))
    picture = ImageChops.overlay(picture, Image.merge("RGB", [_grain(rng)] * 3))
    picture.save(path, "JPEG", quality=90, exif=_camera_data())


if __name__ == "__main__":
    paint(Path(sys.argv[1]))
