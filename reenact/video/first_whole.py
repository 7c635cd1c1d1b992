"""Recordings that begin in the middle: pictures that build on ones that are not in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from av.packet import Packet

MOST_HELD = 1000  # packets, before a file is taken for one that does not say which pictures are whole


def from_first_whole(packets: Iterator[Packet], tell: Callable[[int], None]) -> Iterator[Packet]:
    """A stream's packets from the first on whose picture is whole, as some decoders paint on grey or black what builds on it.

    All of them where none is said to be whole. `tell` is called with the number of those that are left out.
    """
    held: list[Packet] = []
    for packet in packets:
        if packet.is_keyframe and packet.size:
            if held:
                tell(len(held))
            yield packet
            break
        held.append(packet)
        if len(held) == MOST_HELD:
            yield from held
            break
    else:
        yield from held
    yield from packets
