"""Frames of a video file at exactly 25 per second, upright, with square pixels, one at a time."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import ffmpeg
import numpy as np

from reenact.video import FPS
from reenact.video.probe import INPUT_OPTIONS, UnreadableVideo, VideoInfo, last_words, probe, source_url
from reenact.video.tools import ffmpeg_path

# Frames that may be missing at the end: the last frame's length is not known in every container.
MISSING_FRAMES_ALLOWED = 3


def frames(path: Path, *, max_frames: int | None = None, info: VideoInfo | None = None) -> Iterator[np.ndarray]:
    """Yield the frames of a video: (height, width, 3) uint8 RGB, read-only, frame n belonging to time n / 25 s.

    Frame n shows the latest source frame that begins before n / 25 s + 20 ms, on the file's own time line, which starts
    with the earlier of picture and sound. Frames are repeated or dropped to that end; none is blended.
    `info` saves a second look at the headers. Memory does not grow with the length. UnreadableVideo with the reason
    "truncated" is raised after the last frame that could be decoded, where the file breaks off before its end.
    """
    path = Path(path)
    info = info or probe(path)
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(_command(path, info, max_frames), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=messages)
        assert process.stdout is not None
        try:
            count = 0
            while (frame := _read_frame(process.stdout, info)) is not None:
                yield frame
                count += 1
            process.wait()
            _check_complete(path, info, count, max_frames, process.returncode, messages)
        finally:  # also where the caller stops early
            process.kill()
            process.stdout.close()
            process.wait()


def _command(path: Path, info: VideoInfo, max_frames: int | None) -> list[str]:
    source = ffmpeg.input(source_url(path), threads=1, fflags="+discardcorrupt", **INPUT_OPTIONS)
    picture = source["V:0"]  # the first stream that is no cover picture
    # Rounding to the nearest tick, not upwards, keeps a source of 25 frames/s with inexact time stamps as it is.
    picture = picture.filter("fps", fps=FPS, start_time=0, round="near")
    # A fixed size, because a stream may change its own in the middle; the flags give the same bytes on every processor.
    picture = picture.filter("scale", info.width, info.height, flags="bicubic+accurate_rnd+full_chroma_int+bitexact")
    limit = {} if max_frames is None else {"frames:v": max_frames}
    output = ffmpeg.output(picture, "pipe:1", format="rawvideo", pix_fmt="rgb24", fps_mode="passthrough", threads=1, **limit)
    return output.global_args("-nostdin", "-v", "error", "-filter_threads", "1").compile(cmd=ffmpeg_path())


def _read_frame(pipe: IO[bytes], info: VideoInfo) -> np.ndarray | None:
    data = pipe.read(info.width * info.height * 3)
    if len(data) < info.width * info.height * 3:
        return None
    return np.frombuffer(data, dtype=np.uint8).reshape(info.height, info.width, 3)


def _check_complete(path: Path, info: VideoInfo, count: int, max_frames: int | None, status: int, messages: IO[bytes]) -> None:
    expected = int(info.duration * FPS) - MISSING_FRAMES_ALLOWED
    if max_frames is not None:
        expected = min(expected, max_frames)
    messages.seek(0)
    detail = last_words(messages.read().decode(errors="replace"))
    # Fewer frames alone prove nothing: some containers tell only how long the sound lasts.
    if status != 0 or count == 0 or (count < expected and detail):
        raise UnreadableVideo(path, "truncated", f"{count} frames could be decoded" + (f"; {detail}" if detail else ""))
