"""A picture that is looked at for faces and cut into crops, converted only as far as each of them needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc, Interpolation, VideoReformatter

from reenact.video.yuv import YuvPlanes, yuv_planes

SCALING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
# Where only half-sized colours are enlarged; takes half as long, and differs by a fiftieth of a level.
CONVERSION = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
# Pictures meant for brighter and more colourful screens are brought to the range of all others.
HDR_TRANSFERS = frozenset({ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67})
HDR_TO_SDR = {"dst_color_trc": ColorTrc.BT709, "dst_color_primaries": ColorPrimaries.BT709, "dst_colorspace": Colorspace.ITU709}


class Picture(ABC):
    """An upright picture with square pixels. Pixel (0, 0) is at the top left."""

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""

    @abstractmethod
    def luma(self) -> np.ndarray:
        """Its brightness, (height, width) uint8, black 0 and white 255, as the face detector and the landmark model see it."""

    @abstractmethod
    def rgb(self) -> np.ndarray:
        """The whole picture, (height, width, 3) uint8 RGB, read-only."""

    def planes(self) -> YuvPlanes | None:
        """The picture as it was decoded, where crops can be cut from that."""
        return None


class RgbPicture(Picture):
    """A picture that is RGB already."""

    def __init__(self, rgb: np.ndarray) -> None:
        """rgb: (height, width, 3) uint8."""
        self._rgb = rgb

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self._rgb.shape[0], self._rgb.shape[1]

    def luma(self) -> np.ndarray:
        """BT.601's weighted sum of red, green and blue, (height, width) uint8."""
        return cv2.cvtColor(self._rgb, cv2.COLOR_RGB2GRAY)

    def rgb(self) -> np.ndarray:
        """What was given."""
        return self._rgb


@dataclass(frozen=True)
class Geometry:
    """How a stream's pictures are shown: width and height before they are turned, and quarter turns counter-clockwise."""

    width: int
    height: int
    turns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width as shown."""
        return (self.width, self.height) if self.turns % 2 else (self.height, self.width)


class PictureMaker:
    """Makes pictures of a stream's frames; keeps the conversions that they share."""

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Picture:
        """The picture of a frame, which is held as long as the picture is."""
        as_stored = self._geometry == Geometry(frame.width, frame.height, 0) and frame.color_trc not in HDR_TRANSFERS
        return VideoPicture(frame, self._geometry.shape, yuv_planes(frame) if as_stored else None, self._rgb)

    def _rgb(self, frame: VideoFrame) -> np.ndarray:
        width, height = self._geometry.width, self._geometry.height
        hdr = HDR_TO_SDR if frame.color_trc in HDR_TRANSFERS else {}
        # With HDR the quick way gives wrong colours.
        way = CONVERSION if (frame.width, frame.height) == (width, height) and not hdr else SCALING
        made = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=way, threads=1, **hdr)
        return np.ascontiguousarray(np.rot90(made.to_ndarray(), self._geometry.turns))


class VideoPicture(Picture):
    """A decoded frame: `frame`, as PyAV gave it."""

    def __init__(
        self, frame: VideoFrame, shape: tuple[int, int], planes: YuvPlanes | None, to_rgb: Callable[[VideoFrame], np.ndarray]
    ) -> None:
        self.frame = frame
        self._shape = shape
        self._planes = planes
        self._to_rgb = to_rgb

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self._shape

    def luma(self) -> np.ndarray:
        """The decoder's own luma, stretched to 0 to 255; of formats that have none in eight bits, that of the RGB picture."""
        return self._planes.luma() if self._planes else cv2.cvtColor(self.rgb(), cv2.COLOR_RGB2GRAY)

    def rgb(self) -> np.ndarray:
        """Converted anew at each call."""
        return self._to_rgb(self.frame)

    def planes(self) -> YuvPlanes | None:
        """Of pictures that are stored upright in eight bits."""
        return self._planes
