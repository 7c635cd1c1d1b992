"""Writing frames to an H.264 file that plays everywhere. The same frames give the same bytes."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType

import ffmpeg
import numpy as np

from reenact.errors import ReenactError
from reenact.files import atomic_path
from reenact.video import FPS
from reenact.video.ffmpeg_build import FfmpegBuild, find_ffmpeg, quiet_environment
from reenact.video.probe import source_url


class VideoWriter:
    """Context manager that writes RGB frames to an MP4 file (H.264, yuv420p, BT.709), which appears whole at the end.

    size: (width, height), both even. fps: frames per second. crf: 0 lossless to 51 worst.
    encoder: the ffmpeg that writes it; where it is None, the one that `find_ffmpeg` takes without a name.
    Where the block ends with an exception, no file is left. ReenactError: odd sides, no ffmpeg that can, or ffmpeg failed.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        fps: float = FPS,
        crf: int = 18,
        encoder: FfmpegBuild | None = None,
    ) -> None:
        self.path = Path(path)
        self.size = size
        if size[0] % 2 or size[1] % 2:
            raise ReenactError(f"{self.path}: H.264 in yuv420p needs even sides, not {size[0]}×{size[1]}: choose an even image size")
        self._command = partial(_command, (encoder or find_ffmpeg()).path, size=size, fps=fps, crf=crf)
        self._stack = ExitStack()

    def __enter__(self) -> VideoWriter:
        part = self._stack.enter_context(atomic_path(self.path))
        self._messages = self._stack.enter_context(tempfile.TemporaryFile())
        self._process = subprocess.Popen(
            self._command(part), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._messages, env=quiet_environment()
        )
        self._stack.push(self._finish)  # ends before the file takes its place, so that a failure removes it
        return self

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, (height, width, 3) uint8 RGB."""
        width, height = self.size
        if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
            raise ValueError(f"a frame of {self.path} must be uint8 of shape {(height, width, 3)}, not {frame.dtype} of {frame.shape}")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(frame).data)
        except BrokenPipeError as error:
            raise self._failure() from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    def _finish(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin is not None
        if kind is not None:
            self._process.kill()
        with suppress(BrokenPipeError):  # ffmpeg has ended; its exit status tells the rest
            self._process.stdin.close()
        if self._process.wait() != 0 and kind is None:
            raise self._failure()

    def _failure(self) -> ReenactError:
        self._process.wait()
        self._messages.seek(0)
        return ReenactError(f"ffmpeg could not write {self.path}: {_last_words(self._messages.read().decode(errors='replace'))}")


def _last_words(messages: str) -> str:
    """The last two lines of ffmpeg's messages, which say why it gave up, as one."""
    return "; ".join(line.strip() for line in messages.strip().splitlines()[-2:])


def _command(executable: str, part: Path, size: tuple[int, int], fps: float, crf: int) -> list[str]:
    pictures = ffmpeg.input("pipe:0", format="rawvideo", pix_fmt="rgb24", video_size=size, framerate=fps)
    video = pictures.video.filter("scale", out_color_matrix="bt709", out_range="tv", flags="bicubic+accurate_rnd+full_chroma_int+bitexact")
    output = ffmpeg.output(
        video,
        source_url(part),
        format="mp4",
        vcodec="libx264",
        pix_fmt="yuv420p",
        preset="faster",
        crf=crf,
        colorspace="bt709",
        color_primaries="bt709",
        color_trc="bt709",
        color_range="tv",
        threads=1,
        movflags="+faststart",
        map_metadata=-1,
        fflags="+bitexact",
        **{"flags:v": "+bitexact"},
    )
    return output.global_args("-nostdin", "-v", "error", "-filter_threads", "1").compile(cmd=executable, overwrite_output=True)
