"""The pictures that a method made of one pair, as files: a folder of frames, a strip of frames side by side, or a video."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sized
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Protocol

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
# Formats, as `PairFiles.image_formats` has them, that keep each value. A video in RGB alone does, as others round colours.
LOSSLESS = re.compile(r"PNG|video (ffv1|ffvhuff|huffyuv|png|qtrle|rawvideo|utvideo) (bgr|gbr|rgb).*")
WRITE = f"write {FPS} frames/s, each once"


class Asked(Protocol):
    """A pair's number and its frames; lead: how many results come before those of the frames, and are not scored."""

    @property
    def number(self) -> int: ...
    @property
    def frames(self) -> tuple[int, ...]: ...
    @property
    def lead(self) -> int: ...


def count_of(asked: Asked) -> int:
    """How many results a pair is to have."""
    return asked.lead + len(asked.frames)


class PairFiles(ABC):
    """The files of one pair."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def problems(self, asked: Asked, size: int) -> Iterator[str]:
        """Everything that keeps this from being the frames asked for, of `size` × `size` pixels. All is decoded."""

    @abstractmethod
    def read(self, size: int) -> np.ndarray:
        """The frames (F, S, S, 3) uint8 RGB of a result without problems."""

    @abstractmethod
    def image_formats(self) -> set[str]:
        """What the pictures were kept as: "PNG", "JPEG", "video h264 yuv420p" and so on."""

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
    """A folder of PNG or JPEG files, which are in the order of the numbers in their names. inside: all that is in it."""

    def __init__(self, path: Path, inside: list[Path]) -> None:
        super().__init__(path)
        self._frames = sorted((each for each in inside if each.suffix.lower() in PICTURES), key=lambda each: (_numbers(each), each.name))
        self._others = [each for each in inside if each.suffix.lower() not in PICTURES]

    def files(self) -> list[Path]:
        """See `PairFiles`."""
        return self._frames

    def problems(self, asked: Asked, size: int) -> Iterator[str]:
        """See `PairFiles`."""
        if self._others:
            yield f"{self.path.name}/{self._others[0].name}{_more(self._others)} is no PNG or JPEG file; remove it"
        yield from self._misnumbered(asked)
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

    def _misnumbered(self, asked: Asked) -> Iterator[str]:
        """Why nobody can tell which file is which frame."""
        name, frames = self.path.name, self._frames
        if same := [pair for pair in pairwise(frames) if _numbers(pair[0]) == _numbers(pair[1])]:
            one, other = same[0]
            yield f"{name} has {one.name} and {other.name}{_more(same)}: nobody can tell which comes first; keep one for each number"
        elif len(frames) != count_of(asked):
            yield f"{_wrong_count(name, len(frames), count_of(asked))}{_gap(frames)}"
        elif not _counts_on(frames, asked):
            yield f"{name} has {len(frames)} frames, but leaves numbers out{_gap(frames)}; see whether one is missing, and number on"

    def read(self, size: int) -> np.ndarray:
        """See `PairFiles`."""
        return np.stack([read_frame(path) for path in self._frames])

    def image_formats(self) -> set[str]:
        """See `PairFiles`."""
        return {_picture_format(path) for path in self._frames}


class Strip(PairFiles):
    """A picture with all frames side by side, as first-order-model's animate.py writes them."""

    def problems(self, asked: Asked, size: int) -> Iterator[str]:
        """See `PairFiles`."""
        image = read_frame(self.path)
        height, width = image.shape[:2]
        if height != size or width % size:
            yield f"{self.path.name} is {_sides(image)}, no row of frames of {size}×{size}"
        elif width // size != count_of(asked):
            yield _wrong_count(self.path.name, width // size, count_of(asked))

    def read(self, size: int) -> np.ndarray:
        """See `PairFiles`."""
        strip = read_frame(self.path)
        return np.ascontiguousarray(strip.reshape(size, -1, size, 3).swapaxes(0, 1))

    def image_formats(self) -> set[str]:
        """See `PairFiles`."""
        return {_picture_format(self.path)}


class Video(PairFiles):
    """A video of 25 frames/s."""

    def problems(self, asked: Asked, size: int) -> Iterator[str]:
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
        if len(times) != count_of(asked):
            yield _wrong_count(self.path.name, len(times), count_of(asked))
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

    def image_formats(self) -> set[str]:
        """See `PairFiles`."""
        info = probe(self.path)
        return {f"video {info.codec} {info.pixel_format}"}


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


def _numbers(path: Path) -> tuple[int, ...]:
    """The numbers in a file's name."""
    return tuple(map(int, re.findall(r"\d+", path.stem)))


def _counts_on(frames: list[Path], asked: Asked) -> bool:
    """Whether the one number that differs between the names goes on in equal steps, or as the numbers of the frames asked for do.

    True as well where several numbers differ, as in times of seconds and parts of one.
    """
    columns = [column for column in zip(*map(_numbers, frames), strict=False) if len(set(column)) > 1]
    if len(columns) != 1:
        return True
    steps = [late - early for early, late in pairwise(columns[0])]
    return len(set(steps)) == 1 or steps[asked.lead :] == [late - early for early, late in pairwise(asked.frames)]


def _gap(frames: list[Path]) -> str:
    """Where numbers are left out between the frames' names, in words: after the first frame that none follows."""
    for before, after in pairwise(frames):
        steps = [late - early for early, late in zip(_numbers(before), _numbers(after), strict=False) if late != early]
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
