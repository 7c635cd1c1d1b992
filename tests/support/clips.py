"""Clips of rendered people at known places, and what a shard has of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from reenact.corpus.clip_list import ManifestRow
from reenact.faces.crop import CropBox
from reenact.files import sha256_file
from reenact.video.encode import VideoWriter
from reenact.video.probe import probe
from tests.support.inputs.strange import person

WIDTH, HEIGHT = 640, 360  # VoxCeleb1's tracks count in 360 lines
FIRST, OTHER = 5, 7
Shown = tuple[int, float, float, float]  # whose portrait, its left and top edge in pixels, scale


def film(path: Path, pictures: Sequence[Sequence[Shown]]) -> Path:
    """A video of rendered people at known places."""
    with VideoWriter(path, (WIDTH, HEIGHT)) as video:
        for shown in pictures:
            canvas = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            for number, left, top, scale in shown:
                matrix = np.array([[scale, 0, left], [0, scale, top]], np.float64)
                cv2.warpAffine(person(number), matrix, (WIDTH, HEIGHT), dst=canvas, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT)
            video.write(canvas)
    return path


def row(path: Path, clip: str = "00001", track: Path | None = None) -> ManifestRow:
    """A clip list's line about a video."""
    info, given = probe(path), (str(track), sha256_file(track)) if track else (None, None)
    about = (path.stat().st_size, sha256_file(path), info.duration, info.fps, info.width, info.height, info.has_audio)
    return ManifestRow("s", "v", clip, "train", str(path), *about, *given, problem=None, shard=0)


def kept(table: pa.Table) -> list[tuple[str, int]]:
    """Clip and frame of each row."""
    return list(zip(table["clip"].to_pylist(), table["frame"].to_pylist(), strict=True))


def places(table: pa.Table) -> np.ndarray:
    """The middle of each row's landmarks, pixels of the source."""
    points = [np.reshape(each, (68, 2)) for each in table["landmarks"].to_pylist()]
    boxes = [CropBox(*each) for each in table["crop_box"].to_pylist()]
    return np.array([box.to_source(each, 256).mean(axis=0) for each, box in zip(points, boxes, strict=True)])
