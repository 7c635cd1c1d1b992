"""Time stamps of pictures and sound on one line that only goes on, even where a file's own time starts again or leaps ahead.

Recordings that were joined each begin at their own time, and the clocks of broadcasts and capture cards are set anew. Players go on there,
and so does this module: the first packet after the jump comes where the longest stream before it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer
from av.format import Flags
from av.packet import Packet
from av.stream import Stream

from reenact.video.stray_packets import without_strays
from reenact.video.streams import picture_stream

STEP_BACK = 0.1  # seconds, as in ffmpeg; decoding times only go on, but for roundings
LEAP = 10.0  # seconds, where ffmpeg, too, takes a clock for set anew (-dts_delta_threshold)


@dataclass(frozen=True)
class Jump:
    """Where a file's own time jumps: the second on the continuous line, and the seconds by which it jumps, less than 0 back."""

    at: float
    by: float


@dataclass
class _Track:
    """A stream's last decoding time and when that packet ends, seconds of the file's own time, and the number of the piece it is in."""

    last: float
    end: float
    piece: int


class Timeline:
    """The packets of a file with their times on one continuous line: the file's own until its time first jumps.

    The pictures that are shown and all sound are always followed, whichever are wanted. So every reader that begins at the file's beginning
    gives the same packet the same time, and sound stays with its pictures.

    jumps: of the pictures' time, as far as it was read.
    """

    def __init__(self, container: InputContainer) -> None:
        self.jumps: list[Jump] = []
        self._container = container
        self._pictures = picture_stream(container)
        discontinuous = container.format.flags & Flags.ts_discont.value  # type: ignore[operator]  # PyAV's stubs take the value for a flag
        self._clocks_are_set_anew = bool(discontinuous)
        self._pieces = [Fraction(0)]  # what is added to the times in each
        self._latest = [float("-inf")]  # the latest own time in each
        self._tracks: dict[int, _Track] = {}

    def packets(self, *wanted: Stream) -> Iterator[Packet]:
        """The packets of the wanted streams, and at the end an empty one of each. Raises what PyAV's `demux` does."""
        indices = {stream.index for stream in wanted}
        watched = [*wanted, *self._container.streams.audio, *([self._pictures] if self._pictures is not None else [])]
        known = {stream.index: stream for stream in watched if stream.codec_context is not None}
        for packet in without_strays(self._container.demux(*known.values())):
            shift = self._place(packet)
            if packet.stream.index not in indices:
                continue
            if shift:
                ticks = round(shift / packet.time_base)
                packet.pts = None if packet.pts is None else packet.pts + ticks
                packet.dts = None if packet.dts is None else packet.dts + ticks
            yield packet

    def _place(self, packet: Packet) -> Fraction:
        """What to add to a packet's times."""
        index = packet.stream.index
        track = self._tracks.get(index)
        if packet.dts is None or packet.is_discard:  # what an edit list cuts out may have any time
            return self._pieces[track.piece if track else -1]
        base = float(packet.time_base)
        time, length = packet.dts * base, (packet.duration or 0) * base
        if track is None:
            track = self._tracks[index] = _Track(time, time, len(self._pieces) - 1)
        elif self._is_jump(track, time):
            self._move(track, time)
            if packet.stream is self._pictures:
                self.jumps.append(Jump(time + float(self._pieces[track.piece]), time - track.last))
        track.last, track.end = time, time + length
        self._latest[track.piece] = max(self._latest[track.piece], time)
        return self._pieces[track.piece]

    def _is_jump(self, track: _Track, time: float) -> bool:
        if time < track.last - STEP_BACK:
            return True
        # Where another stream went on, the clock was not set anew: this one only had a gap.
        return self._clocks_are_set_anew and time > max(track.end, self._latest[track.piece]) + LEAP

    def _move(self, track: _Track, time: float) -> None:
        """Move a stream to the piece in which it goes on. Another stream may have begun that piece."""
        end = track.end + float(self._pieces[track.piece])
        for piece in range(track.piece + 1, len(self._pieces)):
            if abs(time + float(self._pieces[piece]) - end) <= LEAP:
                track.piece = piece
                return
        ends = max(each.end + self._pieces[each.piece] for each in self._tracks.values())
        self._pieces.append(Fraction(ends - Fraction(time)).limit_denominator(1_000_000))
        self._latest.append(float("-inf"))
        track.piece = len(self._pieces) - 1
