"""The frames of a local video with the times at which they are shown, whatever its rate, upright and with square pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import TracebackType

import av
from av.container import Flags
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from reenact.errors import ReenactError
from reenact.video import FPS
from reenact.video.appended_recording import second_recording
from reenact.video.encrypted import is_encrypted
from reenact.video.first_whole_picture import from_first_whole
from reenact.video.local_input import measured_rate, open_input, unreadable
from reenact.video.mp4 import says_upright
from reenact.video.orientation import UPRIGHT, orientation_of
from reenact.video.pauses import LATEST_FIRST, LONGEST_STILL, longest_still, seconds_of_pictures, times_by_index, times_by_packets
from reenact.video.picture import Geometry, Picture, PictureMaker
from reenact.video.probe import MOST_PIXELS, encrypted, square_size
from reenact.video.streams import origin, picture_stream, tick
from reenact.video.time_breaks import Break
from reenact.video.timeline import Timeline

INDEXED = {"mov", "matroska"}  # containers that say where a time is; the others are read from their beginning
RATES = (Fraction(1), Fraction(240))  # frames/s: the lowest and the highest mean rate that is believed
MPEG_CLOCK = 2**33 / 90_000  # seconds after which it wraps round: a step back looks like a leap of nearly as many
LONGEST_TICK = Fraction(1, 1000)


@dataclass(frozen=True)
class TimedFrame:
    """A picture, when it is shown and for how long, both in the reader's `time_base`.

    early: of the frame that is on the screen at time 0, the ticks by which it began before.
    """

    picture: Picture
    pts: int
    duration: int
    early: int = 0


class TimedReader:
    """Context manager and iterable over the pictures of a video that players show: `TimedFrame` after `TimedFrame`, at ascending times.

    Time 0 is `start` seconds after the file's own beginning; `duration` seconds are read, or all. The frame that is on the screen at
    time 0 begins then. The others keep their time stamps, except where the file's time starts again (`Timeline`). A missing time stamp
    follows from the mean rate. One that is not after the one before is moved to just after it. A pause holds its last picture.

    rate: mean frames/s without pauses, by the headers or else by the first packets' times. usual: ticks of a frame.
    breaks: those in time among the frames so far. time_base: seconds of a tick. pictures_end: when the last picture ends by the file's
    index, seconds after its beginning; None where there is no index. threads: for decoding; 0: one per core. most_pixels: a larger frame is
    taken for damage, and no memory is allocated for it. damaged: packets so far that could not be decoded, or come before the first whole
    picture.

    Memory does not grow with the length.
    ReenactError: no such file, no video, nothing that can be decoded, or `start` lies beyond its end. UnreadableVideo: it is encrypted.
    """

    def __init__(
        self, path: Path, start: float = 0.0, duration: float | None = None, threads: int = 0, most_pixels: int = MOST_PIXELS
    ) -> None:
        self.path = Path(path)
        self._container = open_input(self.path)
        # AVI has no time stamps, and the guesses are wrong.
        self._container.flags &= ~Flags.gen_pts.value  # type: ignore[operator]  # PyAV's stubs take the value for a flag
        try:
            self._stream = self._picture_stream()
            self.rate = self._mean_rate()
        except ReenactError:
            self._container.close()
            raise
        self._stream.codec_context.thread_count = threads
        self._stream.codec_context.options = {"max_pixels": str(most_pixels)}
        # Some containers count in frames, which may last long. A tick here lasts a millisecond at most.
        self._finer = math.ceil(tick(self._stream) / LONGEST_TICK)
        self.time_base = tick(self._stream) / self._finer
        self.usual = max(self._finer, round(1 / (self.rate * self.time_base)))
        self._start, self._duration = start, duration
        self._indexed_end = self._end_by_index()
        self._timeline = Timeline(self._container)
        self.breaks: list[Break] = []
        self._told = 0  # of the time line's jumps
        self._beginning = origin(self._container)
        self._offset = round((self._beginning + Fraction(start).limit_denominator(1_000_000)) / self.time_base)
        self._make: PictureMaker | None = None
        self._first_aspect: Fraction | None = None
        self.damaged = 0

    def _picture_stream(self) -> VideoStream:
        stream = picture_stream(self._container)
        if stream is None:
            raise ReenactError(f"{self.path} holds no moving pictures that can be decoded; name a video, or save a photograph as JPEG")
        if is_encrypted(self.path, self._container, stream):
            raise encrypted(self.path)
        stream.thread_type = "AUTO"
        return stream

    def _mean_rate(self) -> Fraction:
        times = times_by_index(self._stream)
        if times is not None and (seconds := seconds_of_pictures(times)):
            found = Fraction(len(times) / seconds)
        else:
            found = Fraction(self._stream.average_rate or measured_rate(self.path, self._stream.index) or FPS)
        return min(max(found, RATES[0]), RATES[1])

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

    @property
    def pictures_end(self) -> float | None:
        """When the last picture ends by the file's index, seconds after its beginning; None where there is no index, or time jumps."""
        return None if self._indexed_end is None or self._timeline.jumps else float(self._indexed_end - self._beginning)

    def _end_by_index(self) -> Fraction | None:
        """When the last picture ends in the file's own time, asked before anything is read: reading changes what the headers say."""
        if not self._stream.duration:
            return None
        return ((self._stream.start_time or 0) + self._stream.duration) * tick(self._stream)

    @property
    def length(self) -> float | None:
        """Seconds from the file's beginning to its end, by its headers; None where they do not tell."""
        if self._timeline.jumps or not self._container.duration:
            return self.pictures_end
        return self._container.duration / 1e6

    def __iter__(self) -> Iterator[TimedFrame]:
        end = math.inf if self._duration is None else self._duration / self.time_base
        stamp, last = round(self._beginning / self.time_base) - self.usual, -1
        before: int | None = None  # when the frame before began
        whole = False  # read to the end
        on_screen: tuple[VideoFrame, int, int] | None = None  # at time 0, when it began, before it, and when it ends
        decoded: int | None = None  # when the frame before came out of the decoder
        for frame in self._decoded():
            stamp = stamp + self._step(decoded, frame.dts) if frame.pts is None else frame.pts * self._finer
            decoded = frame.dts
            pts, duration = stamp - self._offset, frame.duration * self._finer or self.usual
            if pts < 0:
                on_screen, before = (frame, pts, pts + duration), pts
                continue
            if on_screen is not None and pts > 0:
                last = 0
                yield TimedFrame(self._picture(on_screen[0]), 0, pts, -on_screen[1])
            on_screen = None
            if pts >= end:
                break
            last = pts = max(pts, last + 1)
            self._note_breaks(before, pts)
            yield TimedFrame(self._picture(frame), pts, duration)
            before = pts
        else:
            whole = True
        if on_screen is not None and on_screen[2] > 0:
            last = 0
            yield TimedFrame(self._picture(on_screen[0]), 0, on_screen[2], -on_screen[1])
        if whole and before is not None and self._second is not None:
            second = float(self.seconds(before + self.usual))
            self.breaks.append(Break(second, f"at {second:.2f} s another recording follows in the file, which is not read"))
        if last < 0:
            raise ReenactError(f"{self.path} holds no frame that can be decoded" + f" after {self._start:g} s" * bool(self._start))

    def _step(self, before: int | None, now: int | None) -> int:
        """Ticks from one frame to the next that has no time stamp, by when they came out of the decoder: AVI leaves frames out."""
        return self.usual if before is None or now is None or now <= before else (now - before) * self._finer

    def _note_breaks(self, before: int | None, pts: int) -> None:
        """Note the breaks between the frame that began at `before`, if any, and the one at `pts`."""
        second = float(self.seconds(pts))
        jumps = self._timeline.jumps
        while self._told < len(jumps) and jumps[self._told].at - float(self._beginning) <= second:
            jump, self._told = jumps[self._told], self._told + 1
            if jump.at - float(self._beginning) >= self._start:
                way = "begins anew" if jump.by < 0 or jump.by > MPEG_CLOCK / 2 else f"leaps ahead by {jump.by:.0f} s"
                self.breaks.append(Break(second, f"at {second:.2f} s its time {way}"))
        if before is None and second > max(float(LATEST_FIRST), self._start):
            self.breaks.append(Break(second, f"there is no picture before {second:.2f} s"))
        elif before is not None and self.is_pause(pts - before):
            begin = float(self.seconds(before + self.usual))
            self.breaks.append(Break(second, f"there is no picture from {begin:.2f} s to {second:.2f} s"))

    def is_pause(self, ticks: int) -> bool:
        """Whether so long a time until the next picture is a pause."""
        return ticks * self.time_base > LONGEST_STILL and ticks * self.time_base > self._longest_still

    @cached_property
    def _longest_still(self) -> float:
        # Headers' rates are of no use here: they say 25 for a video with one picture per hour.
        return longest_still(1 / float(measured_rate(self.path, self._stream.index) or self.rate))

    def _decoded(self) -> Iterator[VideoFrame]:
        """Frames in the order in which they are shown; what is damaged is left out, as players do."""
        try:
            if self._may_seek():
                self._container.seek(self._offset // self._finer, stream=self._stream)
            for packet in from_first_whole(self._timeline.packets(self._stream), self._leave_out):
                if self._second is not None and (packet.pos or 0) >= self._second:
                    continue
                try:
                    yield from packet.decode()
                except av.InvalidDataError:
                    self.damaged += 1
        except av.error.PatchWelcomeError as error:  # what FFmpeg says of the second recording in an Ogg file
            if self._second is None:
                raise unreadable(self.path, error) from error
            yield from self._stream.codec_context.decode(None)
        except av.FFmpegError as error:
            raise unreadable(self.path, error) from error

    def _leave_out(self, pictures: int) -> None:
        self.damaged += pictures

    @cached_property
    def _second(self) -> int | None:
        """The byte at which another recording begins, of which nothing is shown."""
        return second_recording(self.path)

    def _may_seek(self) -> bool:
        """Whether the file can be read from `start` on. Beyond the header's length may lie another recording that was appended."""
        known = self.length is None or self._start < self.length
        return bool(self._start) and known and bool(INDEXED & set(self._container.format.name.split(",")))

    def _picture(self, frame: VideoFrame) -> Picture:
        """A frame upright, with square pixels, in the size of the first frame: a stream may change its size in the middle."""
        if self._make is None:
            orientation = UPRIGHT if says_upright(self.path) else orientation_of(frame)
            width, height = self._meant_size(frame)
            # In other codecs' video, full range tells nothing about chroma samples.
            centred = self._stream.codec_context.codec.canonical_name == "mjpeg"
            self._make = PictureMaker(Geometry(width, height, orientation, centred))
        return self._make(frame, self._meant_size(frame))

    def _meant_size(self, frame: VideoFrame) -> tuple[int, int]:
        """A frame's width and height with square pixels: by the container, until the codec's own pixels change their shape."""
        coded = self._stream.codec_context.sample_aspect_ratio
        if self._make is None:
            self._first_aspect = coded
        aspect = self._stream.sample_aspect_ratio if coded == self._first_aspect else coded
        return square_size(frame.width, frame.height, aspect or Fraction(1))


def count_frames(path: Path) -> int:
    """How many pictures a video has, by its packets."""
    with open_input(path) as container:
        stream = picture_stream(container)
        return 0 if stream is None else len(times_by_packets(container, stream)[0])
