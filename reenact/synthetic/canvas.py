"""A square canvas for backgrounds: filled shapes in 0..1 coordinates, at twice the picture's resolution."""

from __future__ import annotations

import cv2
import numpy as np

from reenact.synthetic.brushes import noise, to_bytes

SHIFT = 4  # fractional bits of OpenCV's coordinates
OVER = 2  # canvas pixels along a picture's pixel


class Canvas:
    """pixels (n, n, 3) uint8 sRGB. Coordinates are 0..1 over the picture, x to the right and y down; colours are sRGB in 0..1."""

    def __init__(self, side: int, colour: np.ndarray) -> None:
        """side: of the finished picture, in pixels."""
        self.side, self.n = side, OVER * side
        self.pixels = np.empty((self.n, self.n, 3), np.uint8)
        self.pixels[:] = to_bytes(colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: np.ndarray) -> None:
        """An upright rectangle."""
        self.pixels[self._at(top) : self._at(bottom), self._at(left) : self._at(right)] = to_bytes(colour)

    def polygon(self, points: np.ndarray, colour: np.ndarray) -> None:
        """A filled polygon of points (N, 2)."""
        cv2.fillPoly(self.pixels, [self._fixed(points)], _scalar(colour), cv2.LINE_8, SHIFT)

    def line(self, points: np.ndarray, width: float, colour: np.ndarray) -> None:
        """An open line through points (N, 2), `width` thick but at least one canvas pixel."""
        thick = max(round(width * self.n), 1)
        cv2.polylines(self.pixels, [self._fixed(points)], False, _scalar(colour), thick, cv2.LINE_8, SHIFT)

    def disc(self, x: float, y: float, radius: float, colour: np.ndarray) -> None:
        """A filled circle."""
        centre = self._fixed(np.array([[x, y]]))[0]
        cv2.circle(self.pixels, (int(centre[0]), int(centre[1])), int(radius * self.n * 2**SHIFT), _scalar(colour), -1, cv2.LINE_8, SHIFT)

    def mottle(self, rng: np.random.Generator, strength: float, grain: float, stretch: float = 1.0) -> None:
        """Brighten and darken everything so far by smooth noise; grain and stretch, in canvas pixels, as in `noise`."""
        factor = 1 + strength * noise(rng, grain, stretch, (self.n, self.n))
        self.pixels = to_bytes(self.pixels * factor[..., None] / np.float32(255))

    def picture(self, blur: float) -> np.ndarray:
        """The finished picture (side, side, 3) uint8 sRGB, out of focus by a Gaussian of `blur` picture pixels."""
        small = cv2.resize(self.pixels, (self.side, self.side), interpolation=cv2.INTER_AREA)
        return cv2.GaussianBlur(small, (0, 0), blur) if blur > 0 else small

    def _at(self, position: float) -> int:
        return min(max(round(position * self.n), 0), self.n)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        return np.rint((np.asarray(points) * self.n - 0.5) * 2**SHIFT).astype(np.int32)


def _scalar(colour: np.ndarray) -> tuple[int, ...]:
    return tuple(int(value) for value in to_bytes(np.asarray(colour)))
