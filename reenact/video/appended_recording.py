"""A second recording that was appended to a file, as by `cat`. Readers miss it, or decode it by the first one's headers."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from reenact.video.matroska import begins_as_matroska, other_recording
from reenact.video.mp4 import begins_as_mp4, second_movie

FLV = b"FLV\x01"
FLV_TAGS = {8, 9, 18}  # sound, pictures, data
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
OGG = b"OggS"
OGG_BEGINS = 2  # in a page's flags: the first of its stream


def second_recording(path: Path) -> int | None:
    """The byte at which a second recording begins that is not read, or cannot be decoded like the first; None where there is none.

    Looks at the headers within MP4, Matroska, FLV, ASF and Ogg files. In other formats, reading goes on from one recording to the next.
    """
    if begins_as_mp4(path):
        return second_movie(path)
    if begins_as_matroska(path):
        return other_recording(path)
    with path.open("rb") as file:
        first = file.read(len(ASF_HEADER))
        if first.startswith(FLV):
            return _after(file, _end_of_tags(file), FLV)
        if first == ASF_HEADER:
            return _after(file, _end_of_objects(file), ASF_HEADER)
        return _second_beginning(file) if first.startswith(OGG) else None


def _after(file: BinaryIO, end: int, beginning: bytes) -> int | None:
    file.seek(end)
    return end if end and file.read(len(beginning)) == beginning else None


def _end_of_tags(file: BinaryIO) -> int:
    """Where the last tag ends. A tag has a type, three bytes of size, and seven of time and stream. Its whole size follows it."""
    begin = 9 + 4
    while True:
        file.seek(begin)
        head = file.read(11)
        if len(head) < 11 or head[0] & 31 not in FLV_TAGS:
            return begin
        begin += 11 + int.from_bytes(head[1:4], "big") + 4


def _end_of_objects(file: BinaryIO) -> int:
    """Where, after the header, the first object begins that looks like a new file or has no size; 0 if the header has no size."""
    begin = 0
    while True:
        file.seek(begin)
        head = file.read(24)
        size = struct.unpack("<Q", head[16:])[0] if len(head) == 24 else 0
        if (begin and head[:16] == ASF_HEADER) or size < 24 or begin + size > 2**62:
            return begin
        begin += size


def _second_beginning(file: BinaryIO) -> int | None:
    """Where Ogg streams begin behind pages that continue other streams."""
    going = False
    for begin, flags in _ogg_pages(file):
        if going and flags & OGG_BEGINS:
            return begin
        going |= not flags & OGG_BEGINS
    return None


def _ogg_pages(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where each page begins, and its flags. Stops at anything else."""
    begin = 0
    while True:
        file.seek(begin)
        head = file.read(27)
        if len(head) < 27 or not head.startswith(OGG):
            return
        sizes = file.read(head[26])
        yield begin, head[5]
        begin += 27 + head[26] + sum(sizes)
