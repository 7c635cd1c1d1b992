"""Results of a method that is not the project's own, made up: noise that grows lighter, as folders, strips and videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reenact.errors import ReenactError
from reenact.evaluation.external import ExternalMethod
from reenact.testsets.exported import Pair
from tests.support.media import ffmpeg

SIZE, FRAMES = 32, 4


@dataclass(frozen=True)
class Wanted:
    """Three pairs of four frames each; the last has a frame that leads them."""

    size: int = SIZE
    pairs: Sequence[Pair] = (
        Pair(0, "a", "b", (0, 1, 2, 3)),
        Pair(1, "b", "a", (0, 2, 4, 6)),
        Pair(2, "a", "a", (1, 2, 3, 4), lead=1),
    )


COUNTS = {0: FRAMES, 1: FRAMES, 2: FRAMES + 1}


def pictures(number: int, count: int | None = None, size: int = SIZE) -> np.ndarray:
    """A pair's results: noise, each frame a little lighter than the one before."""
    count = COUNTS[number] if count is None else count
    noise = np.random.default_rng(number).integers(0, 60, (size, size, 3))
    return np.stack([noise + 30 + 20 * frame for frame in range(count)]).astype(np.uint8)


def write_folder(folder: Path, images: np.ndarray, name: str = "{:06d}.png", first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place, image in enumerate(images):
        Image.fromarray(image).save(folder / name.format(place + first))


def write_video(path: Path, images: np.ndarray, *options: str, rate: float = 25, pixels: str = "yuv444p") -> Path:
    """Frames as a video, as imageio and others let ffmpeg write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height, width = images.shape[1:3]
    given = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate), "-i", "-")
    codec = ("-c:v", "libvpx", "-b:v", "2M") if path.suffix == ".webm" else ("-c:v", "libx264", "-crf", "4")
    ffmpeg(*given, *codec, "-pix_fmt", pixels, *options, path, stdin=images.tobytes())
    return path


def as_strip(path: Path, images: np.ndarray) -> None:
    Image.fromarray(np.concatenate(list(images), axis=1)).save(path)


def opaque(image: np.ndarray) -> Image.Image:
    return Image.fromarray(np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]))


@pytest.fixture(name="folder")
def whole_results(tmp_path) -> Path:
    """Whole results, a folder for each pair."""
    for number in COUNTS:
        write_folder(tmp_path / f"{number:04d}", pictures(number))
    return tmp_path


def problems(folder: Path) -> list[str]:
    """What `check` lists."""
    with pytest.raises(ReenactError) as raised:
        ExternalMethod("mine", folder, Wanted()).check()
    first, *listed, last = str(raised.value).split("\n")
    assert first == f"{folder}: the results of mine do not fit the test set:" and last == "mend them, then score again"
    return [line.removeprefix("  - ") for line in listed]


def only_problem(folder: Path) -> str:
    (line,) = problems(folder)
    return line
