"""What a person sees of an error at the end of a command, and what a programmer sees of a fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = """
import sys
from pathlib import Path
from reenact.console import run_app
def command() -> None:
    {}
run_app(command)
"""
BODIES = {
    "folder": "Path('folder').read_text()",
    "gone": "Path('gone').read_text()",
    "loop": "Path('loop').read_text()",
    "bug": "{}['key']",
    "nameless": "raise OSError(5, 'Input/output error')",
    "memory": "bytes(2**62)",
}


def run(body: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", COMMAND.format(body)]
    return subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("folder", "Error: folder cannot be read or written (Is a directory)"),
        ("gone", "Error: gone is missing; run the command that makes it first"),
        ("loop", "Error: loop cannot be read or written (Too many levels of symbolic links)"),
    ],
)
def test_what_the_system_says_of_a_file_is_a_line(tmp_path, body, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    done = run(BODIES[body], tmp_path)
    assert done.returncode == 1 and done.stderr.startswith(words) and "Traceback" not in done.stderr


@pytest.mark.parametrize(("body", "words"), [("bug", "KeyError: 'key'"), ("nameless", "OSError: [Errno 5]"), ("memory", "MemoryError")])
def test_a_fault_of_the_program_shows_where_it_is(tmp_path, body, words):
    done = run(BODIES[body], tmp_path)
    assert done.returncode == 1 and "Traceback" in done.stderr and words in done.stderr
    if body == "memory":
        assert done.stderr.endswith("Error: there is not enough memory; close other programs, or run fewer jobs at once\n")


def test_a_name_that_is_no_text_can_be_printed(tmp_path):
    done = run(r"print('\udcff.jpg')", tmp_path, LC_ALL="C.UTF-8", PYTHONIOENCODING="utf-8:strict")
    assert (done.returncode, done.stdout) == (0, "\\udcff.jpg\n")


def test_the_reader_of_the_output_may_go(tmp_path):
    body = "[print('x' * 99) for _ in range(100_000)]"
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" | head -n 1', sys.executable, COMMAND.format(body)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "x" * 99 + "\n" and done.stderr == ""


def test_an_interrupt_is_no_error(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND.format("print('on', flush=True); import time; time.sleep(60)")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which is ignored where the tests run in the background
    )  # fmt: skip
    assert process.stdout.readline() == "on\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert "Traceback" not in process.communicate()[1] and process.returncode == 130


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "of nowhere"])
def test_locales_in_which_python_takes_names_for_utf8(tmp_path, locale):
    (tmp_path / "Jürgen").touch()
    done = run("print(ascii(next(Path().iterdir()).name))", tmp_path, LC_ALL=locale)
    assert (done.returncode, done.stdout) == (0, "'J\\xfcrgen'\n")


def test_another_locale_is_refused_with_what_to_type(tmp_path):
    without = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run("print('done')", tmp_path, **without)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: this shell's locale takes the names of files for ascii, not UTF-8; type: export LC_ALL=C.UTF-8\n"
    assert run("print('done')", tmp_path, **without | {"LC_ALL": "C.UTF-8"}).stdout == "done\n"
