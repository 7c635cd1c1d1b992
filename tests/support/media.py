"""ffmpeg and ffprobe, to make the files that tests need and to see what was made."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path

import av
import numpy as np

from reenact.video.ffmpeg_build import quiet_environment
from reenact.video.tools import ffmpeg_path, tool_path


def ffmpeg(*arguments: str | Path, stdin: bytes | None = None) -> bytes:
    """What ffmpeg writes to its standard output; if it fails, the error holds its messages."""
    command = [ffmpeg_path(), "-v", "error", "-y", *map(str, arguments)]
    # Without input of its own it would read the terminal, and stop where the tests run in the background.
    given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    done = subprocess.run(command, **given, capture_output=True, env=quiet_environment(), check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ffprobe(path: Path, *entries: str) -> dict:
    """ffprobe's JSON of a file's streams and container."""
    command = [tool_path("ffprobe"), "-v", "error", "-of", "json", "-show_streams", "-show_format", *entries, str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def set_display_matrix(path: Path, a: float, b: float, c: float, d: float) -> None:
    """Give the pictures of an MP4 file another display matrix: the stored point (x, y) is to be shown at (a · x + c · y, b · x + d · y).

    The matrix is in the first track's header (ISO 14496-12, 8.3.2): nine numbers in 16.16, of which four turn, mirror and stretch.
    """
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (round(value * 65536) for value in (a, b, c, d))
    struct.pack_into(">iiiiii", data, place, a, b, 0, c, d, 0)
    path.write_bytes(data)


def turn_clockwise(path: Path, degrees: int) -> None:
    """Mark the pictures of an MP4 file to be shown turned by 90, 180 or 270 degrees clockwise."""
    set_display_matrix(path, *{90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees])


# The eight display matrices that keep a picture's edges: a, b, c, d.
MATRICES = [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0), (-1, 0, 0, 1), (1, 0, 0, -1), (0, 1, 1, 0), (0, -1, -1, 0)]


def by_matrix(stored: np.ndarray, a: int, b: int, c: int, d: int) -> np.ndarray:
    """A picture (height, width, ...) with each pixel where one of `MATRICES` shows it, moved to begin at (0, 0)."""
    y, x = np.indices(stored.shape[:2])
    across, down = a * x + c * y, b * x + d * y
    across, down = across - across.min(), down - down.min()
    shown = np.empty((down.max() + 1, across.max() + 1, *stored.shape[2:]), stored.dtype)
    shown[down, across] = stored
    return shown


def write_turned(source: Path, target: Path, degrees: int) -> Path:
    """A copy of a video whose container asks for this rotation; the ffmpeg command cannot write it into Matroska."""
    with av.open(str(source)) as given, av.open(str(target), "w") as output:
        stream = output.add_stream_from_template(given.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    return target
