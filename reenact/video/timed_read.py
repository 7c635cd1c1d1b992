"""The frames of a local video with the times at which they are shown, whatever its rate, upright and with square pixels."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.container import Flags, InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from reenact.errors import ReenactError
from reenact.files import require_file
from reenact.video import FPS
from reenact.video.mp4 import says_upright
from reenact.video.picture import Geometry, Picture, PictureMaker
from reenact.video.probe import INPUT_OPTIONS, MOST_PIXELS, open_local, quarter_turns, square_size

# Local files only; an animated GIF, which is no clip of a corpus, may drive a portrait.
OPTIONS = INPUT_OPTIONS | {"format_whitelist": f"{INPUT_OPTIONS['format_whitelist']},gif"}
INDEXED = {"mov", "matroska"}  # containers that say where a time is; the others are read from their beginning
RATES = (Fraction(1), Fraction(240))  # what is believed of a mean rate
LONGEST_TICK = Fraction(1, 1000)
MEASURED_PACKETS = 50


@dataclass(frozen=True)
class TimedFrame:
    """A picture, when it is shown and for how long, both in the reader's `time_base`."""

    picture: Picture
    pts: int
    duration: int


def open_input(path: Path) -> InputContainer:
    """A local video file opened by PyAV; ReenactError where it is missing or no video."""
    require_file(path, "name a video file")
    try:
        return open_local(path, OPTIONS)
    except av.FFmpegError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: av.FFmpegError) -> ReenactError:
    """What a person is told where PyAV gave a file up."""
    return ReenactError(f"{path} cannot be read as a video ({error.strerror}); try another file, or convert it to MP4 with ffmpeg")


class TimedReader:
    """Context manager and iterable over the first picture stream of a video: `TimedFrame` after `TimedFrame`, at ascending times.

    Time 0 is `start` seconds after the file's own beginning; `duration` seconds are read, or all. The frame that is on the screen at
    time 0 begins then. The others keep their time stamps; where there is none it is the mean rate's, and one that is not after the one
    before is moved to just after it. rate: mean frames/s, by the headers or else by the first packets' times.
    time_base: seconds of a tick. pictures_end: when the last picture ends by the file's index, seconds after its beginning; None where
    there is no index. threads: that decode; 0 takes one a core. most_pixels: a larger frame is taken for damage, and no
    memory asked for it. damaged: packets that could not be decoded so far.
    Memory does not grow with the length.
    ReenactError: no such file, no video, nothing that can be decoded, or `start` lies beyond its end.
    """

    def __init__(
        self, path: Path, start: float = 0.0, duration: float | None = None, threads: int = 0, most_pixels: int = MOST_PIXELS
    ) -> None:
        self.path = Path(path)
        self._container = open_input(self.path)
        self._container.flags &= ~Flags.gen_pts.value  # in AVI, which has none, the guesses are wrong
        try:
            self._stream = self._picture_stream()
            self.rate = self._mean_rate()
        except ReenactError:
            self._container.close()
            raise
        self._stream.codec_context.thread_count = threads
        self._stream.codec_context.options = {"max_pixels": str(most_pixels)}
        # Some containers count in frames, which last long or short: a tick takes a millisecond at most.
        self._finer = math.ceil(self._stream.time_base / LONGEST_TICK)
        self.time_base: Fraction = self._stream.time_base / self._finer
        self._start, self._duration = start, duration
        self._beginning = origin(self._container)
        self._offset = round((self._beginning + Fraction(start).limit_denominator(1_000_000)) / self.time_base)
        self.pictures_end = self._pictures_end()
        self._make: PictureMaker | None = None
        self.damaged = 0

    def _picture_stream(self) -> VideoStream:
        streams = [stream for stream in self._container.streams.video if not stream.disposition & Disposition.attached_pic]
        if not streams or streams[0].codec_context is None:
            raise ReenactError(f"{self.path} holds no pictures that can be decoded; name a video")
        streams[0].thread_type = "AUTO"
        return streams[0]

    def _mean_rate(self) -> Fraction:
        found = self._stream.average_rate or _measured_rate(self.path, self._stream.index) or FPS
        return min(max(Fraction(found), RATES[0]), RATES[1])

    def __enter__(self) -> TimedReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._container.close()

    def expected_frames(self) -> int | None:
        """About how many frames will be read, if the headers tell."""
        length = self.pictures_end or self.length
        if length is None:
            return None
        left = max(length - self._start, 0.0)
        return round(min(left, self._duration if self._duration is not None else left) * self.rate)

    def seconds(self, pts: int) -> Fraction:
        """A frame's time stamp in seconds after the file's own beginning, exactly: `start` is rounded to a tick."""
        return (pts + self._offset) * self.time_base - self._beginning

    def _pictures_end(self) -> float | None:
        if not self._stream.duration:
            return None
        return float(((self._stream.start_time or 0) + self._stream.duration) * self._stream.time_base - self._beginning)

    @property
    def length(self) -> float | None:
        """Seconds from the file's beginning to its end, by its headers; None where they do not tell."""
        return self._container.duration / 1e6 if self._container.duration else self.pictures_end

    def __iter__(self) -> Iterator[TimedFrame]:
        end = math.inf if self._duration is None else self._duration / self.time_base
        usual = max(self._finer, round(1 / (self.rate * self.time_base)))
        stamp, last = round(self._beginning / self.time_base) - usual, -1
        on_screen: tuple[VideoFrame, int] | None = None  # at time 0, begun before it, and when it ends
        for frame in self._decoded():
            stamp = stamp + usual if frame.pts is None else frame.pts * self._finer
            pts, duration = stamp - self._offset, frame.duration * self._finer or usual
            if pts < 0:
                on_screen = frame, pts + duration
                continue
            if on_screen is not None and pts > 0:
                last = 0
                yield TimedFrame(self._picture(on_screen[0]), 0, pts)
            on_screen = None
            if pts >= end:
                break
            last = pts = max(pts, last + 1)
            yield TimedFrame(self._picture(frame), pts, duration)
        if on_screen is not None and on_screen[1] > 0:
            last = 0
            yield TimedFrame(self._picture(on_screen[0]), 0, on_screen[1])
        if last < 0:
            raise ReenactError(f"{self.path} holds no frame that can be decoded" + f" after {self._start:g} s" * bool(self._start))

    def _decoded(self) -> Iterator[VideoFrame]:
        """Frames in the order in which they are shown; what is damaged is left out, as players do."""
        try:
            if self._start and INDEXED & set(self._container.format.name.split(",")):
                self._container.seek(self._offset // self._finer, stream=self._stream)
            for packet in self._container.demux(self._stream):
                try:
                    yield from packet.decode()
                except av.InvalidDataError:
                    self.damaged += 1
        except av.FFmpegError as error:
            raise unreadable(self.path, error) from error

    def _picture(self, frame: VideoFrame) -> Picture:
        """Upright, with square pixels, in the size of the first frame, as a stream may change its own in the middle."""
        if self._make is None:
            turns = 0 if says_upright(self.path) else quarter_turns(frame)
            width, height = square_size(frame.width, frame.height, self._stream.sample_aspect_ratio or Fraction(1))
            # What full range says of other codecs' video is only its range.
            centred = self._stream.codec_context.codec.canonical_name == "mjpeg"
            self._make = PictureMaker(Geometry(width, height, turns, centred))
        return self._make(frame)


def _measured_rate(path: Path, index: int) -> Fraction | None:
    """Frames/s by the median step between the first packets' times, as browsers' recordings have no rate in their headers."""
    with open_input(path) as container:
        stream = container.streams[index]
        try:
            stamps = sorted(packet.pts for packet in islice(container.demux(stream), MEASURED_PACKETS) if packet.pts is not None)
        except av.FFmpegError as error:
            raise unreadable(path, error) from error
        step = statistics.median(np.diff(stamps).tolist()) if len(stamps) > 1 else 0
        return 1 / (Fraction(step) * stream.time_base) if step > 0 else None


def origin(container: InputContainer) -> Fraction:
    """Second 0 of a file: where its first stream begins; encoders' run-up before time 0 does not count."""
    return Fraction(max(container.start_time or 0, 0), 1_000_000)
