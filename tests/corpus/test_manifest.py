from __future__ import annotations

import csv
import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from reenact.corpus.clip_list import SCHEMA, read_list
from reenact.corpus.manifest import refresh, shard_of
from reenact.errors import ReenactError
from reenact.video.probe import UnreadableVideo, probe

SHARDS = {"train_shards": 3, "test_shards": 2}


@pytest.fixture
def videos(project, write_video):
    """Six train subjects with three clips each and two test subjects, playable."""
    folder = project.parent / "videos"
    for subject in range(6):
        for clip in range(1, 4):
            write_video(folder / f"dev/mp4/id{subject}/v/{clip:05d}.mp4")
    for subject in (7, 8):
        write_video(folder / f"test/mp4/id{subject}/v/00001.mp4")
    return folder


@pytest.fixture
def params(params_for):
    return params_for("voxceleb2", shards=SHARDS)


def rows_of(project):
    return pq.read_table(project / "data/manifest/manifest.parquet").to_pylist()


def stamps(project):
    """Inode and time of every file of the manifest, which change where one is written."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (project / "data/manifest").rglob("*.*")}


def changed(project, before):
    after = stamps(project)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def look(params, project):
    return refresh(params, project, show_progress=False)


def test_a_row_tells_what_the_file_is(project, params, videos):
    report = look(params, project)
    assert report.clips == {"train": 18, "test": 2} and report.subjects == {"train": 6, "test": 2}
    row = rows_of(project)[0]
    file = videos / "dev/mp4/id0/v/00001.mp4"
    assert (row["subject"], row["video"], row["clip"], row["split"]) == ("id0", "v", "00001", "train")
    assert row["path"] == "../videos/dev/mp4/id0/v/00001.mp4"
    assert row["bytes"] == file.stat().st_size and row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (row["width"], row["height"], row["fps"], row["has_audio"], row["problem"]) == (64, 48, 25.0, False, None)
    assert row["duration"] == pytest.approx(0.4)
    assert pq.read_schema(project / "data/manifest/manifest.parquet").names == SCHEMA.names


def test_lists_hold_each_clip_once_with_the_manifests_columns(project, params, videos):
    look(params, project)
    lists = sorted((project / "data/manifest/lists").iterdir())
    assert [path.name for path in lists] == [f"test-{n:05d}.csv" for n in range(2)] + [f"train-{n:05d}.csv" for n in range(3)]
    listed = [(path, row) for path in lists for row in read_list(path)]
    assert sorted((vars(row) for _, row in listed), key=lambda row: (row["subject"], row["clip"])) == rows_of(project)
    assert all(path.name == f"{row.split}-{row.shard:05d}.csv" for path, row in listed)
    with lists[0].open(newline="") as file:
        assert next(csv.reader(file)) == SCHEMA.names


def test_the_same_corpus_gives_the_same_bytes_elsewhere(project, params, videos, tmp_path):
    look(params, project)
    other = tmp_path / "other"
    other.mkdir()
    look(params, other)
    for path in (project / "data/manifest").rglob("*.*"):
        assert path.read_bytes() == (other / path.relative_to(project)).read_bytes()


def test_nothing_is_written_where_nothing_changed(project, params, videos):
    look(params, project)
    before = stamps(project)
    report = look(params, project)
    assert not changed(project, before) and not report.written and not report.removed


@pytest.mark.parametrize("what", ["add", "replace", "remove", "move the time only"])
def test_only_the_list_of_the_clip_changes(project, params, videos, write_video, what):
    look(params, project)
    before = stamps(project)
    clip = videos / ("dev/mp4/id3/v/00009.mp4" if what == "add" else "dev/mp4/id3/v/00002.mp4")
    if what == "remove":
        clip.unlink()
    elif what == "move the time only":
        os.utime(clip, ns=(1, 1))
    else:
        write_video(clip, "another take")
    report = look(params, project)
    own = f"train-{shard_of('id3', 'v', clip.stem, 3):05d}.csv"
    expected = [] if what == "move the time only" else ["manifest.parquet", own]
    assert changed(project, before) == expected
    assert report.written == expected[1:]


def test_the_same_size_with_another_time_is_hashed_again_and_the_same_time_is_not(project, params, videos):
    clip = videos / "dev/mp4/id0/v/00001.mp4"
    look(params, project)
    first, stat = rows_of(project)[0]["sha256"], clip.stat()
    clip.write_bytes(clip.read_bytes()[:-1] + b"#")
    os.utime(clip, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    look(params, project)
    assert rows_of(project)[0]["sha256"] == first
    os.utime(clip, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    look(params, project)
    assert rows_of(project)[0]["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest() != first


def test_the_memory_can_be_thrown_away(project, params, videos):
    look(params, project)
    before = stamps(project)
    shutil.rmtree(project / ".state")
    look(params, project)
    assert not changed(project, before)


def test_fewer_shards_remove_their_lists(project, params, params_for, videos):
    look(params, project)
    report = look(params_for("voxceleb2", shards=SHARDS | {"train_shards": 1}), project)
    assert report.removed == ["train-00001.csv", "train-00002.csv"]
    assert len(read_list(project / "data/manifest/lists/train-00000.csv")) == 18


def test_unreadable_files_stay_with_their_problem(project, params, videos):
    (videos / "dev/mp4/id0/v/00001.mp4").write_bytes(b"")
    (videos / "dev/mp4/id1/v/00002.mp4").write_bytes(b"this is no video " * 100)
    with pytest.raises(UnreadableVideo) as no_video:
        probe(videos / "dev/mp4/id1/v/00002.mp4")
    reason = no_video.value.reason
    for _ in range(2):
        report = look(params, project)
        assert report.problems == {"empty file": 1, reason: 1} and report.clips["train"] == 18
        rows = {(row["subject"], row["clip"]): row for row in rows_of(project)}
        empty, text = rows["id0", "00001"], rows["id1", "00002"]
        assert (empty["problem"], empty["bytes"], empty["duration"]) == ("empty file", 0, None)
        assert (text["problem"], text["bytes"], text["width"]) == (reason, 1700, None)
        assert empty["sha256"] == hashlib.sha256(b"").hexdigest()
    listed = [row for path in (project / "data/manifest/lists").iterdir() for row in read_list(path)]
    assert sorted(row.problem for row in listed if row.problem) == ["empty file", reason]
    assert f"unreadable clips, listed with their problem: 1 empty file, 1 {reason}" in report.text()


def test_a_broken_off_first_look_is_not_lost(project, params, videos, monkeypatch):
    import reenact.corpus.probes as probes

    broken = [0]

    def breaks_at_the_tenth(path):
        broken[0] += 1
        if broken[0] == 10:
            raise KeyboardInterrupt
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()

    monkeypatch.setattr(probes, "sha256_file", breaks_at_the_tenth)
    with pytest.raises(KeyboardInterrupt):
        look(params, project)
    assert not (project / "data/manifest/manifest.parquet").exists()
    seen = []
    monkeypatch.setattr(probes, "sha256_file", lambda path: seen.append(path) or hashlib.sha256(path.read_bytes()).hexdigest())
    assert look(params, project).clips == {"train": 18, "test": 2}
    assert len(seen) < 20


def test_names_with_commas_quotes_and_umlauts_survive_the_list(project, params_for, write_video):
    names = ('Müller, "Jo"', "李", "b,c", "d")
    for name in names:
        write_video(project.parent / "videos" / name / "a, b.mp4")
    look(params_for("folder", shards=SHARDS), project)
    listed = [row for path in (project / "data/manifest/lists").iterdir() for row in read_list(path)]
    assert {(row.subject, row.video) for row in listed} == {(name, "a, b") for name in names}
    assert all((project / row.path).is_file() for row in listed)


def test_paths_are_relative_below_the_project_and_absolute_where_given_so(project, params_for, write_video):
    for place in (project / "mine", project.parent / "videos"):
        for subject in "abcd":
            write_video(place / subject / "x.mp4")
    look(params_for("folder", path=str(project / "mine")), project)
    assert [row["path"] for row in rows_of(project)] == [f"mine/{subject}/x.mp4" for subject in "abcd"]
    look(params_for("folder", path=str(project.parent / "videos")), project)
    assert rows_of(project)[0]["path"] == (project.parent / "videos/a/x.mp4").as_posix()


def test_the_report_counts_what_was_ignored_and_shards_without_clips(project, params_for, videos):
    (videos / "dev/mp4/id0/readme.txt").write_text("hello")
    text = look(params_for("voxceleb2", shards=SHARDS | {"test_shards": 9}), project).text()
    assert "train: 18 clips of 6 subjects" in text
    assert "1 files or folders, such as" in text and "readme.txt" in text
    assert "test shards have no clip; lower shards.test_shards" in text


def test_a_missing_corpus_leaves_the_old_manifest_alone(project, params, videos):
    look(params, project)
    before = stamps(project)
    videos.rename(project.parent / "gone")
    with pytest.raises(ReenactError, match="does not exist"):
        look(params, project)
    assert not changed(project, before)


def test_a_list_that_is_none_is_named(tmp_path):
    with pytest.raises(ReenactError, match="is missing"):
        read_list(tmp_path / "train-00000.csv")
    for text in ("", "a,b\n1,2\n", ",".join(SCHEMA.names) + "\nonly,three,fields\n"):
        (tmp_path / "train-00000.csv").write_text(text)
        with pytest.raises(ReenactError, match=r"is damaged .*`reenact manifest`"):
            read_list(tmp_path / "train-00000.csv")


@pytest.mark.parametrize("step", [1, 2, 5, 10])
@pytest.mark.parametrize("shards", [2, 4, 5])
def test_few_numbered_clips_are_spread_evenly(step, shards):
    counts = np.bincount(
        [shard_of(f"id{n:05d}", "v", f"{c:05d}", shards) for n in range(0, 40 * step, step) for c in (1, 2, 3)], minlength=shards
    )
    assert np.abs(counts / counts.mean() - 1).max() < 0.2


def test_many_clips_with_random_names_are_spread_evenly():
    counts = np.bincount([shard_of(f"id{n:05d}", f"{n * 7919 % 10007:x}q", "00001", 50) for n in range(20_000)], minlength=50)
    # Multinomial: 400 a shard with a standard deviation of 20.
    assert np.abs(counts - 400).max() < 100
