"""Recordings that begin in the middle, with pictures that build on ones that are not in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from av.packet import Packet

MOST_HELD = 1000  # packets without a whole picture, after which a file is taken for one that does not mark them


def from_first_whole(packets: Iterator[Packet], tell: Callable[[int], None]) -> Iterator[Packet]:
    """A stream's packets from its first whole picture on. Some decoders draw those before it on grey or black.

    All packets where none is marked as whole. `tell` is called with the number of packets that are left out.
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
