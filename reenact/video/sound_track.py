"""Which of a file's sound tracks to use, and its packets at their times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition

from reenact.errors import ReenactError
from reenact.video.local_input import open_input
from reenact.video.streams import best_sound, origin
from reenact.video.timeline import Timeline

# Tracks beside the sound that goes with the pictures.
BESIDE = Disposition.visual_impaired | Disposition.comment | Disposition.descriptions
LEAST_GAP = Fraction(1, 10)  # seconds; containers round their times, so smaller steps are none

Timed: TypeAlias = "tuple[Packet[AudioStream], Fraction]"  # a packet and the second at which it is heard


class Track:
    """A video's sound track, a `stream` in `container`, from `start` seconds on."""

    def __init__(self, container: InputContainer, stream: AudioStream, start: float) -> None:
        self._container = container
        self.stream = stream
        self._second_zero = origin(container) + Fraction(start).limit_denominator(1_000_000)
        _make_layout_plain(stream)

    def packets(self, end: Fraction, run_up: Fraction) -> Iterator[Timed]:
        """The packets that are heard before `end`, from `run_up` seconds before second 0 on, each with the second at which it is heard.

        One without a time comes where the one before it ends. Raises PyAV's errors where the file cannot be read on.
        """
        for packet, time in self._timed():
            if time >= end and packet.is_discard:  # what an edit list cuts out; what comes behind it may be earlier
                continue
            if time >= end:
                return
            if time + run_up >= 0:
                yield packet, time

    def _timed(self) -> Iterator[Timed]:
        expected = Fraction(0)
        for packet in _on_one_line(self._container, self.stream):
            if packet.size:
                if packet.pts is None:
                    packet.pts = packet.dts
                time = expected if packet.pts is None else packet.pts * packet.time_base - self._second_zero
                expected = time + length(packet)
                yield packet, time


@contextmanager
def open_track(path: Path, start: float) -> Iterator[Track | None]:
    """A file's sound track, open for one reading from its beginning, or None where the file has no sound.

    Players take the default track, then what ffmpeg takes for the best; one for the blind, or a commentary, only if there is no other.
    ReenactError: the file cannot be opened, or there are tracks, but no decoder knows any of them.
    """
    with open_input(path) as container:
        stream = _chosen(path, container)
        yield None if stream is None else Track(container, stream, start)


def _on_one_line(container: InputContainer, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
    """The stream's packets on the time line of the pictures, which goes on where a file's time starts again or leaps."""
    return Timeline(container).packets(stream)


def _chosen(path: Path, container: InputContainer) -> AudioStream | None:
    tracks = container.streams.audio
    known = [stream for stream in tracks if stream.codec_context is not None]
    if tracks and not known:
        raise ReenactError(f"no decoder is known for the sound of {path}")
    best = best_sound(container)

    def rank(stream: AudioStream) -> tuple[bool, bool, bool]:
        return not stream.disposition & BESIDE, bool(stream.disposition & Disposition.default), stream == best

    return max(known, key=rank, default=None)


def _make_layout_plain(stream: AudioStream) -> None:
    """Replace an order of channels of the file's own by a plain one: PyAV frees its memory once per frame."""
    codec = stream.codec_context
    layout = codec.layout
    if "(" in layout.name:  # such as "2 channels (FR+FL)"
        codec.layout = {1: "mono", 2: "stereo"}.get(layout.nb_channels, f"{layout.nb_channels} channels")


def length(packet: Packet) -> Fraction:
    """How long a packet lasts by its container, seconds; 0 where that does not say."""
    return (packet.duration or 0) * packet.time_base
