from __future__ import annotations

import pytest

from reenact.errors import ReenactError
from reenact.testsets.selftest import build_selftest

HASHES = {"test-00000": "ab" * 32}


def test_one_clip_a_subject_the_longest_with_the_target_before_the_frames(store, with_testsets):
    frozen = build_selftest(with_testsets(self_subjects=7, self_frames=5), store, HASHES)
    assert [item["subject"] for item in frozen["items"]] == [f"id{n}" for n in range(7)]
    for item in frozen["items"]:
        assert (item["video"], item["target"], item["frames"]) == ("v2", 3, [4, 5, 6, 7, 8])
    assert frozen["shards"] == HASHES
    assert frozen["asked"] == frozen["got"] == {"subjects": 7, "frames": 5}


def test_more_subjects_than_asked_are_drawn_by_seed(store, with_testsets):
    drawn = {}
    for seed in range(8):
        params = with_testsets(seed=seed, self_subjects=3, self_frames=5)
        frozen = build_selftest(params, store, HASHES)
        assert frozen == build_selftest(params, store, HASHES)
        subjects = [item["subject"] for item in frozen["items"]]
        assert subjects == sorted(set(subjects)) and len(subjects) == 3
        drawn[frozen["sha256"]] = subjects
    assert len(drawn) > 1


def test_a_shortage_is_taken_and_recorded(store, with_testsets):
    frozen = build_selftest(with_testsets(self_subjects=80, self_frames=16), store, HASHES)
    assert frozen["asked"] == {"subjects": 80, "frames": 16}
    assert frozen["got"] == {"subjects": 7, "frames": 14}
    assert len(frozen["items"][0]["frames"]) == 14 and len(frozen["items"][6]["frames"]) == 16


def test_ties_fall_by_seed_and_not_by_order(make_store, clips, with_testsets):
    equal = {key: range(10) for key in clips}
    forwards, backwards = make_store(equal), make_store(dict(reversed(equal.items())))
    picked = {}
    for store in (forwards, backwards):
        picked[store] = [[item["video"] for item in build_selftest(with_testsets(seed=seed), store, HASHES)["items"]] for seed in range(4)]
    assert {video for videos in picked[forwards] for video in videos} == {"v1", "v2"}
    assert picked[forwards] == picked[backwards]


def test_subjects_with_a_single_frame_do_not_count(make_store, clips, with_testsets):
    single = make_store({key: [4, 9] if key[0] == "id2" else [4] for key in clips})
    frozen = build_selftest(with_testsets(self_frames=5), single, HASHES)
    assert [(item["subject"], item["target"], item["frames"]) for item in frozen["items"]] == [("id2", 4, [9])]
    with pytest.raises(ReenactError, match="at least two frames"):
        build_selftest(with_testsets(), make_store({}), HASHES)
