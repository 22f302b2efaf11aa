"""The example photograph that the demo sends when it is given none."""

from pathlib import Path

PHOTOGRAPH = Path(__file__).with_name("photograph.jpg")
