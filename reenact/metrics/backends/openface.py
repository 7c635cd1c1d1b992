"""OpenFace 2: the head's pose and the action units that its program FeatureExtraction finds in a video of one face.

OpenFace's licence allows academic research alone, so no part of it comes with this package: who has it names the program.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from reenact.errors import ReenactError
from reenact.files import reading, sha256_file, written

BACKEND = "openface-2"
KEY = "evaluate.openface"
REMEDY = f"see that it is OpenFace 2's FeatureExtraction and has its models beside it, or name another in {KEY}"

ACTION_UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
ROTATION = ("pose_Rx", "pose_Ry", "pose_Rz")
INTENSITIES = tuple(f"AU{unit:02}_r" for unit in ACTION_UNITS)
NEEDED = ("frame", "success", *ROTATION, *INTENSITIES)

SMALLEST_SIDE = 256  # in pictures well below 100 pixels OpenFace finds no faces
# Generous: a slow disk takes minutes to give the models, and a slow processor seconds to search a picture without a face.
SECONDS_TO_START = 600.0
SECONDS_A_FRAME = 10.0
LAST_LINES = 4


@dataclass(frozen=True)
class OpenFaceReading:
    """What OpenFace found in F frames. A frame in which it found no face has NaN.

    rotation: (F, 3) float32, radians: pitch, yaw and roll (pose_Rx, pose_Ry, pose_Rz) of the head about the camera's axes, left-handed.
    action_units: (F, 17) float32, intensities 0 to 5, in the order of ACTION_UNITS. found: (F,) bool.
    """

    rotation: np.ndarray
    action_units: np.ndarray
    found: np.ndarray


class OpenFace:
    """Reads faces with FeatureExtraction of OpenFace 2. It can be pickled, for other processes.

    executable: the program's file, whose path is taken from the folder that is current now. ReenactError: there is none, or it may not be
    executed.
    """

    def __init__(self, executable: Path) -> None:
        self.executable = Path(os.path.abspath(executable))  # links stay: OpenFace looks for its models beside the path it is called by
        if not self.executable.is_file():
            raise ReenactError(f"{KEY}: {self.executable} is no file; name OpenFace 2's FeatureExtraction there")
        if shutil.which(self.executable) is None:
            raise self._useless("may not be executed")

    def read(self, images: np.ndarray) -> OpenFaceReading:
        """Read the frames of one video, in which OpenFace follows one face.

        images: (F, S, S, 3) uint8 RGB, one frame or more, of the same person. ReenactError: the program does not run, fails, does not end,
        or its CSV is not one of these frames.
        """
        with tempfile.TemporaryDirectory(prefix="openface-") as name:
            folder = Path(name)
            frames, out = folder / "frames", folder / "out"
            with written(folder):
                out.mkdir()
                _write_frames(images, frames)
            said = self._run(["-fdir", str(frames), "-out_dir", str(out), "-of", "faces", "-pose", "-aus"], folder, len(images))
            table = out / "faces.csv"
            if not table.is_file():
                raise self._useless(f"ended well but wrote no CSV ({said})")
            with reading(table, REMEDY):
                text = table.read_text(encoding="utf-8", errors="replace")
        return self._parse(text, len(images))

    def about(self) -> dict[str, str]:
        """What to say about a metric's backend. OpenFace does not tell its version, so the file's hash stands for it."""
        return {
            "backend": BACKEND,
            "version": f"FeatureExtraction, SHA-256 {sha256_file(self.executable, REMEDY)}",
            "weights": "OpenFace's own, as its program finds them; no hash is known",
            "input": (
                f"the frames as one video; pictures under {SMALLEST_SIDE} pixels a side are enlarged to {SMALLEST_SIDE} by cubic "
                "interpolation; OpenFace finds and follows the face itself, sets action units to 0 at the person's resting face, as it "
                "estimates that from the same frames, and averages them over 3 frames"
            ),
        }

    def _run(self, arguments: list[str], folder: Path, count: int) -> str:
        """Run the program in `folder`, where no models of others lie that it would prefer; its last lines."""
        patience = SECONDS_TO_START + SECONDS_A_FRAME * count
        # A file, not a pipe: what a killed script leaves running could hold a pipe open for ever.
        with tempfile.TemporaryFile() as printed:
            try:
                status = _status([str(self.executable), *arguments], folder, printed.fileno(), patience)
            except subprocess.TimeoutExpired:
                raise self._useless(f"did not end within {patience:.0f} s for {count} frames") from None
            except OSError as error:  # made for another processor, or damaged
                raise self._useless(f"does not run ({error.strerror or error})") from error
            printed.seek(0)
            lines = [line.strip() for line in printed.read().decode(errors="replace").splitlines() if line.strip()]
        said = "; ".join(lines[-LAST_LINES:]) or "it said nothing"
        if status != 0:
            raise self._useless(f"{_ending(status)} ({said})")
        return said

    def _parse(self, text: str, count: int) -> OpenFaceReading:
        header, *rows = [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if line.strip()] or [[]]
        if absent := [name for name in NEEDED if name not in header]:
            raise self._useless(f"wrote a CSV without the column {' and '.join(absent)}")
        if len(rows) != count:
            raise self._useless(f"wrote {len(rows)} rows for {count} frames")
        places = [header.index(name) for name in NEEDED]
        values = np.full((count, len(NEEDED) - 2), np.nan, np.float32)
        found = np.zeros(count, bool)
        for i, row in enumerate(rows):
            if len(row) < len(header):
                raise self._useless(f"wrote row {i + 1} with {len(row)} values for {len(header)} columns")
            frame, success, *cells = (row[place] for place in places)
            if self._number(frame, i, "frame") != i + 1:
                raise self._useless(f"wrote frame {frame} in row {i + 1}, so that rows and pictures do not belong together")
            found[i] = self._number(success, i, "success") == 1
            if found[i]:  # the values of other frames are left over, or no numbers
                values[i] = [self._number(cell, i, name) for cell, name in zip(cells, NEEDED[2:], strict=True)]
        return OpenFaceReading(values[:, : len(ROTATION)], values[:, len(ROTATION) :], found)

    def _number(self, cell: str, row: int, column: str) -> float:
        try:
            number = float(cell)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._useless(f"wrote {cell!r} in row {row + 1} as {column}, which is no number")
        return number

    def _useless(self, why: str) -> ReenactError:
        return ReenactError(f"{self.executable} {why}; {REMEDY}")


def _write_frames(images: np.ndarray, folder: Path) -> None:
    """Write 000001.png and on, which OpenFace takes in the order of their names."""
    folder.mkdir()
    for number, image in enumerate(images, start=1):
        if len(image) < SMALLEST_SIDE:
            image = cv2.resize(image, (SMALLEST_SIDE, SMALLEST_SIDE), interpolation=cv2.INTER_CUBIC)
        Image.fromarray(image).save(folder / f"{number:06d}.png", compress_level=1)


def _status(command: list[str], folder: Path, output: int, patience: float) -> int:
    """How a program ended that ran in `folder` and printed to the file `output`.

    TimeoutExpired: it ran for longer than `patience` seconds. After any exception it is ended, and so is all that it started.
    """
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, process_group=0)
    try:
        return process.wait(patience)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _ending(status: int) -> str:
    return f"was ended by signal {-status}, {signal.strsignal(-status)}" if status < 0 else f"ended with status {status}"
