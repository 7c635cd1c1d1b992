from __future__ import annotations

import pytest

from reenact.corpus.registry import open_corpus
from reenact.errors import ReenactError


def names(subjects, clips=4, folder="dev"):
    return [f"{folder}/mp4/{subject}/vid{clip % 2}/{clip:05d}.mp4" for subject in subjects for clip in range(clips)]


def subjects_of(clips, split):
    return {clip.subject for clip in clips if clip.split == split}


@pytest.fixture
def many(touch_clips):
    return touch_clips(names(f"id{n:05d}" for n in range(40)) + names((f"te{n:05d}" for n in range(8)), folder="test"))


def test_dev_is_train_and_paths_can_be_opened(project, params_for, touch_clips):
    touch_clips([*names(["id1"], 2), *names(["id2"], 1, "test")])
    clips = open_corpus(params_for("voxceleb2"), project).clips()
    found = [(clip.subject, clip.video, clip.clip, clip.split) for clip in clips]
    assert found == [("id1", "vid0", "00000", "train"), ("id1", "vid1", "00001", "train"), ("id2", "vid0", "00000", "test")]
    assert all(clip.path.read_bytes() == b"" for clip in clips)


def test_no_more_subjects_and_clips_than_asked_for(project, params_for, many):
    clips = open_corpus(params_for("voxceleb2", train_subjects=10, test_subjects=3, clips_per_subject=2), project).clips()
    assert len(clips) == 26 and clips == sorted(clips)
    assert len(subjects_of(clips, "train")) == 10 and len(subjects_of(clips, "test")) == 3


def test_where_there_are_fewer_all_are_taken(project, params_for, many):
    clips = open_corpus(params_for("voxceleb2", train_subjects=99, test_subjects=99, clips_per_subject=99), project).clips()
    assert clips == open_corpus(params_for("voxceleb2"), project).clips()
    assert len(clips) == 48 * 4


def test_the_draw_follows_the_seed(project, params_for, many):
    def draw(seed):
        return open_corpus(params_for("voxceleb2", seed=seed, train_subjects=10, clips_per_subject=2), project).clips()

    assert draw(1) == draw(1)
    assert subjects_of(draw(1), "train") != subjects_of(draw(2), "train")


def test_one_more_subject_changes_one_place_at_most_and_nobody_elses_clips(project, params_for, many, touch_clips):
    params = params_for("voxceleb2", train_subjects=10, clips_per_subject=2)
    before = open_corpus(params, project).clips()
    for extra in range(15):
        touch_clips(names([f"new{extra}"]))
        after = open_corpus(params, project).clips()
        stayed = subjects_of(before, "train") & subjects_of(after, "train")
        assert len(stayed) >= 9
        assert [clip for clip in before if clip.subject in stayed] == [clip for clip in after if clip.subject in stayed]
        before = after


def test_a_subject_without_clips_takes_nobodys_place(project, params_for, many):
    for n in range(40):
        (many / f"dev/mp4/empty{n}/vid").mkdir(parents=True)
    assert len(subjects_of(open_corpus(params_for("voxceleb2", train_subjects=30), project).clips(), "train")) == 30


def test_symlinked_subjects_and_clips_are_followed(project, params_for, touch_clips):
    folder = touch_clips([*names(["id1"]), *names(["id2"], folder="test")])
    (folder / "dev/mp4/id1").rename(project.parent / "elsewhere")
    (folder / "dev/mp4/id1").symlink_to(project.parent / "elsewhere")
    (folder / "dev/mp4/id1/vid0/00008.mp4").symlink_to(project.parent / "elsewhere/vid0/00000.mp4")
    assert len(subjects_of(open_corpus(params_for("voxceleb2"), project).clips(), "train")) == 1
    assert len(open_corpus(params_for("voxceleb2"), project).clips()) == 4 + 1 + 4


def test_files_in_wrong_places_are_reported(project, params_for, touch_clips):
    strays = ["dev/mp4/loose.mp4", "dev/mp4/id1/loose.mp4", "dev/mp4/id1/vid0/notes.txt", "test/mp4/id2/vid0/deep/00001.mp4"]
    folder = touch_clips([*names(["id1"]), *names(["id2"], folder="test"), *strays, "dev/mp4/id1/.DS_Store"])
    corpus = open_corpus(params_for("voxceleb2"), project)
    assert len(corpus.clips()) == 8
    ignored = [path.resolve().relative_to(folder).as_posix() for path in corpus.ignored()]
    assert ignored == sorted([*strays[:3], "test/mp4/id2/vid0/deep"])


def test_subjects_in_both_splits_are_refused_by_name(project, params_for, touch_clips):
    both = [f"id{n}" for n in range(7)]
    touch_clips([*names(both), *names([*both, "id8"], folder="test")])
    with pytest.raises(ReenactError, match="both dev and test: id0, id1, id2, id3, id4 and 2 more"):
        open_corpus(params_for("voxceleb2", train_subjects=2), project).clips()


def test_a_missing_folder_is_named(project, params_for):
    with pytest.raises(ReenactError, match=r"corpus\.path: .*videos does not exist"):
        open_corpus(params_for("voxceleb2"), project)


def test_a_folder_of_another_layout_says_what_was_looked_for_and_what_is_there(project, params_for, touch_clips):
    touch_clips(["anna/a.mp4", "readme.txt"])
    with pytest.raises(ReenactError, match=r"<dev\|test>/mp4/<subject>/<video>/<clip>\.mp4 .* no dev/mp4; there is anna/, readme\.txt"):
        open_corpus(params_for("voxceleb2"), project).clips()


def test_a_split_without_clips_is_refused(project, params_for, touch_clips):
    folder = touch_clips(names(["id1"]))
    (folder / "test/mp4/id2").mkdir(parents=True)
    with pytest.raises(ReenactError, match=r"no clip found in .*test/mp4; .* there is id2/"):
        open_corpus(params_for("voxceleb2"), project).clips()
