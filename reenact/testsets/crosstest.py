"""CrossTest: one subject is driven by another (paper, Section 4)."""

from __future__ import annotations

from typing import Any

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.seeding import generator
from reenact.shards.frames import FrameStore
from reenact.testsets.frozen_list import freeze, longest_clips, reference

KIND = "crosstest"


def build_crosstest(params: Params, store: FrameStore, shards: dict[str, str]) -> dict[str, Any]:
    """Draw CrossTest from the test shards.

    Ordered pairs of different subjects, each subject shown in its longest clip; no pair twice; how often two subjects are target
    differs by one at most, and so for driver. The target image is the first kept frame of the target's clip, the driver's frames
    are the first `testsets.cross_frames` of its clip, and the driver's reference frame, which the placement "relative"
    alone uses, is the first of these: like the target's image it opens a clip.

    store: the test shards. shards: their hashes by name. Returns {"kind", "seed", "asked", "got", "sha256", "shards", "items":
    [{"target": {"subject", "video", "clip", "frame"}, "driver": {"subject", "video", "clip", "reference": frame, "frames": [...]}}]}.
    Fewer pairs or frames than asked for are taken as they are: `got` has the numbers, frames being those of the shortest item.
    Raises ReenactError where there are not two subjects.
    """
    asked = params.testsets
    clips = longest_clips(store, params.data_seed, least_frames=1)
    if len(clips) < 2:
        raise ReenactError(
            f"CrossTest needs two test subjects, but the test shards have frames of {len(clips)}; "
            "raise corpus.test_subjects, or see in data/shards/ledger.json what was left out"
        )
    items: list[dict[str, Any]] = []
    for target, driver in ordered_pairs(len(clips), asked.cross_pairs, params.data_seed):
        frames = clips[driver].frames[: asked.cross_frames]
        items.append(
            {
                "target": reference(clips[target]) | {"frame": clips[target].frames[0]},
                "driver": reference(clips[driver]) | {"reference": frames[0], "frames": frames},
            }
        )
    return freeze(
        KIND,
        params.data_seed,
        {"pairs": asked.cross_pairs, "frames": asked.cross_frames},
        {"pairs": len(items), "frames": min(len(item["driver"]["frames"]) for item in items)},
        shards,
        items,
    )


def ordered_pairs(subjects: int, pairs: int, seed: int) -> list[tuple[int, int]]:
    """`pairs` different (target, driver) of different subjects, or all subjects·(subjects - 1) where there are fewer; sorted.

    The subjects stand in a random circle; each round pairs everyone with the subject a fixed number of places on, the rounds'
    numbers coming in random order, so that whole rounds use each subject once on either side. The last round is a random part.
    """
    rng = generator(seed, KIND, "pairs")
    circle = rng.permutation(subjects)
    drawn: list[tuple[int, int]] = []
    for places in rng.permutation(subjects - 1) + 1:
        chosen = rng.permutation(subjects)[: pairs - len(drawn)]
        drawn += [(int(circle[index]), int(circle[(index + places) % subjects])) for index in chosen]
    return sorted(drawn)
