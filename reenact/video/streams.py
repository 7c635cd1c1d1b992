"""Which of a file's streams to use: its pictures, as players choose them, and where they begin."""

from __future__ import annotations

from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

# Pictures beside the video, not the video: covers, and previews for the player's own use.
BESIDE = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
# What files of photographs, HEIC and AVIF, call themselves (ISO 23008-12); FFmpeg takes each, or a tile of it, for a video.
PHOTOGRAPHS = {"avif", "avis", "heic", "heim", "heis", "heix", "hevc", "hevm", "hevs", "hevx", "mif1", "mif2", "msf1"}
MICROSECONDS = 1_000_000  # the unit of a container's times


def picture_streams(container: InputContainer) -> list[VideoStream]:
    """The streams of moving pictures, whether or not they can be decoded."""
    if container.metadata.get("major_brand") in PHOTOGRAPHS:
        return []
    return [stream for stream in container.streams.video if not stream.disposition & BESIDE]


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The pictures that players show: of those that can be decoded the default ones, of these the largest, of these the first."""
    known = [stream for stream in picture_streams(container) if stream.codec_context is not None]
    return max(known, key=lambda stream: (bool(stream.disposition & Disposition.default), stream.width * stream.height), default=None)


def best_sound(container: InputContainer) -> AudioStream | None:
    """What ffmpeg takes for the best sound; of several programmes in a transport stream that of the pictures, whose clock it has."""
    best = container.streams.best("audio", related=picture_stream(container))
    return best if isinstance(best, AudioStream) else None


def tick(stream: Stream) -> Fraction:
    """The unit, in seconds, of the times of a stream that is read."""
    assert stream.time_base is not None  # FFmpeg gives one to each stream of a file that it opens
    return stream.time_base


def origin(container: InputContainer) -> Fraction:
    """Second 0 of a file: the earlier of its pictures and their sound. Other programmes beside them have another clock.

    Sound before time 0 is an encoder's run-up, unless there are pictures, too.
    """
    pictures = picture_stream(container)
    meant = [stream for stream in (pictures, best_sound(container)) if stream is not None]
    begins = [stream.start_time * tick(stream) for stream in meant if stream.start_time is not None]
    start = min(begins, default=Fraction(container.start_time or 0, MICROSECONDS))
    if start < 0 and (pictures is None or (pictures.start_time or 0) >= 0):
        return Fraction(0)
    return Fraction(round(start * MICROSECONDS), MICROSECONDS)
