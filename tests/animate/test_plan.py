from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from reenact.animate.outputs import PictureFolder
from reenact.animate.plan import plan
from reenact.errors import ReenactError
from reenact.video.timed_write import TimedWriter


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A working folder with portraits a.jpg, b.png and x/a.png, a driver d.mp4 and a folder of drivers."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.png", "x/a.png", "d.mp4", "drivers/two.MOV", "drivers/one.mp4", "drivers/three.gif", "drivers/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "taken/b--d.mp4").mkdir(parents=True)
    return tmp_path


def outs(targets: list[str], driver: str, out: str, *, pictures: bool = False) -> dict[str, list[str]]:
    """The results' paths by the driver's name."""
    jobs = plan([Path(target) for target in targets], Path(driver), Path(out), pictures=pictures)
    return {job.driver.name: [path.as_posix() for path in job.outs] for job in jobs}


def test_one_result_has_the_name_that_was_given(place):
    assert outs(["a.jpg"], "d.mp4", "o/r.mp4") == {"d.mp4": ["o/r.mp4"]}
    assert outs(["a.jpg"], "d.mp4", "o/r", pictures=True) == {"d.mp4": ["o/r"]}


def test_several_results_are_named_by_target_and_driver(place):
    assert outs(["a.jpg", "b.png"], "d.mp4", "o") == {"d.mp4": ["o/a--d.mp4", "o/b--d.mp4"]}
    assert outs(["a.jpg"], "drivers", "o") == {"one.mp4": ["o/a--one.mp4"], "three.gif": ["o/a--three.mp4"], "two.MOV": ["o/a--two.mp4"]}
    assert outs(["a.jpg", "b.png"], "d.mp4", "o", pictures=True) == {"d.mp4": ["o/a--d", "o/b--d"]}


def test_a_driver_that_leads_nowhere_is_a_job_and_hidden_files_are_none(place):
    (place / "drivers/gone.mp4").symlink_to("nowhere.mp4")
    (place / "drivers/._one.mp4").touch()
    (place / "drivers/folder.mp4").mkdir()
    assert list(outs(["a.jpg"], "drivers", "o")) == ["gone.mp4", "one.mp4", "three.gif", "two.MOV"]


@pytest.mark.parametrize(
    ("targets", "driver", "out", "words"),
    [
        (["a.jpg"], "d.mp4", "result.avi", "must be a file that ends with .mp4"),
        (["a.jpg"], "d.mp4", "empty", "must be a file that ends with .mp4"),
        (["a.jpg", "b.png"], "d.mp4", "r.mp4", "must be a folder"),
        (["a.jpg"], "drivers", "a.jpg", "must be a folder"),
        (["a.jpg"], "empty", "o", "holds no video"),
        (["a.jpg", "x/a.png"], "d.mp4", "o", "two results would be named a--d.mp4"),
        (["a.jpg"], "d.mp4", "x/../d.mp4", "would replace"),
        (["a.jpg"], "d.mp4", "b.png/x/r.mp4", "b.png is a file"),
        (["a.jpg", "b.png"], "d.mp4", "taken", "would replace the folder"),
    ],
)
def test_outputs_that_do_not_fit(place, targets, driver, out, words):
    with pytest.raises(ReenactError, match=words):
        outs(targets, driver, out)


@pytest.mark.parametrize("out", [".", "..", "/"])
def test_a_folder_of_pictures_needs_a_name(place, out):
    with pytest.raises(ReenactError, match="must name a folder that is new or empty"):
        outs(["a.jpg"], "d.mp4", out, pictures=True)


def test_places_that_nobody_can_write(place):
    with pytest.raises(ReenactError, match="cannot be written"), PictureFolder(Path("/proc/nowhere/frames"), Fraction(1, 25)):
        pass
    with (
        pytest.raises(ReenactError, match="cannot be written"),
        TimedWriter(Path("/proc/nowhere/r.mp4"), (64, 64), Fraction(1, 25), Fraction(25)),
    ):
        pass
