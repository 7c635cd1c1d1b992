from __future__ import annotations

import pytest

from reenact.corpus.registry import open_corpus
from reenact.errors import ReenactError


def sides(clips):
    return {split: {clip.subject for clip in clips if clip.split == split} for split in ("train", "test")}


def test_every_video_ending_counts_and_each_file_is_a_recording(project, params_for, touch_clips):
    files = ["a.mp4", "b.MOV", "c.mkv", "d.avi", "e.webm", "f.m4v"]
    folder = touch_clips(
        [*(f"anna/{name}" for name in files), "ben/x.mp4", "anna/notes.txt", "loose.mp4", "ben/deep/y.mp4", "cleo/z.mp4", "dan/z.mp4"]
    )
    corpus = open_corpus(params_for("folder"), project)
    clips = corpus.clips()
    assert [(clip.subject, clip.video, clip.clip) for clip in clips] == [
        *(("anna", name[0], "00001") for name in files),
        ("ben", "x", "00001"),
        ("cleo", "z", "00001"),
        ("dan", "z", "00001"),
    ]
    ignored = [path.resolve().relative_to(folder).as_posix() for path in corpus.ignored()]
    assert ignored == ["anna/notes.txt", "ben/deep", "loose.mp4"]


@pytest.mark.parametrize(("count", "share", "test_count"), [(4, 0.01, 2), (4, 0.99, 2), (10, 0.3, 3), (10, 0.99, 8), (7, 0.5, 4)])
def test_the_share_is_kept_with_two_subjects_on_each_side(project, params_for, touch_clips, count, share, test_count):
    touch_clips(f"person {n}/clip.mp4" for n in range(count))
    found = sides(open_corpus(params_for("folder", test_share=share), project).clips())
    assert len(found["test"]) == test_count and len(found["train"]) == count - test_count
    assert not found["test"] & found["train"]


def test_splits_are_drawn_by_seed_and_are_stable(project, params_for, touch_clips):
    touch_clips(f"p{n}/clip.mp4" for n in range(20))

    def split(seed=1):
        return sides(open_corpus(params_for("folder", seed=seed), project).clips())

    first = split()
    assert split() == first and split(seed=2) != first
    touch_clips(["newcomer/clip.mp4"])
    moved = (first["test"] ^ split()["test"]) - {"newcomer"}
    assert len(moved) <= 1


def test_subjects_and_clips_are_limited(project, params_for, touch_clips):
    touch_clips(f"p{n}/clip{k}.mp4" for n in range(20) for k in range(5))
    clips = open_corpus(params_for("folder", train_subjects=6, test_subjects=2, clips_per_subject=3), project).clips()
    found = sides(clips)
    assert (len(found["train"]), len(found["test"]), len(clips)) == (6, 2, 24)


@pytest.mark.parametrize("names", [["anna"], ["anna", "ben", "cleo"]])
def test_fewer_than_four_subjects_are_too_few(project, params_for, touch_clips, names):
    touch_clips(f"{name}/{clip}.mp4" for name in names for clip in "ab")
    with pytest.raises(ReenactError, match=f"found clips of {', '.join(names)} only.*two to train on and two to test with"):
        open_corpus(params_for("folder"), project).clips()


def test_an_empty_folder_says_what_is_there(project, params_for, touch_clips):
    touch_clips(["dev/mp4/id1/v/00001.mp4"])
    with pytest.raises(ReenactError, match=r"<subject>/<clip> .* found no clip; there is dev/"):
        open_corpus(params_for("folder"), project).clips()


def test_names_that_differ_in_their_ending_only_are_refused(project, params_for, touch_clips):
    touch_clips(["anna/a.mp4", "anna/a.mov", "ben/a.mp4", "cleo/a.mp4", "dan/a.mp4"])
    with pytest.raises(ReenactError, match=r"a\.mov and a\.mp4 beside it"):
        open_corpus(params_for("folder"), project).clips()


def test_a_name_that_is_not_utf8_is_refused(project, params_for, touch_clips):
    folder = touch_clips(["anna/a.mp4", "ben/a.mp4"])
    with open(bytes(folder / "ben") + b"/\xff.mp4", "wb"):
        pass
    with pytest.raises(ReenactError, match="not UTF-8"):
        open_corpus(params_for("folder"), project).clips()
