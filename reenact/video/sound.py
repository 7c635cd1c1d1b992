"""A video's sound as packets for an MP4 file: copied where MP4 players know the codec, else encoded anew as AAC."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from reenact.video.timed_read import open_input, origin

log = logging.getLogger(__name__)

COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus"})
AAC_RATES = frozenset({96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000})
USUAL_RATE = 48000
LEAST_GAP = 0.1  # seconds


class Sound:
    """The first sound track of a video from `start` seconds on, read as it is asked for, a packet at a time.

    Many files hold none, or one that nothing here decodes: then there are no packets. One that cannot be read on ends there, which is
    said aloud. Cuts are exact at the beginning, by the MP4 file's edit list, and within a packet, about a fiftieth of a second, at the end.
    """

    def __init__(self, path: Path, start: float = 0.0) -> None:
        self._path = path
        self._input = open_input(path)
        known = [stream for stream in self._input.streams.audio if stream.codec_context is not None]
        self._stream: AudioStream | None = known[0] if known else None
        self._origin = origin(self._input) + Fraction(start).limit_denominator(1_000_000)
        self._packets: Iterator[Packet] = iter(())
        self._next: Packet | None = None

    def add_to(self, output: OutputContainer) -> None:
        """Add a stream for the sound, if there is any, to a file that nothing was written to yet."""
        if self._stream is None:
            return
        if self._stream.codec_context.codec.canonical_name in COPIED:
            self._packets = self._copied(output.add_stream_from_template(self._stream))
        else:
            self._packets = self._encoded(_aac(output, self._stream))
        self._next = self._take()

    def before(self, second: Fraction) -> Iterator[Packet]:
        """The packets that were not given yet and begin before this time; all are at ascending times."""
        while self._next is not None and self._next.pts * self._next.time_base < second:
            yield self._next
            self._next = self._take()

    def _take(self) -> Packet | None:
        """The next packet; where the file can be read no further, the sound ends, as pictures may well go on."""
        try:
            return next(self._packets, None)
        except av.FFmpegError as error:
            log.warning("%s: the sound ends before its end, as it cannot be read on (%s).", self._path, error.strerror)
            return None

    def close(self) -> None:
        """Close the file."""
        self._packets = iter(())
        self._input.close()

    def _copied(self, output: AudioStream) -> Iterator[Packet]:
        offset = round(self._origin / self._stream.time_base)
        last = None
        for packet in self._read():
            packet.pts -= offset
            # A decoder needs the packet before the first that is heard.
            if packet.pts + 2 * packet.duration < 0 or (last is not None and packet.pts <= last):
                continue
            last = packet.dts = packet.pts
            packet.stream = output
            yield packet

    def _encoded(self, output: AudioStream) -> Iterator[Packet]:
        expected = None
        for frame in self._decoded():
            rate = frame.sample_rate
            begin = round((frame.pts * self._stream.time_base - self._origin) * rate)
            # Containers round their times: small steps are none, and none goes back.
            if expected is not None and begin < expected + rate * LEAST_GAP:
                begin = expected
            expected = begin + frame.samples
            if expected > 0:
                frame.pts, frame.time_base = begin, Fraction(1, rate)
                yield from output.encode(frame)
        yield from output.encode(None)

    def _decoded(self) -> Iterator[AudioFrame]:
        for packet in self._read():
            with suppress(av.InvalidDataError):  # a damaged packet is not heard
                yield from (frame for frame in packet.decode() if frame.pts is not None)

    def _read(self) -> Iterator[Packet]:
        for packet in self._input.demux(self._stream):
            if packet.size and packet.pts is not None:
                yield packet


def _aac(output: OutputContainer, like: AudioStream) -> AudioStream:
    rate = like.codec_context.sample_rate
    stream = output.add_stream("aac", rate=rate if rate in AAC_RATES else USUAL_RATE)
    stream.codec_context.layout = "mono" if like.codec_context.layout.nb_channels == 1 else "stereo"
    return stream
