from __future__ import annotations

from collections import Counter

import pytest

from reenact.errors import ReenactError
from reenact.testsets.crosstest import build_crosstest, ordered_pairs

HASHES = {"test-00000": "ab" * 32}


def test_items_name_the_target_frame_the_driver_frames_and_their_reference(store, with_testsets):
    frozen = build_crosstest(with_testsets(cross_pairs=5, cross_frames=4), store, HASHES)
    assert frozen["asked"] == frozen["got"] == {"pairs": 5, "frames": 4}
    for item in frozen["items"]:
        assert item["target"]["subject"] != item["driver"]["subject"]
        assert (item["target"]["video"], item["target"]["frame"]) == ("v2", 3)
        assert (item["driver"]["video"], item["driver"]["reference"], item["driver"]["frames"]) == ("v2", 3, [3, 4, 5, 6])


@pytest.mark.parametrize(("subjects", "pairs"), [(2, 1), (2, 2), (5, 3), (7, 7), (7, 24), (12, 80), (80, 80)])
def test_pairs_differ_and_use_every_subject_as_evenly_as_possible(subjects, pairs):
    drawn = ordered_pairs(subjects, pairs, seed=3)
    assert len(set(drawn)) == len(drawn) == pairs
    assert all(target != driver for target, driver in drawn)
    for side in zip(*drawn, strict=True):
        counts = Counter(side)
        assert max(counts.values()) - min(counts.get(subject, 0) for subject in range(subjects)) <= 1


def test_who_stands_how_far_from_whom_falls_by_seed():
    """Five pairs of five are one round of a circle; in the order of the names, all would be equally far apart."""
    apart = [{(driver - target) % 5 for target, driver in ordered_pairs(5, 5, seed)} for seed in range(9)]
    assert max(map(len, apart)) > 1


def test_all_pairs_are_the_most_there_are():
    assert ordered_pairs(4, 80, seed=1) == [(a, b) for a in range(4) for b in range(4) if a != b]


def test_the_seed_alone_decides(store, with_testsets):
    hashes = [build_crosstest(with_testsets(seed=seed), store, HASHES)["sha256"] for seed in (1, 1, 2)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_shortage_is_taken_and_recorded(make_store, clips, with_testsets):
    two = make_store({key: frames for key, frames in clips.items() if key[0] in ("id0", "id1")})
    frozen = build_crosstest(with_testsets(cross_pairs=80, cross_frames=16), two, HASHES)
    assert frozen["got"] == {"pairs": 2, "frames": 15}


def test_one_subject_is_refused(make_store, clips, with_testsets):
    one = make_store({key: frames for key, frames in clips.items() if key[0] == "id0"})
    with pytest.raises(ReenactError, match=r"two test subjects.*have frames of 1"):
        build_crosstest(with_testsets(), one, HASHES)


def test_a_clip_of_one_frame_can_be_a_target_and_a_driver(make_store, clips, with_testsets):
    """Its frame is its own reference."""
    single = make_store({key: [4] for key in clips if key[0] in ("id0", "id1") and key[1] == "v1"})
    frozen = build_crosstest(with_testsets(cross_pairs=9, cross_frames=3), single, HASHES)
    assert frozen["got"] == {"pairs": 2, "frames": 1}
    for item in frozen["items"]:
        assert (item["target"]["frame"], item["driver"]["reference"], item["driver"]["frames"]) == (4, 4, [4])
    assert (frozen["seed"], frozen["shards"], frozen["kind"]) == (1, HASHES, "crosstest")
