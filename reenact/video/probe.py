"""What a video file holds, read from its headers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from reenact.errors import ReenactError
from reenact.files import require_file
from reenact.video import FPS
from reenact.video.encrypted import is_encrypted
from reenact.video.mp4 import begins_as_mp4, count_indices, says_upright
from reenact.video.orientation import UPRIGHT, Orientation, orientation_of
from reenact.video.pauses import LATEST_FIRST, seconds_of_pictures, times_by_index, times_by_packets
from reenact.video.streams import MICROSECONDS, origin, picture_stream, picture_streams, tick

# Only local files, and only containers that hold moving pictures themselves: no playlists that point elsewhere.
INPUT_OPTIONS = {"protocol_whitelist": "file,pipe", "format_whitelist": "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg"}
TIME_LIMIT_SECONDS = 60.0  # for opening, and for each step of reading
MOST_PIXELS = 2**26
WIDEST_PIXEL = 8  # the most that its width is over its height, or the reverse: no lens or format has more than two
FIRST_PACKETS = 100  # one of them must hold the frame that says how it is turned


class UnreadableVideo(ReenactError):
    """A file that is no (whole) video; `reason` is "empty file", "not a video", "no video stream", "encrypted", "truncated",
    "damaged", "too large" or "too long"."""

    def __init__(self, path: Path, reason: str, detail: str = "") -> None:
        self.path = path
        self.reason = reason
        tail = f" ({detail})" if detail else ""
        super().__init__(f"{path} cannot be read as a video: {reason}{tail}; replace the file or remove it from the corpus")


def encrypted(path: Path) -> UnreadableVideo:
    """The error for a file whose pictures cannot be decoded without a key."""
    return UnreadableVideo(path, "encrypted", "its pictures are protected by a key (DRM) that is not in the file")


@dataclass(frozen=True)
class VideoInfo:
    """A video's pictures (`streams.picture_stream`), as they are meant to be shown.

    width, height: pixels when upright, with square pixels: the size of `reenact.video.decode.frames`.
    orientation: how the stored pictures become upright. fps: mean frames per second. frames: as the container counts them, if it does.
    duration: seconds, 0.0 where unknown. Where there are pauses, or time starts again, only seconds with pictures count.
    """

    width: int
    height: int
    orientation: Orientation
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
    if require_file(path, "put the video back, or run `reenact manifest` to list the corpus anew").st_size == 0:
        raise UnreadableVideo(path, "empty file")
    with _opened(path) as container:
        if not picture_streams(container):
            raise UnreadableVideo(path, "no video stream")
        pictures = picture_stream(container)
        if pictures is None:
            raise UnreadableVideo(path, "no video stream", "no decoder is known for its pictures")
        if is_encrypted(path, container, pictures):
            raise encrypted(path)
        if not pictures.width or not pictures.height:
            raise UnreadableVideo(path, "too large" if _claims_too_much(path) else "truncated", "the picture's size cannot be told")
        return _info(path, pictures, container)


def open_local(path: Path, options: dict[str, str] = INPUT_OPTIONS) -> InputContainer:
    """A local file opened with these `options` of the container; no frame of over `MOST_PIXELS` is decoded for it. Raises PyAV's errors."""
    limit = {"max_pixels": str(MOST_PIXELS)}  # for the decoders that look at the first frames
    return av.open(source_url(path), options=limit, container_options=options, metadata_errors="replace", timeout=TIME_LIMIT_SECONDS)


def _opened(path: Path) -> InputContainer:
    # In this process: a hundred thousand files are looked at, and a process for each would take most of the time.
    try:
        return open_local(path)
    except av.ExitError as error:
        raise UnreadableVideo(path, "not a video", f"its headers took over {TIME_LIMIT_SECONDS:g} s") from error
    except av.FFmpegError as error:
        # Anything that is named .mp4 is taken for a file whose index is missing.
        reason = "truncated" if begins_as_mp4(path) and count_indices(path) == 0 else "not a video"
        raise UnreadableVideo(path, reason, error.strerror or "") from error


def _claims_too_much(path: Path) -> bool:
    """Whether the header states larger pictures than are decoded. It is read without decoders: one that refuses a size forgets it."""
    with open_local(path, INPUT_OPTIONS | {"codec_whitelist": "none"}) as container:
        return any(stream.width * stream.height > MOST_PIXELS for stream in container.streams.video if stream.codec_context)


def _info(path: Path, stream: VideoStream, container: InputContainer) -> VideoInfo:
    orientation = UPRIGHT if says_upright(path) else _orientation(stream, container)
    width, height = square_size(stream.width, stream.height, stream.sample_aspect_ratio or Fraction(1))
    if orientation.swaps_sides:
        width, height = height, width
    return VideoInfo(
        width=width,
        height=height,
        orientation=orientation,
        fps=float(stream.average_rate or stream.base_rate or 0),
        frames=stream.frames or None,
        duration=round(_duration(path, stream, container), 6),
        has_audio=bool(container.streams.audio),
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=stream.pix_fmt or "unknown",
    )


def _orientation(stream: VideoStream, container: InputContainer) -> Orientation:
    """The orientation in the first frame. To read it takes as long as all the rest."""
    stream.thread_type = "NONE"
    stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
    with suppress(av.FFmpegError):
        for packet in islice(container.demux(stream), FIRST_PACKETS):
            with suppress(av.InvalidDataError):
                for frame in packet.decode():
                    return orientation_of(frame)
    return UPRIGHT


def _duration(path: Path, stream: VideoStream, container: InputContainer) -> float:
    """Seconds by the headers, or by the pictures' own times where these show less or more."""
    by_headers = float(stream.duration * tick(stream) if stream.duration else Fraction(container.duration or 0, MICROSECONDS))
    times = times_by_index(stream)
    if times is not None:
        return seconds_of_pictures(times) or by_headers
    with open_local(path) as again:
        times, timeline = times_by_packets(again, again.streams[stream.index])
    if not len(times):
        return by_headers
    first = float(origin(container))
    span = float(times.max() - times.min()) + 1 / float(stream.average_rate or stream.base_rate or FPS)
    odd = bool(timeline.jumps) or (not stream.duration and times.min() - first > LATEST_FIRST)
    return seconds_of_pictures(times) or (span if odd else by_headers)


def square_size(width: int, height: int, pixel_aspect: Fraction) -> tuple[int, int]:
    """Width and height with the side that has too few pixels enlarged, so that pixels of this width over height become square.

    An aspect over `WIDEST_PIXEL`, or by which there would be more than `MOST_PIXELS`, is damage: the pixels are then taken for square.
    """
    enlarged = max(pixel_aspect, 1 / pixel_aspect)
    if enlarged > WIDEST_PIXEL or enlarged * width * height > MOST_PIXELS:
        return width, height
    if pixel_aspect >= 1:
        return round(width * pixel_aspect), height
    return width, round(height / pixel_aspect)
