"""Frames with time stamps of their own, and sound, into an H.264 file that plays everywhere."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.codec.context import Flags as CodecFlags
from av.container import Flags, InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from reenact.errors import ReenactError
from reenact.files import atomic_path, written
from reenact.video.picture import SCALING
from reenact.video.probe import source_url
from reenact.video.sound import Sound

BT709 = 1  # as matrix, in AVColorSpace


class TimedWriter:
    """Context manager that writes RGB frames at their own times to an MP4 file (H.264, yuv420p, BT.709), which appears whole at the end.

    size: (width, height), both even. time_base: seconds of a tick of the frames' times. rate: their mean number a second.
    comment: the file's comment and description. sound: added at the end, cut to the end of the last frame. Where that fails, it is logged,
    and the file has no sound. crf: 0 lossless to 51 worst.
    The same frames give the same bytes. Where the block ends with an exception, no file is left. ReenactError: it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        time_base: Fraction,
        rate: Fraction,
        *,
        comment: str = "",
        sound: Sound | None = None,
        crf: int = 18,
    ) -> None:
        self.path = Path(path)
        self._size, self._time_base, self._rate = size, time_base, rate
        self._comment, self._sound, self._crf = comment, sound, crf
        self._durations: dict[int, int] = {}  # by time, of the frames that the encoder still holds
        self._end = 0

    def __enter__(self) -> TimedWriter:
        with written(self.path), ExitStack() as stack:
            self._part = stack.enter_context(atomic_path(self.path))
            self._output = self._opened(self._part)
            stack.push(self._finish)  # ends before the file takes its place, so that a failure removes it
            self._add_pictures()
            self._stack = stack.pop_all()
        return self

    def _opened(self, path: Path) -> OutputContainer:
        output = av.open(source_url(path), "w", format="mp4", container_options={"movflags": "+faststart"})
        output.flags |= Flags.bitexact.value  # type: ignore[operator]  # PyAV's stubs take the value for a flag
        if self._comment:
            output.metadata.update(comment=self._comment, description=self._comment)
        return output

    def _add_pictures(self) -> None:
        width, height = self._size
        # Without B-frames packets are in the order of the times, and players know how long the last frame is shown.
        options = {"crf": str(self._crf), "preset": "faster", "bf": "0"}
        self._stream = self._output.add_stream("libx264", rate=self._rate, options=options, width=width, height=height)
        codec = self._stream.codec_context
        codec.time_base = self._time_base
        codec.pix_fmt = "yuv420p"
        codec.thread_count = 1  # the same bytes whatever the machine
        codec.flags |= CodecFlags.bitexact.value
        codec.color_range, codec.colorspace = ColorRange.MPEG, BT709
        codec.color_primaries, codec.color_trc = ColorPrimaries.BT709, ColorTrc.BT709

    def write(self, image: np.ndarray, pts: int, duration: int) -> None:
        """Append a frame (height, width, 3) uint8 RGB that is shown from `pts` on, later than the one before, for `duration` ticks."""
        width, height = self._size
        if image.shape != (height, width, 3) or image.dtype != np.uint8:
            raise ValueError(f"a frame of {self.path} must be uint8 of shape {(height, width, 3)}, not {image.dtype} of {image.shape}")
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame = frame.reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG, interpolation=SCALING, threads=1
        )
        frame.pts, frame.time_base = pts, self._time_base
        self._durations[pts] = duration
        self._end = pts + duration
        self._encode(frame)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with written(self.path):
            self._stack.__exit__(kind, error, trace)

    def _finish(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._encode(None)
        finally:
            self._close(failed=kind is not None)
        if kind is None and self._sound is not None:
            self._add_sound(self._sound)

    def _encode(self, frame: VideoFrame | None) -> None:
        """Mux what the encoder gives for a frame, or all that it still holds."""
        try:
            for packet in self._stream.encode(frame):
                assert packet.pts is not None  # of each frame that was encoded
                packet.duration = self._durations.pop(packet.pts)
                self._output.mux(packet)
        except av.FFmpegError as error:
            raise self._failure(error) from error

    def _add_sound(self, sound: Sound) -> None:
        """Replace the file by one with pictures and sound. Where that fails, the file with pictures alone stays."""
        made = sound.until(self._end * self._time_base)
        if made is None:
            return
        joined = self._part.with_name(f"{self._part.stem}.sound.part{self._part.suffix}")
        try:
            with av.open(source_url(self._part)) as pictures, av.open(made, "r") as heard, self._opened(joined) as output:
                for packet in heapq.merge(_moved(pictures, output), _moved(heard, output), key=_time):
                    output.mux(packet)
            joined.replace(self._part)
        except Exception as error:  # PyAV's are of many kinds, and none is worth the pictures
            sound.leave_out(error)
        finally:
            joined.unlink(missing_ok=True)

    def _close(self, *, failed: bool) -> None:
        try:
            self._output.close()
        except av.FFmpegError as error:
            if not failed:
                raise self._failure(error) from error

    def _failure(self, error: av.FFmpegError) -> ReenactError:
        return ReenactError(f"{self.path} could not be written: {error.strerror}")


def _moved(source: InputContainer, output: OutputContainer) -> Iterator[Packet]:
    """The packets of a file's only stream, for a stream like it that is added to `output` at once."""
    stream = output.add_stream_from_template(source.streams[0], opaque=True)
    return _of(source, stream)


def _time(packet: Packet) -> Fraction:
    assert packet.dts is not None  # MP4 files tell each packet's
    return packet.dts * packet.time_base


def _of(source: InputContainer, stream: Stream) -> Iterator[Packet]:
    for packet in source.demux(0):
        if packet.size:
            packet.stream = stream
            yield packet
