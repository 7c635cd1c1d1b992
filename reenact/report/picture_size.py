"""How large a picture is by itself, so that the page can keep the letters in it legible."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

PIXELS_PER_POINT = 96 / 72  # of CSS


def width_of(path: Path) -> int:
    """The width of a JPEG, a PNG, or an SVG of matplotlib's, in CSS pixels."""
    if path.suffix != ".svg":
        with Image.open(path) as picture:
            return picture.width
    found = re.search(r'<svg [^>]*?width="([\d.]+)pt"', path.read_text(encoding="utf-8"))
    assert found is not None, "matplotlib gives the size in points"
    return round(float(found[1]) * PIXELS_PER_POINT)
