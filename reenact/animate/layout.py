"""What a frame of the result looks like: the result alone, or target, driver and result side by side under headings."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reenact.animate.watermark import mark

HEAD = 32
TEXT_SIZE = 15
LEAST_SIDE = 256  # pixels; smaller results are enlarged to it
PAPER, INK = (255, 255, 255), (40, 44, 52)


def shown_side(size: int) -> int:
    """The side, in pixels, at which results of a generator of `size` pixels are shown."""
    return max(LEAST_SIDE, size)


@dataclass(frozen=True)
class Layout:
    """side: of each picture, pixels. compare: three pictures under headings instead of one. marked: with the visible watermark."""

    side: int
    compare: bool = False
    marked: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, pixels."""
        return (3 * self.side, self.side + HEAD) if self.compare else (self.side, self.side)

    def headings(self, target: str, driver: str, size: int) -> np.ndarray:
        """The headings above a comparison, (HEAD, 3 · side, 3) uint8. size: side of the generator's pictures, pixels."""
        canvas = Image.new("RGB", (3 * self.side, HEAD), PAPER)
        pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT_SIZE)
        for number, text in enumerate((f"target {target}", f"driver {driver}", f"result, {size} px")):
            while font.getlength(text) > self.side - 8:
                text = text[:-2] + "…"
            pen.text((self.side * (number + 0.5), HEAD / 2), text, INK, font, anchor="mm")
        return np.asarray(canvas)

    def frame(self, headings: np.ndarray | None, target: np.ndarray, driver: np.ndarray | None, result: np.ndarray) -> np.ndarray:
        """One frame from pictures (side, side, 3) uint8 and a result that may be smaller. headings, driver: for a comparison only."""
        if result.shape[0] != self.side:
            result = cv2.resize(result, (self.side, self.side), interpolation=cv2.INTER_CUBIC)
        if self.marked:
            result = result.copy()
            mark(result)
        if not self.compare:
            return result
        assert headings is not None and driver is not None, "a comparison shows both"
        return np.vstack([headings, np.hstack([target, driver, result])])
