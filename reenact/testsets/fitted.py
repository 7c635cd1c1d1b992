"""LMTest's identities and performance from photographs and a video, by fitting a 3D face model (paper, Section 4)."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reenact.config.schema import Params
from reenact.errors import ReenactError
from reenact.face3d.facemodel import FaceModel
from reenact.face3d.fit import fit, fit_clip
from reenact.faces.picture_faces import faces_of, search, why_none
from reenact.faces.track import FaceTracker
from reenact.images import read_picture
from reenact.progress import progress
from reenact.seeding import generator
from reenact.testsets.lmtest import FRAME_SIZE
from reenact.testsets.sources import Identities, Performance
from reenact.video.decode import numbered_frames

log = logging.getLogger(__name__)

FEWEST = 2
UNREADABLE = "not a picture"


def fitted_identities(model: FaceModel, pictures: Sequence[Path], source: str, params: Params) -> Identities:
    """Neutral shapes of the largest faces in `params.testsets.lmtest_subjects` pictures, drawn by seed; where there are fewer, in all.

    Pictures without a face, or that cannot be read, are counted under `left_out` and others drawn in their place. What the fit takes for
    expression is dropped. ReenactError: fewer than two faces.
    """
    order = generator(params.data_seed, "lmtest", "pictures").permutation(len(pictures))
    found: dict[str, np.ndarray] = {}
    left_out: Counter[str] = Counter()
    with progress(total=min(params.testsets.lmtest_subjects, len(pictures)), what="LMTest, identities", unit="picture") as bar:
        for place in order:
            if len(found) == params.testsets.lmtest_subjects:
                break
            seen = _landmarks_of(pictures[place])
            if isinstance(seen, str):
                left_out[seen] += 1
            else:
                found[pictures[place].name] = seen
                bar.update()
    if len(found) < FEWEST:
        raise ReenactError(
            f"testsets.portraits: LMTest needs at least {FEWEST} pictures with a face; of {len(pictures)} in {source}, {_words(left_out)}"
        )
    names = sorted(found)
    fitted = fit(model, np.stack([found[name] for name in names]), FRAME_SIZE)
    return Identities(source, names, model.shapes(fitted.identity), dict(sorted(left_out.items())), float(fitted.residual.mean()))


def fitted_performance(model: FaceModel, video: Path, source: str, params: Params) -> Performance:
    """Blendshapes and head rotation of the first `params.testsets.lmtest_frames` frames, at 25 frames/s, in which the face is seen.

    Frames between them that do not show it are counted under `left_out`. ReenactError: fewer than two frames with a face, or no readable
    video.
    """
    config = params.shards
    left_out: Counter[str] = Counter()
    landmarks: list[np.ndarray] = []
    tracker = FaceTracker(config.detect_every, config.detector_upsampling)
    with progress(total=params.testsets.lmtest_frames, what="LMTest, performance", unit="frame") as bar:
        for seen in tracker.follow(numbered_frames(video)):
            if seen.landmarks is None:
                left_out[str(seen.reason)] += 1
            else:
                landmarks.append(seen.landmarks)
                bar.update()
            if len(landmarks) == params.testsets.lmtest_frames:
                break
    if len(landmarks) < FEWEST:
        raise ReenactError(f"testsets.performer: LMTest needs at least {FEWEST} frames with a face; in {video}, {_words(left_out)}")
    fitted = fit_clip(model, np.stack(landmarks), FRAME_SIZE)
    return Performance(source, fitted.blendshapes, fitted.rotation, dict(sorted(left_out.items())), float(fitted.residual.mean()))


def _landmarks_of(path: Path) -> np.ndarray | str:
    """The landmarks of the largest face in a file, or the reason why there are none."""
    try:
        picture = read_picture(path)
    except ReenactError as error:
        log.warning("%s", error)
        return UNREADABLE
    detections = search(picture)
    faces = faces_of(picture, detections)
    return max(faces, key=lambda face: face.area).landmarks if faces else why_none(detections)


def _words(left_out: Counter[str]) -> str:
    return ", ".join(f"{count} left out ({reason})" for reason, count in sorted(left_out.items())) or "there is nothing"
