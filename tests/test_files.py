from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.files import atomic_path, read_json, reading, write_json

HANGS = """
import sys, time
from pathlib import Path
from reenact.files import atomic_path
with atomic_path(Path(sys.argv[1])) as part:
    part.write_text("half")
    print("writing", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def writing(tmp_path: Path):
    """A process that is in the middle of writing out.txt."""
    process = subprocess.Popen([sys.executable, "-c", HANGS, tmp_path / "out.txt"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path) -> None:
    with atomic_path(path) as part:
        part.write_text("whole")


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path: Path, writing: subprocess.Popen) -> None:
    for name in ("out.txt.txt", "other.txt", "out.csv"):  # nothing of theirs is touched
        (tmp_path / name).write_text("kept")
    writing.send_signal(signal.SIGKILL)
    writing.wait()
    assert len(names(tmp_path)) == 4
    write(tmp_path / "out.txt")
    assert names(tmp_path) == ["other.txt", "out.csv", "out.txt", "out.txt.txt"]
    assert (tmp_path / "out.txt").read_text() == "whole"


def test_what_another_process_is_writing_stays(tmp_path: Path, writing: subprocess.Popen) -> None:
    before = names(tmp_path)
    write(tmp_path / "out.txt")
    assert names(tmp_path) == sorted([*before, "out.txt"])


def test_what_another_machine_left_goes_after_a_day(tmp_path: Path) -> None:
    nobody = 2**22 + 1  # above the largest process id
    yesterday = time.time() - 90_000
    theirs = [tmp_path / f".out.{nobody}@not-{platform.node()}.part.txt", tmp_path / f".out.{nobody + 1}@not-{platform.node()}.part.txt"]
    for path in theirs:
        path.touch()
    os.utime(theirs[0], (yesterday, yesterday))
    write(tmp_path / "out.txt")
    assert names(tmp_path) == [theirs[1].name, "out.txt"]


def test_a_file_of_json_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "out.json").mkdir()
    with pytest.raises(ReenactError, match=r"out\.json cannot be written"):
        write_json(tmp_path / "out.json", {})
    assert names(tmp_path) == ["out.json"]


def test_each_way_in_which_a_file_cannot_be_read_has_its_name_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "ungiven").symlink_to("/proc/self/mem")
    (tmp_path / "broken").write_text("{")
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("gone", "gone is missing; make it"),
        ("folder", "folder is a folder; make it"),
        ("pipe", "pipe is a named pipe; make it"),
        ("loop", r"loop cannot be read \(too many levels of symbolic links\): mend the link, or make it"),
        ("ungiven", r"ungiven cannot be read \(input/output error\): see to its disk, or make it"),
        ("n" * 300, r"n cannot be read \(file name too long\): shorten its name, or make it"),
        ("broken", r"broken is damaged \(.*\); make it"),
    ):
        with pytest.raises(ReenactError, match=words) as caught:
            read_json(tmp_path / name, "make it")
        assert str(tmp_path / name) in str(caught.value)
    (tmp_path / "broken").write_text("[" * 100_000)
    with pytest.raises(ReenactError, match="broken is damaged"):
        read_json(tmp_path / "broken")


def test_a_fault_of_the_program_is_not_taken_for_the_files() -> None:
    for error in (KeyError("name"), OSError("said by no system"), ZeroDivisionError()):
        with pytest.raises(type(error)), reading(Path("it"), "make it", ValueError):
            raise error
    with pytest.raises(ReenactError, match=r"it is damaged \(it lacks 'name'\); make it"), reading(Path("it"), "make it", KeyError):
        raise KeyError("name")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place, words in ((tmp_path / "file" / "out.txt", "File exists|Not a directory"), (tmp_path / ("n" * 300), "File name too long")):
        with pytest.raises(ReenactError, match=rf"cannot be written \(.*({words})"):
            write(place)
    assert names(tmp_path) == ["file"]
