"""The square around a face that becomes the stored picture: where it lies, how it is steadied over time, and how it is cut."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from reenact.faces.observation import Observation
from reenact.faces.resample import resample
from reenact.video import FPS
from reenact.video.picture import Picture

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

    def reaches_beyond(self, shape: tuple[int, ...]) -> bool:
        """Whether a part of the box lies outside an image of this height and width."""
        height, width = shape[:2]
        return self.x0 < -0.5 or self.y0 < -0.5 or self.x1 > width - 0.5 or self.y1 > height - 0.5

    def is_enlarged_by(self, size: int) -> bool:
        """Whether a crop of `size` has more pixels than the box."""
        return size > self.x1 - self.x0

    def cut(self, image: np.ndarray, size: int) -> np.ndarray:
        """The crop of an RGB image (height, width, 3) uint8, (size, size, 3): see `faces.resample`."""
        return resample(image, self.x0, self.y0, self.x1 - self.x0, size)

    def cut_from(self, picture: Picture, size: int) -> np.ndarray:
        """The crop of a picture, (size, size, 3) uint8 RGB; of a video's, only what is cut out is converted."""
        planes = picture.planes()
        if planes is None:
            return self.cut(picture.rgb(), size)
        side = self.x1 - self.x0
        crops = [
            # Colours at half the size have no detail that bilinear interpolation would lose.
            resample(plane.samples, *plane.from_luma(self.x0, self.y0), side / plane.step, size, cubic=plane.step == 1)
            for plane in planes.planes
        ]
        return planes.to_rgb(crops)


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

    fps: observations a second. A frame waits until the frames of the next 2.5 standard deviations are known: as many images are held,
    whatever the length. At either end, and beside gaps, the mean is over the frames that there are. It never goes beyond a part.
    """
    deviation = smoothing_seconds * fps
    window = math.ceil(WINDOW_DEVIATIONS * deviation)
    placed: deque[_Placed] = deque()
    waiting: deque[Observation] = deque()
    for observation in observations:
        while waiting and waiting[0].frame + window < observation.frame:
            yield _with_crop(waiting.popleft(), placed, deviation, window)
        if observation.landmarks is not None:
            placed.append(_Placed(observation.frame, observation.part, placement(observation.landmarks, scale, shift_up)))
        waiting.append(observation)
    while waiting:
        yield _with_crop(waiting.popleft(), placed, deviation, window)


@dataclass(frozen=True)
class _Placed:
    frame: int
    part: int
    place: np.ndarray


def _with_crop(observation: Observation, placed: deque[_Placed], deviation: float, window: int) -> tuple[Observation, CropBox | None]:
    if observation.landmarks is None:
        return observation, None
    while placed[0].frame < observation.frame - window:
        placed.popleft()
    near = [each for each in placed if each.frame <= observation.frame + window and each.part == observation.part]
    apart = np.array([each.frame for each in near]) - observation.frame
    weights = np.exp(-0.5 * (apart / max(deviation, 1e-6)) ** 2)
    x, y, side = weights @ np.array([each.place for each in near]) / weights.sum()
    return observation, _containing(observation.landmarks, x, y, side)


def _containing(landmarks: np.ndarray, x: float, y: float, side: float) -> CropBox:
    """The square about (x, y), moved and enlarged only as far as needed to hold the landmarks: heads may be fast."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    side = max(side, float((high - low).max()) / (1 - 2 * LEAST_MARGIN))
    reach = side * (0.5 - LEAST_MARGIN)
    x, y = np.clip((x, y), high - reach, low + reach)
    return CropBox.around(x, y, side)
