"""The pictures that a method made of one pair, as files: a folder of frames, a strip of frames side by side, or a video."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sized
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from reenact.errors import ReenactError
from reenact.files import reading
from reenact.images import OTHER, open_picture
from reenact.video import FPS
from reenact.video.libav_errors import complaints
from reenact.video.probe import probe
from reenact.video.timed_read import TimedReader

PICTURES, VIDEOS = (".png", ".jpg", ".jpeg"), (".mp4", ".mov", ".mkv", ".avi", ".webm")
FORMATS = ("PNG", "JPEG")
EIGHT_BITS = {"1", "L", "LA", "P", "RGB", "RGBA"}  # modes of Pillow
DEPTH_OF_PNG, SIXTEEN = 24, 16  # the byte that tells it; Pillow makes 8 bits of 16-bit colours without a word
# Seconds by which a frame may be off its time: containers that count milliseconds round, and a frame lasts forty of them.
OFF_TIME = Fraction(1, 200)
WRITE = f"write {FPS} frames/s, each once"


class PairFiles(ABC):
    """The files of one pair."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def problems(self, count: int, size: int) -> Iterator[str]:
        """Everything that keeps this from being `count` frames of `size` × `size` pixels. All is decoded."""

    @abstractmethod
    def read(self, size: int) -> np.ndarray:
        """The frames (F, S, S, 3) uint8 RGB of a result without problems."""

    @abstractmethod
    def image_format(self) -> str:
        """What the pictures were kept as, in words."""

    def files(self) -> list[Path]:
        """The files in the order of the frames."""
        return [self.path]

    def sha256(self) -> str:
        """SHA-256 of the bytes of all files, one after another."""
        digest = hashlib.sha256()
        for path in self.files():
            with reading(path, OTHER):
                digest.update(path.read_bytes())
        return digest.hexdigest()


class Folder(PairFiles):
    """A folder of PNG or JPEG files. frames: these in the order of the numbers in their names. others: what else is in it."""

    def __init__(self, path: Path, frames: list[Path], others: list[Path]) -> None:
        super().__init__(path)
        self._frames, self._others = frames, others

    def files(self) -> list[Path]:
        """See `PairFiles`."""
        return self._frames

    def problems(self, count: int, size: int) -> Iterator[str]:
        """See `PairFiles`."""
        if self._others:
            yield f"{self.path.name}/{self._others[0].name}{_more(self._others)} is no PNG or JPEG file; remove it"
        if len(self._frames) != count:
            yield f"{_wrong_count(self.path.name, len(self._frames), count)}{_gap(self._frames)}"
        sizes: dict[Path, str] = {}
        for path in self._frames:
            try:
                image = read_frame(path)
            except ReenactError as error:
                yield str(error)
                continue
            if image.shape != (size, size, 3):
                sizes[path] = _sides(image)
        if sizes:
            first = next(iter(sizes))
            yield f"{self.path.name}/{first.name}{_more(sizes)} is {sizes[first]}, not {size}×{size}"

    def read(self, size: int) -> np.ndarray:
        """See `PairFiles`."""
        return np.stack([read_frame(path) for path in self._frames])

    def image_format(self) -> str:
        """See `PairFiles`."""
        return " and ".join(sorted({_picture_format(path) for path in self._frames}, reverse=True))


class Strip(PairFiles):
    """A picture with all frames side by side, as first-order-model's animate.py writes them."""

    def problems(self, count: int, size: int) -> Iterator[str]:
        """See `PairFiles`."""
        image = read_frame(self.path)
        height, width = image.shape[:2]
        if height != size or width % size:
            yield f"{self.path.name} is {_sides(image)}, no row of frames of {size}×{size}"
        elif width // size != count:
            yield _wrong_count(self.path.name, width // size, count)

    def read(self, size: int) -> np.ndarray:
        """See `PairFiles`."""
        strip = read_frame(self.path)
        return np.ascontiguousarray(strip.reshape(size, -1, size, 3).swapaxes(0, 1))

    def image_format(self) -> str:
        """See `PairFiles`."""
        return _picture_format(self.path)


class Video(PairFiles):
    """A video of 25 frames/s."""

    def problems(self, count: int, size: int) -> Iterator[str]:
        """See `PairFiles`."""
        times: list[Fraction] = []
        with complaints() as heard, TimedReader(self.path, threads=1) as reader:
            for timed in reader:
                times.append(reader.seconds(timed.pts))
                shape = timed.picture.shape
            rate = float(reader.rate)
        if reader.damaged or heard.count:
            yield f"{self.path.name} is damaged: some of its packets cannot be decoded; write it again"
        if shape != (size, size):
            yield f"{self.path.name} is {shape[1]}×{shape[0]}, not {size}×{size}{_panels(shape)}"
        if len(times) != count:
            yield _wrong_count(self.path.name, len(times), count)
        yield from self._off_time(times, rate)

    def _off_time(self, times: list[Fraction], rate: float) -> Iterator[str]:
        for place, time in enumerate(times):
            due = times[0] + Fraction(place, FPS)
            if abs(time - due) > OFF_TIME:
                shown = f"frame {place} is shown {float(time - times[0]):.3f} s after the first, not {float(due - times[0]):.3f} s"
                yield f"{self.path.name} is not of {FPS} frames/s (its mean rate is {rate:.4g}): {shown}; {WRITE}"
                return

    def read(self, size: int) -> np.ndarray:
        """See `PairFiles`."""
        with complaints(), TimedReader(self.path, threads=1) as reader:
            return np.stack([timed.picture.rgb() for timed in reader])

    def image_format(self) -> str:
        """See `PairFiles`."""
        info = probe(self.path)
        return f"video {info.codec} {info.pixel_format}"


def read_frame(path: Path) -> np.ndarray:
    """A frame's pixels as they are, (height, width, 3) uint8 RGB; grey becomes RGB, and an alpha channel without effect is left out.

    Colour profiles are not applied: metrics compare what methods wrote. ReenactError: missing or damaged, neither PNG nor JPEG, over eight
    bits a channel, CMYK, or transparent in places.
    """
    with open_picture(path) as image:
        if image.format not in FORMATS:
            raise ReenactError(f"{path} is {image.format}, neither PNG nor JPEG; write PNG files")
        if image.mode not in EIGHT_BITS or (image.format == "PNG" and _depth(path) == SIXTEEN):
            raise ReenactError(f"{path} is no picture of eight bits in grey or RGB; write 8-bit RGB")
        with reading(path, OTHER, Exception):  # on a damaged file Pillow raises errors of any kind
            image.load()
        if image.has_transparency_data:
            image = image.convert("RGBA")
            if image.getchannel("A").getextrema() != (255, 255):
                raise ReenactError(f"{path} is transparent in places; write opaque RGB")
        return np.asarray(image.convert("RGB"))


def _depth(path: Path) -> int:
    """Bits a channel of a PNG file, by its header."""
    with reading(path, OTHER), path.open("rb") as file:
        return file.read(DEPTH_OF_PNG + 1)[DEPTH_OF_PNG]


def _picture_format(path: Path) -> str:
    with open_picture(path) as image:
        return image.format or "unknown"


def _wrong_count(name: str, found: int, count: int) -> str:
    return f"{name} has {found} frame{'s' * (found != 1)}, not {count}"


def _gap(frames: list[Path]) -> str:
    """Where numbers are left out between the frames' names, in words: after the first frame that none follows."""
    for before, after in pairwise(frames):
        numbers = [tuple(map(int, re.findall(r"\d+", path.stem))) for path in (before, after)]
        steps = [late - early for early, late in zip(*numbers, strict=False) if late != early]
        if len(steps) == 1 and steps[0] > 1:
            return f": none between {before.name} and {after.name}"
    return ""


def _sides(image: np.ndarray) -> str:
    return f"{image.shape[1]}×{image.shape[0]}"


def _more(paths: Sized) -> str:
    """How many others there are besides the first."""
    return f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""


def _panels(shape: tuple[int, int]) -> str:
    """What a picture of this height and width probably is."""
    three = "; three pictures stand side by side, as in LivePortrait's _concat.mp4: give the one without _concat in its name"
    return three if shape[1] == 3 * shape[0] else ""
