"""Results as a folder of PNG pictures, each tagged as generated, as the videos are."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from reenact.animate.watermark import TAG
from reenact.errors import ReenactError
from reenact.files import written


class PictureFolder:
    """Context manager that writes frames as 000000.png, 000001.png and so on, in a folder that appears whole at the end.

    Each picture's text chunks hold `watermark.TAG` as Comment, and the second at which it is shown as Time. time_base: seconds per tick.
    Raises ReenactError if the folder exists and is not empty, or cannot be written.
    """

    def __init__(self, path: Path, time_base: Fraction) -> None:
        self.path = path
        self._time_base = time_base
        self._part = path.with_name(f".{path.name}.part")
        self._count = 0

    def __enter__(self) -> PictureFolder:
        with written(self.path):
            if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
                raise ReenactError(f"{self.path} exists and is not an empty folder; name another with --out, or remove it")
            shutil.rmtree(self._part, ignore_errors=True)  # left by a killed run
            self._part.mkdir(parents=True)
        return self

    def write(self, image: np.ndarray, pts: int, duration: int) -> None:
        """Append a frame (height, width, 3) uint8 RGB that is shown from `pts` on; it stays until the next."""
        text = PngInfo()
        text.add_text("Comment", TAG)
        text.add_text("Time", f"{float(pts * self._time_base):.6f}")
        with written(self.path):
            Image.fromarray(image).save(self._part / f"{self._count:06d}.png", pnginfo=text, compress_level=3)
        self._count += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            with written(self.path):
                self._part.replace(self.path)
        else:
            shutil.rmtree(self._part, ignore_errors=True)
