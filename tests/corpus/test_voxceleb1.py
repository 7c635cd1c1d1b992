from __future__ import annotations

import hashlib

import pyarrow.parquet as pq
import pytest

from reenact.corpus.clip_list import read_list
from reenact.corpus.manifest import refresh
from reenact.corpus.registry import open_corpus
from reenact.errors import ReenactError
from tests.support.media import ffmpeg

TABLE = "VoxCeleb1 ID\tVGGFace1 ID\tGender\tNationality\tSet\n"


def tracks(subjects, clips=4):
    return [f"txt/{subject}/vid-{subject}-{clip % 2}/{clip:05d}.txt" for subject in subjects for clip in range(clips)]


def videos(subjects, folder="videos/"):
    return [f"{folder}vid-{subject}-{n}.mp4" for subject in subjects for n in range(2)]


def clips_of(params, project):
    return open_corpus(params, project).clips()


def subjects_of(clips, split):
    return {clip.subject for clip in clips if clip.split == split}


def ignored(corpus, folder):
    return [path.resolve().relative_to(folder).as_posix() for path in corpus.ignored()]


@pytest.fixture
def params(params_for):
    return params_for("voxceleb1")


@pytest.fixture
def many(touch_clips):
    people = [f"id{n}" for n in (*range(10001, 10041), *range(10270, 10278))]
    return touch_clips(tracks(people) + videos(people))


def test_each_track_is_a_clip_of_its_video(project, params, touch_clips):
    people = ["id10001", "id10270"]
    folder = touch_clips(tracks(people, 3) + videos(people))
    clips = clips_of(params, project)
    assert [(clip.subject, clip.video, clip.clip, clip.split) for clip in clips[:3]] == [
        ("id10001", "vid-id10001-0", "00000", "train"),
        ("id10001", "vid-id10001-0", "00002", "train"),
        ("id10001", "vid-id10001-1", "00001", "train"),
    ]
    assert len(clips) == 6 and all(clip.problem is None for clip in clips)
    assert {clip.path.resolve() for clip in clips} == {folder / name for name in videos(people)}
    assert all(clip.track.resolve() == folder / f"txt/{clip.subject}/{clip.video}/{clip.clip}.txt" for clip in clips)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".MOV"])
def test_videos_may_have_other_endings_and_lie_in_their_subjects_folder(project, params, touch_clips, ending):
    people = ["id10001", "id10270"]
    own = [name.removesuffix(".mp4") + ending for name in videos(["id10001"], "videos/id10001/")]
    folder = touch_clips(tracks(people) + own + videos(["id10270"]))
    clips = clips_of(params, project)
    assert {clip.path.resolve() for clip in clips if clip.subject == "id10001"} == {folder / name for name in own}


def test_the_published_test_speakers_are_those_with_e(project, params, touch_clips):
    people = ["id10269", "id10270", "id10309", "id10310", "Eartha_Kitt", "Dave_Franco"]
    touch_clips(tracks(people, 1) + videos(people))
    clips = clips_of(params, project)
    assert subjects_of(clips, "test") == {"id10270", "id10309", "Eartha_Kitt"}
    assert subjects_of(clips, "train") == {"id10269", "id10310", "Dave_Franco"}


def test_the_table_decides_where_it_is_there(project, params, touch_clips):
    people = ["id10001", "id10002", "id10270", "Zoe"]
    folder = touch_clips(tracks(people, 1) + videos(people))
    rows = "id10001\tA\tm\tUK\ttest\r\nid10002\tB\tm\tUK\tdev\r\nid10270\tE\tf\tUK\tdev \r\nid10900\tZoe\tf\tUK\ttest\r\n"
    (folder / "vox1_meta.csv").write_text(TABLE + rows)
    assert subjects_of(clips_of(params, project), "test") == {"id10001", "Zoe"}
    for table in (TABLE, TABLE.replace("\t", ",") + rows.replace("\t", ","), TABLE + rows.replace("test", "val"), ""):
        (folder / "vox1_meta.csv").write_text(table)
        with pytest.raises(ReenactError, match=r"vox1_meta\.csv does not say whether \w+ is in the dev or the test set"):
            clips_of(params, project)


def test_a_missing_video_is_listed_and_another_clip_takes_its_place(project, params_for, many):
    params = params_for("voxceleb1", clips_per_subject=2)
    before = clips_of(params, project)
    gone = before[0].path
    gone.unlink()
    after = clips_of(params, project)
    missing = [clip for clip in after if clip.problem is not None]
    assert {clip.problem for clip in missing} == {"video missing"}
    assert {(clip.subject, clip.video, clip.clip) for clip in missing} == {
        (clip.subject, clip.video, clip.clip) for clip in before if clip.path == gone
    }
    there = [clip for clip in after if clip.problem is None]
    assert len(there) == len(before) and {clip for clip in before if clip.path != gone} <= set(there)
    assert {clip.path for clip in missing} == {gone}


def test_a_subject_without_a_video_is_listed_and_takes_nobodys_place(project, params_for, many):
    params = params_for("voxceleb1", train_subjects=10, clips_per_subject=3)
    before = clips_of(params, project)
    alone = min(subjects_of(before, "train"))
    for name in videos([alone]):
        (many / name).unlink()
    after = clips_of(params, project)
    there = [clip for clip in after if clip.problem is None]
    assert len(subjects_of(there, "train")) == 10 and alone not in subjects_of(there, "train")
    assert {clip for clip in before if clip.subject != alone} <= set(there)
    assert [(clip.subject, clip.problem) for clip in after if clip.subject == alone] == [(alone, "video missing")] * 3


def test_where_all_is_taken_every_track_is_listed(project, params, many):
    for name in videos(["id10003", "id10007", "id10271"]):
        (many / name).unlink()
    clips = clips_of(params, project)
    assert len(clips) == 48 * 4 and sum(clip.problem == "video missing" for clip in clips) == 12


def test_no_more_subjects_and_clips_than_asked_for_and_the_draw_follows_the_seed(project, params_for, many):
    def draw(seed):
        return clips_of(params_for("voxceleb1", seed=seed, train_subjects=10, test_subjects=3, clips_per_subject=2), project)

    assert len(draw(1)) == 26 and draw(1) == sorted(draw(1)) == draw(1)
    assert subjects_of(draw(1), "train") != subjects_of(draw(2), "train")


def test_what_does_not_fit_is_reported_and_hidden_files_are_not(project, params, touch_clips):
    people = ["id10001", "id10270"]
    strays = ["txt/id10001/loose.txt", "txt/id10001/vid-id10001-0/deep/1.txt", "txt/id10001/vid-id10001-0/00000.json", "txt/readme.md"]
    strays += ["videos/download.log", "videos/vid-id10001-1.mp4.part", "videos/id10001/list.txt", "videos/of nobody/1.mp4"]
    hidden = ["txt/.DS_Store", "txt/id10001/.DS_Store", "videos/._vid-id10001-0.mp4", "txt/id10001/vid-id10001-0/._00000.txt"]
    folder = touch_clips([*tracks(people), *videos(people), *strays, *hidden])
    corpus = open_corpus(params, project)
    assert len(corpus.clips()) == 8
    expected = [*strays[:1], "txt/id10001/vid-id10001-0/deep", *strays[2:7], "videos/of nobody"]
    assert ignored(corpus, folder) == sorted(expected)


def test_symlinks_are_followed_and_dangling_ones_reported(project, params, touch_clips):
    people = ["id10001", "id10270"]
    folder = touch_clips(tracks(people) + videos(people))
    (folder / "videos/vid-id10001-0.mp4").rename(project.parent / "elsewhere.mp4")
    (folder / "videos/vid-id10001-0.mp4").symlink_to(project.parent / "elsewhere.mp4")
    (folder / "videos/vid-id10001-1.mp4").unlink()
    (folder / "videos/vid-id10001-1.mp4").symlink_to(project.parent / "nowhere.mp4")
    corpus = open_corpus(params, project)
    problems = {clip.video: clip.problem for clip in corpus.clips() if clip.subject == "id10001"}
    assert problems == {"vid-id10001-0": None, "vid-id10001-1": "video missing"}
    assert [path.name for path in corpus.ignored()] == ["vid-id10001-1.mp4"]


def test_names_that_differ_in_their_ending_only_are_refused(project, params, touch_clips):
    people = ["id10001", "id10270"]
    folder = touch_clips([*tracks(people), *videos(people), "videos/vid-id10001-0.webm"])
    with pytest.raises(ReenactError, match=r"vid-id10001-0\.mp4 and vid-id10001-0\.webm beside it"):
        clips_of(params, project)
    (folder / "videos/vid-id10001-0.webm").unlink()
    touch_clips(["txt/id10001/vid-id10001-0/00000.TXT"])
    with pytest.raises(ReenactError, match=r"00000\.TXT and 00000\.txt beside it"):
        clips_of(params, project)


def test_a_name_that_is_not_utf8_is_refused(project, params, touch_clips):
    people = ["id10001", "id10270"]
    folder = touch_clips(tracks(people) + videos(people))
    with open(bytes(folder / "videos") + b"/\xff.mp4", "wb"):
        pass
    with pytest.raises(ReenactError, match="not UTF-8"):
        clips_of(params, project)


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["dev/mp4/id1/v/00001.mp4"], r"looked for txt/<subject>/<video>/<clip>\.txt .* no folder txt; there is dev/"),
        (tracks(["id10001"]), r"no folder videos; there is txt/"),
        (tracks(["id10001"]) + videos(["id10001"]), r"no clip to test with: .*txt has tracks of 0 such subjects"),
        (tracks(["id10270"]) + videos(["id10270"]), r"no clip to train on: .*txt has tracks of 0 such subjects"),
        (
            [*tracks(["id10001", "id10270"]), "videos/Talk [vid-id10001-0].mp4"],
            r"no clip to train on: .*tracks of 1 such subjects and .*videos none of their videos; .*there is Talk \[vid-id10001-0\]\.mp4",
        ),
    ],
)
def test_another_layout_says_what_was_looked_for_and_what_is_there(project, params, touch_clips, names, what):
    touch_clips(names)
    with pytest.raises(ReenactError, match=what):
        clips_of(params, project)


@pytest.fixture
def footage(project, write_track, write_video):
    """Two tracks in one real video of 30 frames/s, and a train and a test subject with one each; one more whose video is missing."""
    folder = project.parent / "videos"
    two = folder / "videos/-two.mp4"
    two.parent.mkdir(parents=True)
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=640x360:rate=30:duration=2", "-pix_fmt", "yuv420p", two.absolute())
    write_track(folder / "txt/id10001/-two/00001.txt", [(n, 10, 10, 90, 90) for n in range(5, 20)])
    write_track(folder / "txt/id10002/-two/00001.txt", [(n, 300, 10, 90, 90) for n in range(5, 30)])
    for subject, video in (("id10003", "gone"), ("id10270", "one")):
        write_track(folder / f"txt/{subject}/{video}/00001.txt")
    write_video(folder / "videos/one.webm")
    return folder


def rows_of(project):
    return {row["subject"]: row for row in pq.read_table(project / "data/manifest/manifest.parquet").to_pylist()}


def test_rows_tell_of_video_and_track(project, params, footage):
    refresh(params, project, show_progress=False)
    rows = rows_of(project)
    first, second = rows["id10001"], rows["id10002"]
    sha256 = hashlib.sha256((footage / "videos/-two.mp4").read_bytes()).hexdigest()
    for row in (first, second):
        assert (row["path"], row["sha256"]) == ("../videos/videos/-two.mp4", sha256)
        assert (row["width"], row["height"], row["fps"], row["problem"]) == (640, 360, 30.0, None)
    assert first["duration"] == pytest.approx(15 / 25) and second["duration"] == pytest.approx(25 / 25)
    assert first["track"] == "../videos/txt/id10001/-two/00001.txt"
    assert first["track_sha256"] == hashlib.sha256((project / first["track"]).read_bytes()).hexdigest() != second["track_sha256"]
    listed = [row for path in (project / "data/manifest/lists").iterdir() for row in read_list(path)]
    assert {row.subject: vars(row) for row in listed} == rows


def test_a_shared_video_is_looked_at_once(project, params, footage, monkeypatch):
    import reenact.corpus.probes as probes

    seen, look = [], probes.probe
    monkeypatch.setattr(probes, "probe", lambda path: seen.append(path.name) or look(path))
    refresh(params, project, show_progress=False)
    assert sorted(seen) == ["-two.mp4", "one.webm"]


def test_a_subjects_tracks_in_one_video_are_in_one_shard(project, params_for, many):
    refresh(params_for("voxceleb1", shards={"train_shards": 10, "test_shards": 2}), project, show_progress=False)
    rows = [row for row in pq.read_table(project / "data/manifest/manifest.parquet").to_pylist() if row["split"] == "train"]
    shards, videos = [row["shard"] for row in rows], [row["path"] for row in rows]
    assert len(set(zip(videos, shards, strict=True))) == len(set(videos)) == len(rows) / 2
    assert max(map(shards.count, range(10))) < 2 * len(rows) / 10, "videos are spread over all shards"


def test_missing_videos_and_damaged_tracks_stand_in_list_and_report(project, params, footage):
    track = footage / "txt/id10002/-two/00001.txt"
    track.write_text(track.read_text()[:-30])
    report = refresh(params, project, show_progress=False)
    assert report.clips == {"train": 3, "test": 1}
    assert "unreadable clips, listed with their problem: 1 damaged track file, 1 video missing" in report.text()
    rows = rows_of(project)
    gone, damaged = rows["id10003"], rows["id10002"]
    assert (gone["problem"], gone["path"], gone["bytes"], gone["sha256"]) == ("video missing", "../videos/videos/gone.mp4", 0, None)
    assert (damaged["problem"], damaged["duration"], damaged["width"]) == ("damaged track file", None, 640)
    assert damaged["track_sha256"] == hashlib.sha256(track.read_bytes()).hexdigest()


def test_an_unreadable_video_is_the_problem_of_all_its_clips(project, params, footage):
    (footage / "videos/-two.mp4").write_bytes(b"")
    report = refresh(params, project, show_progress=False)
    assert report.problems == {"empty file": 2, "video missing": 1}


def test_a_changed_track_or_a_video_that_came_changes_its_list(project, params_for, footage, write_video, write_track):
    params = params_for("voxceleb1", shards={"train_shards": 50, "test_shards": 1})
    refresh(params, project, show_progress=False)
    assert refresh(params, project, show_progress=False).written == []
    shards = {subject: f"train-{row['shard']:05d}.csv" for subject, row in rows_of(project).items()}
    write_track(footage / "txt/id10001/-two/00001.txt", [(n, 10, 10, 90, 90) for n in range(5, 21)])
    assert refresh(params, project, show_progress=False).written == [shards["id10001"]]
    write_video(footage / "videos/gone.mp4")
    assert refresh(params, project, show_progress=False).written == [shards["id10003"]]


def test_paths_of_tracks_are_absolute_where_the_corpus_is_given_so(project, params_for, footage):
    refresh(params_for("voxceleb1", path=str(footage)), project, show_progress=False)
    row = rows_of(project)["id10001"]
    assert row["track"] == (footage / "txt/id10001/-two/00001.txt").as_posix()
    assert row["path"] == (footage / "videos/-two.mp4").as_posix()
