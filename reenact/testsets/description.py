"""What the file testset.json says of the test set beside it. Each of its keys is looked at before any picture is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from reenact.errors import ReenactError
from reenact.files import read_json, reading, sha256_json
from reenact.testsets.items import KINDS, TITLES, Kind

FORMAT, VERSION = "reenact-testset", 1
DESCRIPTION = "testset.json"
REMEDY = "export the test set again (reenact export-testset), or mend the file"
# Pixels: no smaller set is exported, and SSIM's window leaves nothing of one under 11.
LEAST_SIZE = 16
MOST = 2**31 - 1  # numbers are kept as 32 bits in the values of each frame
SHA256 = re.compile("[0-9a-f]{64}")
SUBJECTS = ("target_subject", "driver_subject")
SHOWN = 60  # letters of a wrong value that an error repeats


@dataclass(frozen=True)
class Pair:
    """A target and its driver.

    frames: the numbers of the frames to be reenacted, on the driver's line of 25 frames/s, ascending. lead: how many pictures of the driver
    come before them (0 or 1): the frame that stands for rest, where it is not among them. Results of it are made, but not scored.
    """

    number: int
    target_subject: str
    driver_subject: str
    frames: tuple[int, ...]
    lead: int = 0


class Description(NamedTuple):
    """size: side of all pictures, pixels. sha256: of the list. hashes: the SHA-256 of files by their paths in the folder."""

    kind: Kind
    size: int
    pairs: list[Pair]
    sha256: str
    hashes: dict[str, str]


def read_description(path: Path) -> Description:
    """What a testset.json says. ReenactError, which names the file and the key: it is missing, of another version, or says what cannot be.

    Its pairs have different numbers and at least one frame each. In SelfTest target and driver are one person.
    """
    about = read_json(path, f"name the folder of a test set, or {REMEDY}")
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise ReenactError(f'{path} does not describe a test set (its "format" is not "{FORMAT}"); {REMEDY}')
    version = about.get("version")
    if type(version) is not int or version != VERSION:
        raise ReenactError(f"{path} is of version {_shown(version)}, and this program reads version {VERSION}; {REMEDY}")
    with reading(path, REMEDY, ValueError, RecursionError):
        kind = _kind(_value(about, "kind"))
        size = _whole(_value(about, "size"), '"size"', LEAST_SIZE)
        pairs = _pairs(_value(about, "pairs"), kind)
        sha256 = _hash(about["sha256"], '"sha256"') if "sha256" in about else sha256_json(about)
        return Description(kind, size, pairs, sha256, _hashes(about.get("files", {})))


def _kind(value: Any) -> Kind:
    for kind in KINDS:
        if value == kind:
            return kind
    raise ValueError(f'"kind" is {_shown(value)}, not one of {", ".join(KINDS)}')


def _pairs(entries: Any, kind: Kind) -> list[Pair]:
    if not isinstance(entries, list) or not entries:
        raise ValueError(f'"pairs" is {_shown(entries)}, not a list of at least one pair')
    pairs = [_pair(entry, place, kind) for place, entry in enumerate(entries)]
    numbers: set[int] = set()
    for pair in pairs:
        if pair.number in numbers:
            raise ValueError(f'two pairs have the "number" {pair.number}')
        numbers.add(pair.number)
    return pairs


def _pair(entry: Any, place: int, kind: Kind) -> Pair:
    if not isinstance(entry, dict):
        raise ValueError(f'pair {place} of "pairs" is {_shown(entry)}, not an object')
    number = _whole(entry.get("number", place), f'"number" of pair {place}', 0)
    target, driver = (_text(_value(entry, key, f" of pair {number}"), f'"{key}" of pair {number}') for key in SUBJECTS)
    if kind == "selftest" and target != driver:
        raise ValueError(f"pair {number} is of two people, {_shown(target)} and {_shown(driver)}; in {TITLES[kind]} they are one")
    lead = _whole(entry.get("lead", 0), f'"lead" of pair {number}', 0, 1)
    return Pair(number, target, driver, _frames(_value(entry, "frames", f" of pair {number}"), number), lead)


def _frames(value: Any, number: int) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f'"frames" of pair {number} is {_shown(value)}, not a list of at least one number')
    frames = tuple(_whole(frame, f'in pair {number} one of the "frames"', 0) for frame in value)
    for before, after in pairwise(frames):
        if after <= before:
            raise ValueError(f'in the "frames" of pair {number}, {after} follows {before}; they ascend, each once')
    return frames


def _hashes(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(f'"files" is {_shown(value)}, not an object of hashes by file')
    return {_text(name, 'a name in "files"'): _hash(digest, f'the hash of {_shown(name)} in "files"') for name, digest in value.items()}


def _value(entry: Mapping[str, Any], key: str, where: str = "") -> Any:
    if key not in entry:
        raise ValueError(f'"{key}"{where} is missing')
    return entry[key]


def _whole(value: Any, what: str, least: int, most: int = MOST) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{what} is {_shown(value)}, not a whole number from {least} to {most}")
    return value


def _text(value: Any, what: str) -> str:
    # Neither what no file can hold (lone surrogates) nor what no line shows.
    if not isinstance(value, str) or not value.strip() or any(ord(letter) < ord(" ") or "\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"{what} is {_shown(value)}, not a text of one line")
    return value


def _hash(value: Any, what: str) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise ValueError(f"{what} is {_shown(value)}, not a SHA-256 of 64 hexadecimal digits")
    return value


def _shown(value: Any) -> str:
    """A value as it stands in the file, or its beginning."""
    text = json.dumps(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
