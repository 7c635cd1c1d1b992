"""The few elements of a Matroska or WebM file that are read here: does another recording follow, and is it coded alike?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

HEADER, SEGMENT, TRACKS, TRACK = 0x1A45DFA3, 0x18538067, 0x1654AE6B, 0xAE
TRACK_TYPE, CODEC, CODEC_SETTINGS = 0x83, 0x86, 0x63A2
WANTED = {TRACK_TYPE, CODEC, CODEC_SETTINGS}
MOST_BYTES = 2**20  # of an element that is read
PICTURES = b"\x01"  # a track's type


def begins_as_matroska(path: Path) -> bool:
    """Whether the first element is the header of such a file."""
    with path.open("rb") as file:
        return file.read(4) == HEADER.to_bytes(4)


def other_recording(path: Path) -> int | None:
    """The byte at which a recording begins whose pictures have another codec or other settings than the first one's; None without one."""
    begins: list[int] = []
    coders: list[list[tuple[bytes, ...]]] = []
    with path.open("rb") as file:
        for kind, begin, end in _elements(file, 0, path.stat().st_size):
            if kind == HEADER:
                begins.append(begin)
            elif kind == TRACKS and len(coders) < len(begins):
                coders.append(_coders(file, begin, end))
    return next((begin for begin, each in zip(begins, coders, strict=False) if each != coders[0]), None)


def _coders(file: BinaryIO, begin: int, end: int) -> list[tuple[bytes, ...]]:
    """Codec and settings of each track of pictures."""
    found: list[tuple[bytes, ...]] = []
    for kind, first, last in _elements(file, begin, end):
        if kind == TRACK:
            places = {name: place for name, *place in _elements(file, first, last)}
            of_track = {name: _content(file, *places[name]) for name in WANTED & places.keys()}
            if of_track.get(TRACK_TYPE) == PICTURES:
                found.append((of_track.get(CODEC, b""), of_track.get(CODEC_SETTINGS, b"")))
    return found


def _content(file: BinaryIO, begin: int, end: int) -> bytes:
    file.seek(begin)
    return file.read(min(end - begin, MOST_BYTES))


def _elements(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Each element between two offsets: its number, and where its content begins and ends. Stops at anything else.

    A segment is followed by the elements within it, and so is an element of unknown size, as in browsers' recordings.
    """
    while begin < end:
        file.seek(begin)
        head = file.read(12)
        number_length, size_length = _length(head[:1]), 0
        if number_length <= 4:
            size_length = _length(head[number_length : number_length + 1])
        if number_length > 4 or size_length > 8 or len(head) < number_length + size_length:
            return
        number = int.from_bytes(head[:number_length])
        size = int.from_bytes(head[number_length : number_length + size_length]) - (1 << 7 * size_length)
        start = begin + number_length + size_length
        unknown = size == (1 << 7 * size_length) - 1
        last = end if unknown else min(start + size, end)
        yield number, start, last
        begin = start if unknown or number == SEGMENT else last


def _length(first: bytes) -> int:
    """How many bytes a number takes, by the leading zeros of its first byte; 9 where these do not tell."""
    return 9 - first[0].bit_length() if first else 9
