"""SelfTest: a subject reenacts itself, so that the truth is known (paper, Section 4)."""

from __future__ import annotations

from typing import Any

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.seeding import generator
from reenact.shards.frames import FrameStore
from reenact.testsets.frozen_list import freeze, longest_clips, reference

KIND = "selftest"


def build_selftest(params: Params, store: FrameStore, shards: dict[str, str]) -> dict[str, Any]:
    """Draw SelfTest from the test shards.

    One clip per subject, the longest. Its first kept frame is the target; the next `testsets.self_frames` kept frames are to be
    reenacted, the target not among them. Where there are more subjects than asked for, they are drawn by seed.

    store: the test shards. shards: their hashes by name. Returns {"kind", "seed", "asked", "got", "sha256", "shards", "items":
    [{"subject", "video", "clip", "target": frame, "frames": [frame, ...]}]}, the items in the order of the subjects' names.
    Fewer subjects or frames than asked for are taken as they are: `got` has the numbers, frames being those of the shortest item.
    Raises ReenactError where no subject has two frames.
    """
    asked = params.testsets
    clips = longest_clips(store, params.data_seed, least_frames=2)
    if not clips:
        raise ReenactError(
            "SelfTest needs a test subject with at least two frames, but the test shards have none; "
            "raise corpus.test_subjects, or see in data/shards/ledger.json what was left out"
        )
    if len(clips) > asked.self_subjects:
        drawn = generator(params.data_seed, KIND, "subjects").choice(len(clips), asked.self_subjects, replace=False)
        clips = [clips[index] for index in sorted(drawn)]
    items: list[dict[str, Any]] = [
        reference(clip) | {"target": clip.frames[0], "frames": clip.frames[1 : 1 + asked.self_frames]} for clip in clips
    ]
    return freeze(
        KIND,
        params.data_seed,
        {"subjects": asked.self_subjects, "frames": asked.self_frames},
        {"subjects": len(items), "frames": min(len(item["frames"]) for item in items)},
        shards,
        items,
    )
