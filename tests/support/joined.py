"""Recordings whose own time jumps, made with ffmpeg."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.support.media import ffmpeg

STEP = 4  # levels of brightness from frame to frame


def recording(first: int, count: int, *options: str, kind: str = "mpegts", sound: str | None = "sine=frequency=440") -> bytes:
    """`count` pictures at 25/s, of brightness STEP · `first` and on, with sound of the same length, in a file of this kind."""
    levels = np.arange(first, first + count) * STEP
    pixels = np.repeat(levels.astype(np.uint8), 64 * 48 * 3).tobytes()
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", "64x48", "-framerate", "25", "-i", "pipe:0"]
    more = ["-f", "lavfi", "-i", f"{sound}:duration={count / 25}", "-c:a", "aac"] if sound else []
    coder = ["-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv444p", "-bf", "0", "-g", "5"]
    return ffmpeg(*source, *more, *coder, *options, "-f", kind, "-", stdin=pixels)


def write_joined(path: Path, parts: Sequence[bytes]) -> Path:
    path.write_bytes(b"".join(parts))
    return path


def with_pause(
    path: Path, seconds: float, *, before: int = 25, after: int = 25, options: Sequence[str] = (), more: Sequence[str] = ()
) -> Path:
    """Pictures of brightness 0, STEP, ... at 25/s, `before` and `after` a pause of so many seconds more than a frame's."""
    pixels = np.repeat((np.arange(before + after) * STEP).astype(np.uint8), 64 * 48 * 3).tobytes()
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", "64x48", "-framerate", "25", "-i", "pipe:0"]
    times = f"settb=1/1000,setpts=N*40+gte(N\\,{before})*{round(seconds * 1000)}"
    coder = ["-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv444p", "-bf", "0", "-g", "10"]
    kept = ["-vf", times, "-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    ffmpeg(*source, *more, *kept, *coder, *options, path, stdin=pixels)
    return path
