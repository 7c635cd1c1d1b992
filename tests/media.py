"""ffmpeg and ffprobe, to make the files that tests need and to see what was made."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from reenact.video.ffmpeg_build import quiet_environment
from reenact.video.tools import ffmpeg_path, tool_path


def ffmpeg(*arguments: str | Path, stdin: bytes | None = None) -> bytes:
    """What ffmpeg writes to its standard output; its messages are in the error where it fails."""
    command = [ffmpeg_path(), "-v", "error", "-y", *map(str, arguments)]
    # Without input of its own it would read the terminal, and stop where the tests run in the background.
    given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    done = subprocess.run(command, **given, capture_output=True, env=quiet_environment(), check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ffprobe(path: Path, *entries: str) -> dict:
    """ffprobe's JSON of a file's streams and container."""
    command = [tool_path("ffprobe"), "-v", "error", "-of", "json", "-show_streams", "-show_format", *entries, str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
