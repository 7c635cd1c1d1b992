"""The few boxes of an MP4 file that are read here: is its index there, and are its pictures turned, or encrypted?"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FIRST_BOXES = {b"ftyp", b"mdat", b"moov", b"free", b"skip", b"wide"}
INDEX, FRAGMENT = b"moov", b"moof"
UPRIGHT = struct.pack(">4i", 1 << 16, 0, 0, 1 << 16)  # the two rows of a matrix that turn, without the value between them
# Where the matrix begins in a movie's and in a track's header, by the header's version.
MATRIX_AT = {b"mvhd": {0: 36, 1: 48}, b"tkhd": {0: 40, 1: 52}}
# Sample entries of encrypted pictures: Common Encryption's (ISO 23001-7) and FairPlay's.
ENCRYPTED = {b"encv", b"drmi"}
MOST_BOXES = 1_000_000
MOST_BYTES = 2**24  # of a box that is read


def begins_as_mp4(path: Path) -> bool:
    """Whether the first box is one that such files begin with."""
    with path.open("rb") as file:
        return file.read(8)[4:] in FIRST_BOXES


def count_indices(path: Path) -> int:
    """How many indices there are, without which nothing can be read: none in many files that were cut off, two in two that were joined."""
    with path.open("rb") as file:
        return sum(kind == INDEX for kind, _, _ in _boxes(file, 0, path.stat().st_size))


def second_movie(path: Path) -> int | None:
    """The byte at which the index of a second recording begins, which is not read; None where there is none.

    The first index may come again at the beginning of each part of a stream in fragments. If its time goes on, that is no second recording.
    """
    with path.open("rb") as file:
        parts = list(_boxes(file, 0, path.stat().st_size))
        indices = [place for place, (kind, _, _) in enumerate(parts) if kind == INDEX]
        if len(indices) < 2:
            return None
        first, second = (parts[place] for place in indices[:2])
        before, after = (_first_times(file, each) for each in (parts[: indices[1]], parts[indices[1] :]))
        again = _content(file, *first[1:]) == _content(file, *second[1:])
        goes_on = again and before and before.keys() == after.keys() and all(after[track] > before[track] for track in before)
    return None if goes_on else second[1]


def _first_times(file: BinaryIO, parts: list[tuple[bytes, int, int]]) -> dict[int, int]:
    """When each track of the first fragment begins, in the track's ticks, by its number; empty where nothing says so."""
    begin, end = next(((begin, end) for kind, begin, end in parts if kind == FRAGMENT), (0, 0))
    found = {}
    for first, last in _within(file, begin, end, (b"traf",)):
        heads = {kind: _content(file, start, stop) for kind, start, stop in _boxes(file, first, last) if kind in (b"tfhd", b"tfdt")}
        if len(heads.get(b"tfhd", b"")) >= 8 and len(heads.get(b"tfdt", b"")) >= 8:
            found[int.from_bytes(heads[b"tfhd"][4:8])] = int.from_bytes(heads[b"tfdt"][4:])
    return found


def _content(file: BinaryIO, begin: int, end: int) -> bytes:
    file.seek(begin)
    return file.read(min(end - begin, MOST_BYTES))


def says_upright(path: Path) -> bool:
    """Whether a file is an MP4 whose headers neither turn nor mirror its pictures. They outweigh what the pictures say themselves."""
    if not begins_as_mp4(path):
        return False
    with path.open("rb") as file:
        return all(_matrix(file, kind, begin) == UPRIGHT for kind, begin in _headers(file, 0, path.stat().st_size))


def has_encrypted_pictures(path: Path, track: int) -> bool:
    """Whether the track with this number has sample entries of encrypted pictures."""
    with path.open("rb") as file:
        for first, last in _within(file, 0, path.stat().st_size, (INDEX, b"trak")):
            numbers = [_track_number(file, begin) for kind, begin, _ in _boxes(file, first, last) if kind == b"tkhd"]
            if numbers == [track]:
                tables = _within(file, first, last, (b"mdia", b"minf", b"stbl", b"stsd"))
                # Eight bytes come before the entries.
                return any(kind in ENCRYPTED for begin, end in tables for kind, _, _ in _boxes(file, begin + 8, end))
    return False


def _within(file: BinaryIO, begin: int, end: int, kinds: tuple[bytes, ...]) -> Iterator[tuple[int, int]]:
    """The contents of the boxes that are reached through boxes of these kinds, from the outermost on."""
    for kind, first, last in _boxes(file, begin, end):
        if kind == kinds[0]:
            if kinds[1:]:
                yield from _within(file, first, last, kinds[1:])
            else:
                yield first, last


def _track_number(file: BinaryIO, begin: int) -> int | None:
    file.seek(begin)
    head = file.read(24)
    return struct.unpack_from(">I", head, 20 if head[0] == 1 else 12)[0] if len(head) == 24 else None


def _headers(file: BinaryIO, begin: int, end: int, within: tuple[bytes, ...] = (INDEX, b"trak")) -> Iterator[tuple[bytes, int]]:
    """The headers that have a matrix, and where they begin. `within`: the boxes to look into, from the outermost on."""
    for kind, first, last in _boxes(file, begin, end):
        if kind in MATRIX_AT:
            yield kind, first
        elif kind in within[:1]:
            yield from _headers(file, first, last, within[1:])


def _matrix(file: BinaryIO, kind: bytes, begin: int) -> bytes:
    file.seek(begin)
    version = file.read(1)
    file.seek(begin + MATRIX_AT[kind].get(version[0] if version else 0, 0))
    matrix = file.read(20)
    return matrix[:8] + matrix[12:20]


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box between two offsets: its kind, and where its content begins and ends. Stops at anything else."""
    for _ in range(MOST_BOXES):
        if begin >= end:  # it may be larger than any offset that a file can have
            return
        file.seek(begin)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind, start = struct.unpack(">I", head[:4])[0], head[4:8], begin + 8
        if size == 1 and len(head) == 16:
            size, start = struct.unpack(">Q", head[8:])[0], begin + 16
        last = end if size == 0 else begin + size
        if last < start:
            return
        yield kind, start, min(last, end)
        begin = last
