from __future__ import annotations

import json

import pytest

from reenact.corpus.manifest import refresh
from reenact.corpus.registry import open_corpus
from reenact.errors import ReenactError


def youtube(numbers, compression="c23"):
    return [f"original_sequences/youtube/{compression}/videos/{n:03d}.mp4" for n in numbers]


def actors(numbers, scenes=("exit_room", "hugging_happy"), compression="c23"):
    return [f"original_sequences/actors/{compression}/videos/{n:02d}__{scene}.mp4" for n in numbers for scene in scenes]


def fakes(pairs, method="Deepfakes"):
    return [f"manipulated_sequences/{method}/c23/videos/{a:03d}_{b:03d}.mp4" for a, b in pairs]


def sides(clips):
    return {split: {clip.subject for clip in clips if clip.split == split} for split in ("train", "test")}


def clips_of(params, project):
    return open_corpus(params, project).clips()


@pytest.fixture
def params(params_for):
    return params_for("faceforensics")


def test_each_number_and_each_actor_is_a_subject(project, params, touch_clips):
    folder = touch_clips(youtube([0, 7, 999]) + actors([1, 28]))
    clips = clips_of(params, project)
    assert [(clip.subject, clip.video, clip.clip) for clip in clips] == [
        ("000", "000", "00001"),
        ("007", "007", "00001"),
        ("01", "01__exit_room", "00001"),
        ("01", "01__hugging_happy", "00001"),
        ("28", "28__exit_room", "00001"),
        ("28", "28__hugging_happy", "00001"),
        ("999", "999", "00001"),
    ]
    assert all(clip.path.resolve().is_relative_to(folder) and clip.track is None for clip in clips)


def test_the_best_compression_of_each_video_is_taken(project, params, touch_clips):
    touch_clips(youtube(range(5), "c40") + youtube(range(4), "c23") + youtube([1, 2], "c0") + youtube([2], "raw"))
    corpus = open_corpus(params, project)
    assert [clip.path.parent.parent.name for clip in corpus.clips()] == ["c23", "c0", "raw", "c23", "c40"]
    assert corpus.ignored() == []


def test_manipulated_videos_are_no_clips_and_count_as_one_folder(project, params, touch_clips):
    strays = [
        "original_sequences/youtube/c23/masks/000.mp4",
        "original_sequences/youtube/c23/videos/000_003.mp4",
        "original_sequences/youtube/c23/videos/readme.txt",
        "original_sequences/actors/c23/videos/walking.mp4",
        "original_sequences/elsewhere/c23/videos/000.mp4",
        "original_sequences/youtube/c99/videos/000.mp4",
        "downloaded_videos/abc/abc.mp4",
        "train.json",
    ]
    hidden = ["original_sequences/youtube/c23/videos/._000.mp4", ".DS_Store"]
    folder = touch_clips(youtube(range(4)) + actors([1]) + fakes([(0, 3), (3, 0)]) + fakes([(0, 3)], "FaceSwap") + strays + hidden)
    corpus = open_corpus(params, project)
    assert {clip.subject for clip in corpus.clips()} == {"000", "001", "002", "003", "01"}
    assert [path.resolve().relative_to(folder).as_posix() for path in corpus.ignored()] == [
        "downloaded_videos",
        "manipulated_sequences",
        *sorted(["original_sequences/elsewhere", *strays[1:4], "original_sequences/youtube/c23/masks", "original_sequences/youtube/c99"]),
        "train.json",
    ]


def test_the_published_split_is_used_where_it_is_there(project, params, touch_clips):
    folder = touch_clips(youtube(range(10)) + actors([1]) + ["splits/train.json", "splits/val.json"])
    (folder / "splits/test.json").write_text(json.dumps([["003", "008"], ["005", "900"]]))
    corpus = open_corpus(params, project)
    found = sides(corpus.clips())
    assert found["test"] == {"003", "005", "008"}
    assert found["train"] == {"000", "001", "002", "004", "006", "007", "009", "01"}
    assert corpus.ignored() == []


@pytest.mark.parametrize("text", ["", "[[953, 974]]", '["953_974"]', "3", '{"953": "974"}', '[["953", "nobody"]]'])
def test_a_split_that_is_none_is_named(project, params, touch_clips, text):
    folder = touch_clips([*youtube(range(10)), "splits/test.json"])
    (folder / "splits/test.json").write_text(text)
    with pytest.raises(ReenactError, match=r"splits/test\.json (is damaged|holds .* names no subject).*published list"):
        clips_of(params, project)


def test_without_it_the_share_decides_as_for_a_folder(project, params_for, touch_clips):
    touch_clips(youtube(range(10)) + [f"as folders/{n:03d}/clip.mp4" for n in range(10)])
    shared = {"test_share": 0.3, "train_subjects": 5}
    found = sides(clips_of(params_for("faceforensics", **shared), project))
    assert len(found["test"]) == 3 and len(found["train"]) == 5
    assert found == sides(clips_of(params_for("folder", path="../videos/as folders", **shared), project))
    assert found != sides(clips_of(params_for("faceforensics", seed=2, **shared), project))


def test_clips_are_limited(project, params_for, touch_clips):
    touch_clips(actors(range(1, 9), [f"scene {n}" for n in range(5)]))
    assert len(clips_of(params_for("faceforensics", train_subjects=3, test_subjects=2, clips_per_subject=2), project)) == 10


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["anna/a.mp4"], r"looked for original_sequences/<youtube\|actors>/<raw\|c0\|c23\|c40>/videos/<name>\.mp4 .*there is anna/"),
        (fakes([(0, 3)]), r"no original_sequences; there is manipulated_sequences/"),
        (["original_sequences/youtube/c23/images/000.mp4"], r"found 0 subjects, and there is no splits/test\.json"),
        (youtube(range(3)), r"found 3 subjects, .*at least four are needed"),
    ],
)
def test_another_layout_says_what_was_looked_for_and_what_is_there(project, params, touch_clips, names, what):
    touch_clips(names)
    with pytest.raises(ReenactError, match=what):
        clips_of(params, project)


def test_a_split_that_leaves_one_side_short_says_so(project, params, touch_clips):
    folder = touch_clips([*youtube(range(10)), "splits/test.json"])
    (folder / "splits/test.json").write_text('[["003", "900"]]')
    with pytest.raises(ReenactError, match=r"10 subjects, by .*splits/test\.json 9 for training and 1 for testing"):
        clips_of(params, project)


def test_names_that_differ_in_their_ending_only_are_refused(project, params, touch_clips):
    touch_clips([*youtube(range(4)), "original_sequences/youtube/c23/videos/000.MP4"])
    with pytest.raises(ReenactError, match=r"000\.MP4 and 000\.mp4 beside it"):
        clips_of(params, project)


def test_the_manifest_lists_the_files(project, params, write_video):
    for name in youtube(range(4)):
        write_video(project.parent / "videos" / name)
    report = refresh(params, project, show_progress=False)
    assert report.clips == {"train": 2, "test": 2} and not report.problems
