"""Which of a file's streams are meant: its pictures, as players choose them."""

from __future__ import annotations

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

# Pictures beside the video, not the video: covers, and previews for the player's own use.
BESIDE = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


def picture_streams(container: InputContainer) -> list[VideoStream]:
    """The streams of moving pictures, whether or not they can be decoded."""
    return [stream for stream in container.streams.video if not stream.disposition & BESIDE]


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The pictures that players show: of those that can be decoded the default ones, of these the largest, of these the first."""
    known = [stream for stream in picture_streams(container) if stream.codec_context is not None]
    return max(known, key=lambda stream: (bool(stream.disposition & Disposition.default), stream.width * stream.height), default=None)
