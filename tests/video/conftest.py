"""Videos whose frames tell their own time by their brightness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.support.media import ffmpeg

MakeVideo = Callable[..., Path]


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """make(levels, rate, name, size, options): a nearly lossless grey video whose k-th frame has brightness levels[k]."""

    def make(
        levels: Sequence[int], rate: str = "25", name: str = "clip.mp4", size: tuple[int, int] = (64, 48), options: Sequence[str] = ()
    ) -> Path:
        path = tmp_path / name
        width, height = size
        pixels = np.repeat(np.array(levels, np.uint8), width * height * 3).tobytes()
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", f"{width}x{height}", "-framerate", rate, "-i", "pipe:0"]
        ffmpeg(*source, *options, "-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv444p", "-bf", "0", f"file:{path}", stdin=pixels)
        return path

    return make
