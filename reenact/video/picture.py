"""A picture that is searched for faces and cut into crops. Each of them converts only what it needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc, Interpolation, VideoReformatter

from reenact.video.orientation import UPRIGHT, Orientation
from reenact.video.yuv import YuvPlanes, has_planes, with_known_matrix, yuv_planes

SCALING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
# For pictures of which only half-sized colours are enlarged: takes half as long, and differs by a fiftieth of a level.
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
        """The array that was given."""
        return self._rgb


@dataclass(frozen=True)
class Geometry:
    """How a stream's pictures are stored and shown: width and height before they are turned, and how they become upright.

    centred_chroma: see `yuv.yuv_planes`.
    """

    width: int
    height: int
    orientation: Orientation = UPRIGHT
    centred_chroma: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width as shown."""
        return (self.width, self.height) if self.orientation.swaps_sides else (self.height, self.width)


class PictureMaker:
    """Makes pictures of a stream's frames, all of one size; keeps the conversions that they share."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame, meant: tuple[int, int] | None = None) -> Picture:
        """The picture of a frame; it may keep the frame.

        meant: its own width and height with square pixels, before it is turned, where they may differ from the stream's.
        """
        whole = self.geometry.width, self.geometry.height
        as_stored = (frame.width, frame.height) == whole == (meant or whole) and frame.color_trc not in HDR_TRANSFERS
        frame = with_known_matrix(frame)
        return PlanarPicture(frame, self) if as_stored and has_planes(frame) else ConvertedPicture(frame, self, meant or whole)

    def rgb(self, frame: VideoFrame, meant: tuple[int, int] | None = None) -> np.ndarray:
        """The whole frame as it is shown, (height, width, 3) uint8 RGB; between black bars where it has another shape than the stream's."""
        width, height = fitted(meant or (self.geometry.width, self.geometry.height), (self.geometry.width, self.geometry.height))
        hdr = HDR_TO_SDR if frame.color_trc in HDR_TRANSFERS else {}
        # With HDR the quick way gives wrong colours.
        way = CONVERSION if (frame.width, frame.height) == (width, height) and not hdr else SCALING
        made = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=way, threads=1, **hdr)
        return self.geometry.orientation.shown(self._between_bars(made.to_ndarray()))

    def _between_bars(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        down, across = self.geometry.height - height, self.geometry.width - width
        if not (down or across):
            return picture
        bars = ((down // 2, down - down // 2), (across // 2, across - across // 2), (0, 0))
        return np.pad(picture, bars)


def fitted(size: tuple[int, int], into: tuple[int, int]) -> tuple[int, int]:
    """The largest width and height in the shape of `size` that fit into `into`; `into` itself where it is of that shape."""
    scale = min(into[0] / size[0], into[1] / size[1])
    width, height = (max(1, round(scale * side)) for side in size)
    # Within a pixel of the whole, shapes differ by how sides are rounded.
    return into if into[0] - width <= 1 and into[1] - height <= 1 else (width, height)


class PlanarPicture(Picture):
    """A decoded frame that has luma and colour differences of the picture's size: `frame`, as PyAV gave it."""

    def __init__(self, frame: VideoFrame, maker: PictureMaker) -> None:
        self.frame = frame
        self._maker = maker

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self._maker.geometry.shape

    def luma(self) -> np.ndarray:
        """The decoder's own luma, stretched to 0 to 255."""
        return self.planes().luma()

    def rgb(self) -> np.ndarray:
        """The whole picture, converted at each call."""
        return self._maker.rgb(self.frame)

    def planes(self) -> YuvPlanes:
        """The planes, made at each call; that costs nothing where they have eight bits."""
        geometry = self._maker.geometry
        return yuv_planes(self.frame, geometry.orientation, centred_chroma=geometry.centred_chroma)


class ConvertedPicture(Picture):
    """A decoded frame of any other kind. The whole of it is converted once, when it is first needed."""

    def __init__(self, frame: VideoFrame, maker: PictureMaker, meant: tuple[int, int]) -> None:
        self._frame: VideoFrame | None = frame
        self._maker, self._meant = maker, meant

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width, pixels."""
        return self._maker.geometry.shape

    def luma(self) -> np.ndarray:
        """BT.601's weighted sum of red, green and blue."""
        return cv2.cvtColor(self.rgb(), cv2.COLOR_RGB2GRAY)

    def rgb(self) -> np.ndarray:
        """The whole picture, which is kept in place of the frame."""
        if self._frame is not None:
            self._rgb, self._frame = self._maker.rgb(self._frame, self._meant), None
        return self._rgb
