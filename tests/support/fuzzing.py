"""Randomly changed files, read in a process of their own: each must be read, or refused by an error that names it."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from reenact.errors import ReenactError

SECONDS_A_FILE = 10  # one takes milliseconds
SECONDS_IN_ALL = 120
NUMBERS = (b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\0", b"\0\0\0\1", b"\1\0\0\0")

Read = Callable[[Path], object]
Mutants = Callable[[random.Random], Iterator[bytes]]


def changed(whole: bytes, chance: random.Random, begin: int = 0, end: int | None = None) -> bytes:
    """The bytes with one to four random changes from `begin` to `end`: other bytes, extreme numbers, parts removed or doubled."""
    data = bytearray(whole[begin:end])
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(max(len(data), 1))
        length = chance.choice((1, 2, 4, 16, 64))
        kind = chance.randrange(5)
        if kind == 0:
            data[at : at + length] = chance.randbytes(len(data[at : at + length]))
        elif kind == 1:
            number = chance.choice(NUMBERS)
            data[at : at + len(number)] = number
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length]
        elif data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
    return whole[:begin] + bytes(data) + (b"" if end is None else whole[end:])


def fuzz(read: Read, mutants: Mutants, path: Path, *, seed: int, memory: int) -> Counter[str]:
    """Read every mutant at `path` with `read`, in another process; returns how many were "read" and how many "refused".

    Anything else fails: an error that is no ReenactError or does not name the file, a signal, more than `memory` bytes, a timeout.
    """
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_all, args=(read, mutants, path, seed, memory, there))
    process.start()
    there.close()
    process.join(SECONDS_IN_ALL)
    if process.is_alive():
        process.kill()
        process.join()
    assert process.exitcode == 0, f"{process.exitcode} at {path}: the last file that was read still lies there"
    return here.recv()


def _all(read: Read, mutants: Mutants, path: Path, seed: int, memory: int, answer: multiprocessing.connection.Connection) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    outcomes: Counter[str] = Counter()
    for number, content in enumerate(mutants(random.Random(seed))):
        path.write_bytes(content)
        signal.alarm(SECONDS_A_FILE)
        try:
            read(path)
            outcomes["read"] += 1
        except ReenactError as error:
            assert str(path) in str(error), error
            outcomes["refused"] += 1
        signal.alarm(0)
        if number == 0:  # by now all is loaded
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < memory
    answer.send(outcomes)
