"""Videos whose frames tell their own time by their brightness."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from reenact.video.tools import ffmpeg_path

MakeVideo = Callable[..., Path]


def run_ffmpeg(*arguments: str | Path, stdin: bytes | None = None) -> None:
    """Run ffmpeg; its messages are in the error where it fails."""
    done = subprocess.run([ffmpeg_path(), "-v", "error", "-y", *map(str, arguments)], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


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
        run_ffmpeg(*source, *options, "-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv444p", "-bf", "0", f"file:{path}", stdin=pixels)
        return path

    return make
