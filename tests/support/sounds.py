"""Sine tones as sound tracks of every kind, and what is heard of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.packet import Packet

PITCH = 440  # hertz


def tone(rate: int, seconds: float, onset: float = 0.0, pitch: float = PITCH) -> np.ndarray:
    """(n,) float32: silence, and from second `onset` on a sine."""
    times = np.arange(round(rate * seconds)) / rate
    return (0.5 * np.sin(2 * np.pi * pitch * times) * (times >= onset)).astype(np.float32)


def write_tone(
    path: Path,
    codec: str,
    rate: int = 48000,
    layout: str = "stereo",
    *,
    seconds: float = 1.0,
    onset: float = 0.0,
    pitch: float = PITCH,
    alter: Callable[[int, Packet], Packet | None] = lambda number, packet: packet,
) -> Path:
    """A file with one sound track, made by PyAV; `alter` changes or drops packets before they are written, by their number."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=rate, options={"strict": "-2"})
        stream.codec_context.layout = layout
        channels = stream.codec_context.layout.nb_channels
        samples = tone(rate, seconds, onset, pitch)
        number = 0
        for first in [*range(0, len(samples), 1024), None]:
            frame = None
            if first is not None:
                block = np.repeat(samples[None, first : first + 1024], channels, axis=0).T.reshape(1, -1)
                frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), format="flt", layout=layout)
                frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), first
            for packet in stream.encode(frame):
                packet = alter(number, packet)
                number += 1
                if packet is not None:
                    output.mux(packet)
    return path


def moved(packet: Packet, seconds: float) -> Packet:
    """A packet, moved to a later time by some seconds."""
    packet.pts += round(seconds / packet.time_base)
    packet.dts = packet.pts
    return packet


@dataclass(frozen=True)
class Heard:
    """What is heard of a file's first sound track. samples: (channels, n) float32 from second 0 on."""

    codec: str
    rate: int
    samples: np.ndarray

    @property
    def onset(self) -> float:
        """The second at which something is first heard."""
        return int(np.argmax(np.abs(self.samples).max(axis=0) > 0.1)) / self.rate

    @property
    def end(self) -> float:
        """The second after which nothing is heard."""
        return (self.samples.shape[1] - int(np.argmax(np.abs(self.samples[:, ::-1]).max(axis=0) > 0.1))) / self.rate

    def level(self, begin: float, end: float) -> np.ndarray:
        """The loudest sample of each channel between two seconds."""
        return np.abs(self.samples[:, round(begin * self.rate) : round(end * self.rate)]).max(axis=1)

    def pitch(self, begin: float, end: float) -> float:
        """Hertz, by the largest bin of the spectrum between two seconds."""
        part = self.samples[0, round(begin * self.rate) : round(end * self.rate)]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 8 * len(part)))
        return float(np.argmax(spectrum)) * self.rate / (8 * len(part))


def listen(file: IO[bytes] | Path) -> Heard:
    """What is heard of a file, every frame at the time that it says."""
    with av.open(str(file) if isinstance(file, Path) else file) as container:
        stream = container.streams.audio[0]
        blocks = []
        for frame in container.decode(stream):
            samples = frame.to_ndarray().astype(np.float32)
            if not frame.format.is_planar:
                samples = samples.reshape(frame.samples, -1).T
            if frame.format.name.startswith("s16"):
                samples = samples / 32768
            blocks.append((round(frame.pts * stream.time_base * frame.sample_rate), samples, frame.sample_rate))
        rate = blocks[0][2]
        line = np.zeros((blocks[0][1].shape[0], max(at + block.shape[1] for at, block, _ in blocks)), np.float32)
        for at, block, _ in blocks:
            line[:, max(at, 0) : at + block.shape[1]] = block[:, max(-at, 0) :]
        return Heard(stream.codec_context.codec.canonical_name, rate, line)
