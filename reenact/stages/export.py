"""A test set of the workspace as a folder that other methods' scripts read."""

from __future__ import annotations

from pathlib import Path

from reenact.config.enabled import is_enabled
from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.generators.registry import GENERATORS
from reenact.shards.frames import FrameStore
from reenact.testsets.export import export_testset
from reenact.testsets.exported import README
from reenact.testsets.items import TITLES, Kind, read_items
from reenact.workspace import TEST, TESTSETS, Workspace


def export(params: Params, workspace: Workspace, kind: Kind, out: Path, size: int | None = None) -> str:
    """Write SelfTest or CrossTest into the folder `out`, and say in a sentence what is there.

    size: side of the pictures, pixels; None: that of the enabled generators' pictures, so that other methods are compared at their size.
    ReenactError: `out` is not empty, a test set or a shard is missing, or the generators are of different sizes.
    """
    items, sha256 = read_items(workspace.path(TESTSETS, f"{kind}.json"), kind)
    side = size or _side(params)
    export_testset(kind, items, sha256, FrameStore(workspace.shards(params, TEST)), out, side)
    frames = sum(len(item.frames) for item in items)
    return f"Wrote {TITLES[kind]} to {out}: {len(items)} pairs, {frames} frames of {side}×{side} pixels; {out / README} says how to go on."


def _side(params: Params) -> int:
    """The side of all enabled generators' pictures; that of the stored pictures where no generator is enabled."""
    sections = {name: getattr(params, name, None) for name in GENERATORS if is_enabled(params, name)}
    sizes = {name: size for name, section in sections.items() if (size := getattr(section, "image_size", None))}
    if len(set(sizes.values())) > 1:
        words = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ReenactError(f"the enabled generators are of different image sizes ({words}); choose one with --size")
    return next(iter(sizes.values()), params.shards.image_size)
