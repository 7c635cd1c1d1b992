"""What SelfTest and CrossTest share: a frozen list, the shards that it refers to, and the clip that stands for a subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reenact.errors import ReenactError
from reenact.files import read_json, reading, sha256_json
from reenact.seeding import derived_seed
from reenact.shards.frames import FrameStore


@dataclass(frozen=True)
class ClipFrames:
    """A clip in the shards and the indices of its kept frames on the 25 frames/s time line, ascending."""

    subject: str
    video: str
    clip: str
    frames: list[int]


def shard_hashes(ledgers: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each shard by its name, as its ledger has it, in the order of the names."""
    return {ledger["shard"]: ledger["sha256"] for ledger in sorted(map(read_json, ledgers), key=lambda ledger: ledger["shard"])}


def longest_clips(store: FrameStore, seed: int, *, least_frames: int) -> list[ClipFrames]:
    """For each subject, in the order of their names, the clip with most kept frames; ties fall by seed.

    Subjects whose longest clip has fewer than `least_frames` frames are left out.
    """
    clips = store.clips().to_pandas()
    clips["tie"] = [derived_seed(seed, "longest-clip", *name) for name in zip(clips.subject, clips.video, clips["clip"], strict=True)]
    longest = clips[clips.n_frames >= least_frames].sort_values(["subject", "n_frames", "tie"]).drop_duplicates("subject", keep="last")
    return [ClipFrames(row.subject, row.video, row.clip, row.frames.tolist()) for row in longest.itertuples()]


def reference(clip: ClipFrames) -> dict[str, str]:
    """A clip's three names as a list item holds them."""
    return {"subject": clip.subject, "video": clip.video, "clip": clip.clip}


def freeze(
    kind: str, seed: int, asked: dict[str, int], got: dict[str, int], shards: dict[str, str], items: list[dict[str, Any]]
) -> dict[str, Any]:
    """The list as it is written to a file; `sha256` is the hash of the items alone, so equal lists have equal hashes."""
    return {"kind": kind, "seed": seed, "asked": asked, "got": got, "sha256": sha256_json(items), "shards": shards, "items": items}


def read_frozen(path: Path, kind: str) -> dict[str, Any]:
    """A list from its file. Raises ReenactError where it is another list, or was changed by hand."""
    remedy = "build it again (reenact testsets)"
    frozen = read_json(path, remedy)
    if not isinstance(frozen, dict) or frozen.get("kind") != kind:
        raise ReenactError(f"{path} is no {kind} list; {remedy}")
    with reading(path, remedy, LookupError):
        as_frozen = sha256_json(frozen["items"]) == frozen["sha256"]
    if not as_frozen:
        raise ReenactError(f"{path} was changed by hand: its items lack the hash written in it; {remedy}")
    return frozen
