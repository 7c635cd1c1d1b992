"""Single packets whose time stamp is wrong, among others that are right."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

from av.packet import Packet

STEP = 0.1  # seconds; decoding times of a stream follow each other, but for roundings
LONGEST = 1.0  # seconds; a packet of a transport stream holds up to about that much sound under one time


def without_strays(packets: Iterator[Packet]) -> Iterator[Packet]:
    """The packets in their order. The time of a stray becomes that at which the packet before it in its stream ends.

    A stray steps from its stream's time, and what comes after it, within `LONGEST`, goes on as if it had not. Where nothing comes back, the
    time itself has jumped, and is kept. Holds a second of packets at most.
    """
    queue: deque[Packet] = deque()
    ends: dict[int, Fraction] = {}  # of each stream, without the doubtful
    doubtful: dict[int, list[Packet]] = {}
    for packet in packets:
        queue.append(packet)
        _judge(packet, ends, doubtful)
        held = [odd[0] for odd in doubtful.values()]
        while queue and not any(queue[0] is first for first in held):
            yield queue.popleft()
    yield from queue


def _judge(packet: Packet, ends: dict[int, Fraction], doubtful: dict[int, list[Packet]]) -> None:
    """Decide whether a packet goes on or is doubtful, and settle the doubtful ones before it of which it tells."""
    index = packet.stream.index
    if packet.is_discard:  # an edit list cuts it out, and its time does not matter
        return
    if packet.dts is None:
        doubtful.pop(index, None)
        return
    time, odd = _time(packet), doubtful.pop(index, [])
    lasted = sum(map(_length, odd))
    if odd and abs(time - ends[index] - lasted) < STEP:  # it goes on where the stream was before the doubtful ones
        _shift(odd, ends[index] - _time(odd[0]))
    elif odd and lasted < LONGEST and abs(time - _time(odd[0]) - lasted) < STEP:  # it goes on where they are
        doubtful[index] = [*odd, packet]
        return
    else:
        if odd:
            ends[index] = _time(odd[-1]) + _length(odd[-1])
        if index in ends and abs(time - ends[index]) > STEP:
            doubtful[index] = [packet]
            return
    ends[index] = time + _length(packet)


def _shift(packets: list[Packet], seconds: Fraction) -> None:
    for packet in packets:
        ticks = round(seconds / packet.time_base)
        packet.dts = _ticks(packet) + ticks
        if packet.pts is not None:
            packet.pts += ticks


def _time(packet: Packet) -> Fraction:
    return _ticks(packet) * packet.time_base


def _ticks(packet: Packet) -> int:
    assert packet.dts is not None  # `_judge` is done with one that has none before its time is asked for
    return packet.dts


def _length(packet: Packet) -> Fraction:
    return (packet.duration or 0) * packet.time_base
