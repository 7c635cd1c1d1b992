"""How stored pictures are to be turned and mirrored to be upright: all eight ways that keep their edges."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

# By quarter turns counter-clockwise, as numpy's.
ROTATIONS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


@dataclass(frozen=True)
class Orientation:
    """First left and right change places where `mirrored`, then the picture is turned by quarter `turns` (0 to 3) counter-clockwise."""

    mirrored: bool = False
    turns: int = 0

    @property
    def swaps_sides(self) -> bool:
        """Whether the width as stored is the height as shown."""
        return self.turns % 2 == 1

    def shown(self, stored: np.ndarray) -> np.ndarray:
        """A stored picture (height, width, ...) upright, contiguous."""
        if self.mirrored:
            stored = cv2.flip(stored, 1)
        return np.ascontiguousarray(stored) if self.turns == 0 else cv2.rotate(stored, ROTATIONS[self.turns])

    def stored(self, shown: np.ndarray) -> np.ndarray:
        """A view of an upright picture as it was stored."""
        turned_back = np.rot90(shown, -self.turns)
        return np.fliplr(turned_back) if self.mirrored else turned_back


UPRIGHT = Orientation()


def orientation_of(frame: VideoFrame) -> Orientation:
    """What a frame's display matrix says, whether its container or its codec gave it; upright where it has none.

    Any other angle counts as the nearest quarter turn, so that edges stay edges; sizes do not matter. A matrix that makes a line of the
    picture counts as upright.
    """
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]  # PyAV's stubs know of motion vectors only
    return UPRIGHT if matrix is None else orientation_from(*np.frombuffer(matrix, np.int32)[[0, 1, 3, 4]].tolist())


def orientation_from(a: int, b: int, c: int, d: int) -> Orientation:
    """Of a matrix that shows the stored point (x, y) at (a · x + c · y, b · x + d · y), x to the right and y down (ISO 14496-12, 6.2.2)."""
    area = a * d - b * c
    if area == 0:
        return UPRIGHT
    mirrored = area < 0
    across, down = (-a, -b) if mirrored else (a, b)  # where the right of the picture, mirrored or not, comes to lie
    return Orientation(mirrored, round(math.atan2(-down, across) / (math.pi / 2)) % 4)
