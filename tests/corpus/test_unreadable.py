"""Clips that the system refuses to read, folders that may not be entered, links to themselves: from the corpus to the ledger."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reenact.corpus.base import entries
from reenact.corpus.clip_list import read_list
from reenact.corpus.manifest import refresh
from reenact.errors import ReenactError
from reenact.shards.extract import extract_shard
from reenact.workspace import LISTS

# A process's own memory is a file that cannot be read from its beginning on: the system says input/output error.
UNGIVEN = "/proc/self/mem"
LISTED = """
import sys
from pathlib import Path
from reenact.corpus.base import entries
from reenact.errors import ReenactError
try:
    print(entries(Path(sys.argv[1])))
except ReenactError as error:
    print(error)
"""


@pytest.fixture
def params(params_for):
    return params_for("folder", train_subjects=None, test_subjects=None, shards={"train_shards": 1, "test_shards": 1})


@pytest.fixture
def videos(project, write_video):
    folder = project.parent / "videos"
    for subject in ("amy", "bob", "eve", "zoe"):
        write_video(folder / subject / "fine.mp4")
    return folder


def problems(project: Path) -> dict[str, str | None]:
    lists = sorted((project / LISTS).iterdir())
    return {f"{row.subject}/{row.video}": row.problem for path in lists for row in read_list(path)}


def test_a_clip_that_the_disk_does_not_give_is_listed_with_that_and_the_rest_goes_on(project, params, videos):
    (videos / "amy" / "broken.mp4").symlink_to(UNGIVEN)
    report = refresh(params, project, show_progress=False)
    assert report.problems == {"input/output error": 1}
    found = problems(project)
    assert found.pop("amy/broken") == "input/output error" and len(found) == 4 and set(found.values()) == {None}


def test_links_to_themselves_are_ignored_and_counted(project, params, videos):
    for name in ("amy/loop.mp4", "loop", "bob/loop"):
        (videos / name).symlink_to(Path(name).name)
    (videos / "eve" / "back").symlink_to("..")
    report = refresh(params, project, show_progress=False)
    assert [os.path.relpath(path, videos) for path in report.ignored] == ["amy/loop.mp4", "bob/loop", "eve/back", "loop"]
    assert sum(report.clips.values()) == 4 and report.problems == {}


def test_a_listed_clip_that_the_disk_does_not_give_any_more_stops_its_shard(project, params, videos):
    """It was whole when it was listed: left out, it would be missing for good, though the disk may come back."""
    refresh(params, project, show_progress=False)
    listed = next(path for path in sorted((project / LISTS).iterdir()) if len(read_list(path)) > 1)
    clips = read_list(listed)
    lost = videos / clips[0].subject / "fine.mp4"
    lost.unlink()
    lost.symlink_to(UNGIVEN)
    with pytest.raises(ReenactError, match=rf"{clips[0].subject}/fine\.mp4 cannot be read \(input/output error\)"):
        extract_shard(listed, project / "it.parquet", project / "it.json", params, project)
    assert not (project / "it.parquet").exists() and not (project / "it.json").exists()


def as_anybody(folder: Path) -> str:
    """What listing a folder says to a process that may read what its user may, root not excepted."""
    caps = "-dac_override,-dac_read_search"
    command = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"] if os.geteuid() == 0 else []
    done = subprocess.run([*command, sys.executable, "-c", LISTED, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("mode", [0o000, 0o100])
def test_a_folder_that_may_not_be_read_is_named_with_what_to_do(tmp_path, mode):
    (tmp_path / "amy").mkdir(mode=0o700)
    (tmp_path / "amy").chmod(mode)
    assert f"{tmp_path}/amy cannot be read (permission denied): change its permissions, or move it out" in as_anybody(tmp_path / "amy")


def test_what_may_be_a_persons_folder_is_not_passed_over(tmp_path):
    """A link into a folder that may not be entered; one with a video's ending is a clip, whose problem shows when it is opened."""
    (tmp_path / "locked" / "amy").mkdir(parents=True)
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "clip.mp4").symlink_to(tmp_path / "locked" / "clip.mp4")
    (tmp_path / "locked").chmod(0)
    assert "clip.mp4" in as_anybody(tmp_path / "corpus") and "cannot be read" not in as_anybody(tmp_path / "corpus")
    (tmp_path / "corpus" / "amy").symlink_to(tmp_path / "locked" / "amy")
    assert f"{tmp_path}/corpus/amy cannot be read (permission denied)" in as_anybody(tmp_path / "corpus")
    (tmp_path / "locked").chmod(0o700)


def test_a_name_that_is_no_utf8_is_named(tmp_path):
    (tmp_path / os.fsdecode(b"J\xfcrgen")).mkdir()
    with pytest.raises(ReenactError, match=r"J\\udcfcrgen': the name is not UTF-8; rename it"):
        entries(tmp_path)
