"""The square around a face that becomes the stored picture: where it lies, how it is steadied over time, and how it is cut."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from reenact.faces.track import Observation
from reenact.video import FPS

WINDOW_DEVIATIONS = 2.5  # the Gaussian over time is cut off here, so that frames need to wait for a fixed time only

LEAST_MARGIN = 0.04  # between the landmarks and the crop's edge, in parts of its side

CROP_RULE = (
    "square about the landmarks' bounding box: side = crop_scale × its larger side, centre = its centre moved up by crop_shift_up × side; "
    f"centre and side smoothed over time by a Gaussian cut off at {WINDOW_DEVIATIONS} deviations; moved or "
    f"enlarged where a landmark would come nearer to the edge than {LEAST_MARGIN} sides; border pixels repeated"
)


@dataclass(frozen=True)
class CropBox:
    """A square in source pixels: its outer edges (x0, y0, x1, y1), where whole numbers are pixel centres.

    A crop of `size` pixels shows the source point x at u = (x - x0) / (x1 - x0) · size - 0.5: the box's edges are the outer
    edges of the crop's first and last pixels, at -0.5 and size - 0.5. The values are those of float32, as stored in shards.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, x: float, y: float, side: float) -> CropBox:
        """The square of this side (pixels) about the point (x, y)."""
        corners = np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2], np.float32)
        return cls(*corners.tolist())

    def to_crop(self, points: np.ndarray, size: int) -> np.ndarray:
        """Source points (..., 2) in the pixels of a crop of `size`; float64."""
        return (np.asarray(points, np.float64) - [self.x0, self.y0]) * self._scale(size) - 0.5

    def to_source(self, points: np.ndarray, size: int) -> np.ndarray:
        """The inverse of `to_crop`."""
        return (np.asarray(points, np.float64) + 0.5) / self._scale(size) + [self.x0, self.y0]

    def _scale(self, size: int) -> np.ndarray:
        return np.array([size / (self.x1 - self.x0), size / (self.y1 - self.y0)])

    def reaches_beyond(self, image: np.ndarray) -> bool:
        """Whether a part of the box lies outside the image."""
        height, width = image.shape[:2]
        return self.x0 < -0.5 or self.y0 < -0.5 or self.x1 > width - 0.5 or self.y1 > height - 0.5

    def is_enlarged_by(self, size: int) -> bool:
        """Whether a crop of `size` has more pixels than the box."""
        return size > self.x1 - self.x0

    def cut(self, image: np.ndarray, size: int) -> np.ndarray:
        """The crop, (size, size, 3) uint8: bicubic, smoothed before it is made smaller, border pixels repeated outside."""
        shrink = (self.x1 - self.x0) / size
        blur = 0.5 * math.sqrt(max(shrink * shrink - 1.0, 0.0))  # the deviation that a wider pixel's aperture adds
        part, left, top = self._part(image, margin=3 * blur + 3)
        if blur > 0.1:
            part = cv2.GaussianBlur(part, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
        across, down = self._scale(size)
        (u, v) = self.to_crop(np.array([left, top]), size)
        return cv2.warpAffine(
            part, np.array([[across, 0.0, u], [0.0, down, v]]), (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )

    def _part(self, image: np.ndarray, margin: float) -> tuple[np.ndarray, int, int]:
        height, width = image.shape[:2]
        left = min(max(math.floor(self.x0 - margin), 0), width - 1)
        top = min(max(math.floor(self.y0 - margin), 0), height - 1)
        right = max(min(math.ceil(self.x1 + margin) + 1, width), left + 1)
        bottom = max(min(math.ceil(self.y1 + margin) + 1, height), top + 1)
        return image[top:bottom, left:right], left, top


def placement(landmarks: np.ndarray, scale: float, shift_up: float) -> np.ndarray:
    """Centre x, centre y and side of one frame's square about landmarks (68, 2), by the crop rule, before smoothing."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    side = scale * float((high - low).max())
    x, y = (low + high) / 2
    return np.array([x, y - shift_up * side, side], np.float64)


def steady_crops(
    observations: Iterable[Observation], *, scale: float, shift_up: float, smoothing_seconds: float, fps: float = FPS
) -> Iterator[tuple[Observation, CropBox | None]]:
    """Pair each observation with its crop box, smoothed over time, in their order; without landmarks there is none.

    fps: observations a second. A frame waits until the frames of the next 2.5 standard deviations are known, so as many images are
    held, whatever the length. At either end, and beside gaps, the mean is over the frames that there are.
    """
    deviation = smoothing_seconds * fps
    window = math.ceil(WINDOW_DEVIATIONS * deviation)
    placed: deque[tuple[int, np.ndarray]] = deque()
    waiting: deque[Observation] = deque()
    for observation in observations:
        while waiting and waiting[0].frame + window < observation.frame:
            yield _with_crop(waiting.popleft(), placed, deviation, window)
        if observation.landmarks is not None:
            placed.append((observation.frame, placement(observation.landmarks, scale, shift_up)))
        waiting.append(observation)
    while waiting:
        yield _with_crop(waiting.popleft(), placed, deviation, window)


def _with_crop(
    observation: Observation, placed: deque[tuple[int, np.ndarray]], deviation: float, window: int
) -> tuple[Observation, CropBox | None]:
    if observation.landmarks is None:
        return observation, None
    while placed[0][0] < observation.frame - window:
        placed.popleft()
    frames = np.array([frame for frame, _ in placed if frame <= observation.frame + window])
    places = np.array([place for _, place in placed])[: len(frames)]
    weights = np.exp(-0.5 * ((frames - observation.frame) / max(deviation, 1e-6)) ** 2)
    x, y, side = weights @ places / weights.sum()
    return observation, _containing(observation.landmarks, x, y, side)


def _containing(landmarks: np.ndarray, x: float, y: float, side: float) -> CropBox:
    """The square about (x, y), moved, and enlarged if need be, as far as the landmarks demand to lie inside: heads may be fast."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    side = max(side, float((high - low).max()) / (1 - 2 * LEAST_MARGIN))
    reach = side * (0.5 - LEAST_MARGIN)
    x, y = np.clip((x, y), high - reach, low + reach)
    return CropBox.around(x, y, side)
