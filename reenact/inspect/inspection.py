"""`reenact inspect`: what is seen in a portrait or a video, gathered frame by frame."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

from reenact.errors import ReenactError
from reenact.faces.crop_settings import CropSettings
from reenact.faces.detector import detect
from reenact.faces.observation import MISFIT
from reenact.faces.picture_faces import faces_of, search, why_none
from reenact.files import atomic_path, require_file
from reenact.images import NoPicture, open_picture, read_picture
from reenact.inspect.findings import Finding
from reenact.progress import progress
from reenact.reenactment.driver import observe
from reenact.reenactment.portrait import portrait_box
from reenact.video.time_breaks import in_words
from reenact.video.timed_read import TimedReader, count_frames

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png")
FRAMES = 8  # at most, of a video; also the most faces of a portrait


def inspect(path: Path, out: Path, crop: CropSettings, face_model: str) -> str:
    """Draw what is seen in a portrait, or in some frames of a video, to the picture file `out`; returns a line that sums it up.

    Raises ReenactError if `path` is neither, or `out` cannot be a picture.
    """
    from reenact.inspect.drawing import sheet  # which loads the face model's geometry

    if out.suffix.lower() not in PICTURE_ENDINGS or out.is_dir():
        raise ReenactError(f"--out {out} must be a picture file that ends with .jpg or .png")
    if os.path.realpath(out) == os.path.realpath(path):  # Path.resolve fails on a link to itself
        raise ReenactError(f"--out would replace {out}, which is the input; choose another name")
    require_file(path, "name a picture or a video")
    findings, text = _portrait(path, crop) if is_still(path) else _video(path, crop)
    with atomic_path(out) as part:
        Image.fromarray(sheet(findings, face_model)).save(part)
    return text


def is_still(path: Path) -> bool:
    """Whether a file is a still picture and not a video. Of several pictures in it the first counts; an animated GIF is a video."""
    try:
        with open_picture(path) as image:
            return image.format != "GIF" or getattr(image, "n_frames", 1) == 1
    except NoPicture:
        return False


def _portrait(path: Path, crop: CropSettings) -> tuple[list[Finding], str]:
    image = read_picture(path)
    detections = search(image)
    found = faces_of(image, detections)
    if not found:
        reason = why_none(detections)
        misfit = f" ({MISFIT})" * (reason == MISFIT)
        return [Finding(image, detections, None, None, path.name, reason)], f"{path}: no face was found{misfit}"
    by_area = sorted(enumerate(found, start=1), key=lambda numbered: -numbered[1].area)[:FRAMES]
    findings = [
        Finding(image, detections, face.landmarks, portrait_box(image, face.landmarks, crop), f"{path.name}, face {number}")
        for number, face in by_area
    ]
    several = f"s, numbered from the left; the largest, number {by_area[0][0]}, is drawn first" if len(found) > 1 else ""
    return findings, f"{path}: {len(found)} face{several}"


def _video(path: Path, crop: CropSettings) -> tuple[list[Finding], str]:
    """Evenly spread frames, each as the tracker saw it when following the face from the beginning."""
    wanted = _spread(count_frames(path))
    findings, count, without_face, misfits = [], 0, 0, 0
    with TimedReader(path) as reader:
        frames = progress(reader, total=wanted[-1] + 1, what=path.name, unit="frame")
        for timed, observation, box in observe(frames, reader.rate, crop, keep_pictures=True):
            if count in wanted and observation.picture is not None:
                image = observation.picture.rgb()
                found = sorted(detect(image, crop.detector_upsampling), key=lambda each: each.box)
                second = float(timed.pts * reader.time_base)
                findings.append(Finding(image, found, observation.landmarks, box, f"{path.name}, {second:.2f} s", observation.reason))
            count += 1
            without_face += box is None
            misfits += observation.reason == MISFIT
        rate = float(reader.rate)
    text = f"{path}: {count} frames, {rate:.2f} a second, {without_face} of them without a face"
    faults = [f"damaged pictures, left out: {reader.damaged}"] * (reader.damaged > 0)
    more = "".join(f"; {words}" for words in [*in_words(reader.breaks), *faults])
    return findings, text + f" ({misfits}: {MISFIT})" * (misfits > 0) + more


def _spread(count: int) -> list[int]:
    """At most `FRAMES` of the indices of `count` frames, evenly spread, ascending."""
    return np.unique(np.linspace(0, max(count - 1, 0), FRAMES).round().astype(int)).tolist()
