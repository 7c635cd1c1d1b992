"""The folder of scores holds one scoring at a time, whole."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from reenact.errors import ReenactError
from reenact.evaluation.scoring_folder import held, replaced


def write(out: Path, **texts: str) -> None:
    with replaced(out) as folder:
        for name, text in texts.items():
            (folder / name).write_text(text)


def texts(out: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in out.iterdir() if path.is_file()}


def test_what_the_last_one_wrote_goes_and_what_others_wrote_stays(tmp_path):
    (tmp_path / "mine").write_text("mine")
    write(tmp_path, a="1", b="1")
    (tmp_path / "b").unlink()
    write(tmp_path, b="2", c="2")
    assert texts(tmp_path) == {"mine": "mine", "b": "2", "c": "2"}
    write(tmp_path, a="3")
    assert texts(tmp_path) == {"mine": "mine", "a": "3"}


def test_one_that_fails_changes_nothing(tmp_path):
    write(tmp_path, a="1", b="1")
    with pytest.raises(ZeroDivisionError), replaced(tmp_path) as folder:
        (folder / "a").write_text("2")
        raise ZeroDivisionError
    assert texts(tmp_path) == {"a": "1", "b": "1"}
    write(tmp_path, c="3")
    assert texts(tmp_path) == {"c": "3"}


def test_one_that_cannot_be_put_in_its_place_is_an_error_for_people(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(ReenactError, match="cannot be written"):
        write(tmp_path, a="1")


def test_a_second_one_waits_for_the_first(tmp_path, caplog):
    order = []

    def second() -> None:
        with held(tmp_path):
            order.append("second")

    with held(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        while "Another process is scoring in this folder; waiting" not in caplog.text:
            assert thread.is_alive()
            time.sleep(0.01)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
