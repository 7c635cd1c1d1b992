"""SelfTest and CrossTest in one form: a target image that is to show a driver's frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reenact.clips import ClipName
from reenact.testsets.frozen_list import read_frozen

Kind = Literal["selftest", "crosstest"]
KINDS: tuple[Kind, ...] = ("selftest", "crosstest")
TITLES: dict[Kind, str] = {"selftest": "SelfTest", "crosstest": "CrossTest"}


@dataclass(frozen=True)
class Item:
    """One entry of a list. Frames are indices on the 25 frames/s time line; the reference is the driver's frame that stands for rest."""

    number: int
    target: ClipName
    target_frame: int
    driver: ClipName
    reference_frame: int
    frames: tuple[int, ...]


def read_items(path: Path, kind: Kind) -> tuple[list[Item], str]:
    """The items of a frozen list in its order, and the list's SHA-256.

    In SelfTest the driver is the target's own clip, and its reference frame the target frame itself.
    """
    frozen = read_frozen(path, kind)
    if kind == "selftest":
        items = [_self_item(number, entry) for number, entry in enumerate(frozen["items"])]
    else:
        items = [_cross_item(number, entry) for number, entry in enumerate(frozen["items"])]
    return items, frozen["sha256"]


def _self_item(number: int, entry: dict) -> Item:
    clip = _name(entry)
    return Item(number, clip, entry["target"], clip, entry["target"], tuple(entry["frames"]))


def _cross_item(number: int, entry: dict) -> Item:
    target, driver = entry["target"], entry["driver"]
    return Item(number, _name(target), target["frame"], _name(driver), driver["reference"], tuple(driver["frames"]))


def _name(entry: dict) -> ClipName:
    return ClipName(entry["subject"], entry["video"], entry["clip"])
