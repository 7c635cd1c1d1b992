"""Reading what dlib's serialisation wrote: integers, numbers, texts, flags and tensors, one after another, without names or an index."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NoReturn

import numpy as np

from reenact.errors import ReenactError
from reenact.faces.model_files import PACKAGE
from reenact.files import reading

REMEDY = f"`pip install --force-reinstall {PACKAGE}`"

# An integer begins with a control byte: its sign, and how many bytes of it follow.
NEGATIVE = 0x80
MOST_BYTES = 8
# Above it are the marks of infinity and of what is no number; no real number's is near.
LARGEST_EXPONENT = 900
TENSOR_VERSION = 2


class DlibFile:
    """A file of dlib's, read from its beginning on. Every method reads one thing; ReenactError where the file has something else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path, REMEDY):
            self._content = path.read_bytes()
        self._place = 0

    def integer(self) -> int:
        """An integer of at most 64 bits and a sign."""
        begin = self._place
        control = self._bytes(1)[0]
        length = control & ~NEGATIVE
        if not 1 <= length <= MOST_BYTES:
            self._refuse(begin, "no integer begins")
        magnitude = int.from_bytes(self._bytes(length), "little")
        return -magnitude if control & NEGATIVE else magnitude

    def number(self) -> float:
        """A finite floating-point number: mantissa and exponent, each an integer."""
        begin = self._place
        mantissa, exponent = self.integer(), self.integer()
        if exponent > LARGEST_EXPONENT:
            self._refuse(begin, "the number is not finite")
        return math.ldexp(mantissa, exponent)

    def text(self) -> str:
        """A text of Latin letters: its length, then its bytes."""
        return self._bytes(self.integer()).decode("latin-1")

    def flag(self) -> bool:
        """Yes or no, which dlib writes as the digits 1 and 0."""
        begin = self._place
        digit = self._bytes(1)
        if digit not in (b"0", b"1"):
            self._refuse(begin, f"the flag is {digit!r}")
        return digit == b"1"

    def expect(self, *values: int | float | str) -> None:
        """Read over values of which each must be the one given; numbers are compared as float32."""
        for value in values:
            begin = self._place
            found = self.text() if isinstance(value, str) else self.integer() if isinstance(value, int) else self.number()
            expected = float(np.float32(value)) if isinstance(value, float) else value
            if found != expected:
                self._refuse(begin, f"{found!r} stands where {expected!r} should")

    def tensor(self, *shape: int) -> np.ndarray:
        """A tensor of exactly this shape, as float32."""
        self.expect(TENSOR_VERSION, *shape)
        values = np.frombuffer(self._bytes(4 * math.prod(shape)), "<f4")
        return values.astype(np.float32).reshape(shape)

    def end(self) -> None:
        """The file must end here."""
        if self._place != len(self._content):
            self._refuse(self._place, "the file should end")

    def _bytes(self, count: int) -> bytes:
        if not 0 <= count <= len(self._content) - self._place:
            self._refuse(self._place, f"{count} bytes should follow")
        begin, self._place = self._place, self._place + count
        return self._content[begin : self._place]

    def _refuse(self, place: int, what: str) -> NoReturn:
        raise ReenactError(f"{self.path} is not the model it should be (at byte {place} {what}); {REMEDY}")
