"""What a video file holds, read from its headers by ffprobe."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from reenact.errors import ReenactError
from reenact.video.tools import ffprobe_path

# Only local files, and only containers that hold moving pictures themselves: no playlists that point elsewhere.
INPUT_OPTIONS = {"protocol_whitelist": "file,pipe", "format_whitelist": "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg"}
TIME_LIMIT_SECONDS = 60


class UnreadableVideo(ReenactError):
    """A file that is no (whole) video; `reason` is "empty file", "not a video", "no video stream", "truncated",
    "damaged" or "too large"."""

    def __init__(self, path: Path, reason: str, detail: str = "") -> None:
        self.path = path
        self.reason = reason
        tail = f" ({detail})" if detail else ""
        super().__init__(f"{path} cannot be read as a video: {reason}{tail}; replace the file or remove it from the corpus")


@dataclass(frozen=True)
class VideoInfo:
    """A video's first picture stream, as it is meant to be shown.

    width, height: pixels after rotation, with square pixels: the size of `reenact.video.decode.frames`.
    rotation: degrees clockwise (0 to 359) by which the stored pictures are turned to be upright.
    fps: mean frames per second. frames: as the container counts them, if it does. duration: seconds, 0.0 where unknown.
    """

    width: int
    height: int
    rotation: int
    fps: float
    frames: int | None
    duration: float
    has_audio: bool
    codec: str
    pixel_format: str


def source_url(path: Path) -> str:
    """`path` as ffmpeg reads it literally, whatever characters it begins with or holds."""
    return f"file:{path}"


def probe(path: Path) -> VideoInfo:
    """Read a video's headers; UnreadableVideo says why there is none, ReenactError that there is no such file."""
    path = Path(path)
    if not path.is_file():
        raise ReenactError(f"there is no video file {path}: put it back, or run `reenact manifest` to list the corpus anew")
    if path.stat().st_size == 0:
        raise UnreadableVideo(path, "empty file")
    streams, container = _ffprobe(path)
    pictures = [s for s in streams if s.get("codec_type") == "video" and not s.get("disposition", {}).get("attached_pic")]
    if not pictures:
        raise UnreadableVideo(path, "no video stream")
    if not pictures[0].get("width") or not pictures[0].get("height"):
        raise UnreadableVideo(path, "truncated", "the picture's size cannot be told")
    return _info(pictures[0], container, has_audio=any(s.get("codec_type") == "audio" for s in streams))


def _ffprobe(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    options = [part for name, value in INPUT_OPTIONS.items() for part in (f"-{name}", value)]
    command = [ffprobe_path(), "-v", "error", "-of", "json", "-show_streams", "-show_format", *options, source_url(path)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIME_LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnreadableVideo(path, "not a video", f"ffprobe took over {TIME_LIMIT_SECONDS} s") from error
    messages = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        # ffprobe takes anything that is named .mp4 for a file whose index is missing.
        reason = "truncated" if "moov atom not found" in messages and _begins_as_mp4(path) else "not a video"
        raise UnreadableVideo(path, reason, last_words(messages))
    found = json.loads(done.stdout)
    return found.get("streams", []), found.get("format", {})


def _begins_as_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"mdat", b"moov", b"free", b"skip", b"wide")


def last_words(messages: str) -> str:
    """The last two lines of ffmpeg's messages, which say what it gave up for, as one."""
    return "; ".join(line.strip() for line in messages.strip().splitlines()[-2:])


def _info(stream: dict[str, Any], container: dict[str, Any], *, has_audio: bool) -> VideoInfo:
    rotation = _rotation(stream)
    width, height = _square_pixels(stream)
    if rotation in (90, 270):
        width, height = height, width
    frames = stream.get("nb_frames")
    return VideoInfo(
        width=width,
        height=height,
        rotation=rotation,
        fps=_rate(stream),
        frames=int(frames) if frames else None,
        duration=float(stream.get("duration") or container.get("duration") or 0.0),
        has_audio=has_audio,
        codec=stream.get("codec_name", "unknown"),
        pixel_format=stream.get("pix_fmt", "unknown"),
    )


def _rotation(stream: dict[str, Any]) -> int:
    # ffprobe gives the display matrix's angle counter-clockwise.
    turns = [side["rotation"] for side in stream.get("side_data_list", []) if "rotation" in side]
    return round(-float(turns[0])) % 360 if turns else 0


def _square_pixels(stream: dict[str, Any]) -> tuple[int, int]:
    width, height = int(stream["width"]), int(stream["height"])
    across, _, down = stream.get("sample_aspect_ratio", "1:1").partition(":")
    if not (across.isdigit() and down.isdigit()) or int(across) == 0 or int(down) == 0:
        return width, height
    return square_size(width, height, Fraction(int(across), int(down)))


def square_size(width: int, height: int, pixel_aspect: Fraction) -> tuple[int, int]:
    """Width and height with the side that has too few pixels enlarged, so that pixels of this width over height become square."""
    if pixel_aspect >= 1:
        return round(width * pixel_aspect), height
    return width, round(height / pixel_aspect)


def _rate(stream: dict[str, Any]) -> float:
    for key in ("avg_frame_rate", "r_frame_rate"):
        above, _, below = stream.get(key, "0/0").partition("/")
        if int(above) and int(below or 1):
            return int(above) / int(below or 1)
    return 0.0
