"""dlib's habits on rendered people, beside those that landmark-only people have; prints one JSON line.

    python -m benchmarks.habits [--people 24] [--frames 12]

People whose names no corpus has are drawn in pairs of frames that follow each other at 25 frames/s, each pair in a take of its own, yaw up
to 40 degrees and pitch up to 25. A face is followed by its landmarks, as in the shards. dlib's landmarks are compared with the renderer's,
in decimetres at the face, along the picture's axes. `drawn` is what `habits.py` draws from, `dlib` the mean over people and their spread
(standard deviation). Of several points or people the mean is a root mean square of one coordinate. inside: the share of people who are
within a range that is drawn from, all points together.

- bias: a line through each point's error over the sine of yaw, by part of the face. offset: in a frontal view. slope: for a sine of yaw.
  The noise of the fit is taken off. shared: the slope that all people have in common, and the rest of the noise.
- jitter: standard deviation of what the line leaves within a person. own: of a point alone. common: of its part of the face
  (`PARTS`). left: among all frames, so what pitch and expression move is in it. from_frame_to_frame: by the two frames of a pair alone, so
  what is the same in both is not.
- jaw: slide and slip (points along the outline for a sine of yaw and of pitch) with which `Habit.points` comes nearest to the jaw's points
  that dlib found, after the mean offset of each. The jaw's bias and jitter are of what is left then.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from benchmarks.command import errors_as_text, positive
from benchmarks.render import draw
from reenact.config.data import SyntheticParams
from reenact.errors import ReenactError
from reenact.face3d.facemodel.model import turned
from reenact.face3d.headmodel import Camera
from reenact.face3d.headmodel.mesh_landmarks import LandmarkTable
from reenact.face3d.headmodel.pose import VIEW_SIDE
from reenact.faces.detector import detect
from reenact.faces.landmarks import followed_box, predict
from reenact.faces.layout68 import JAW_POINTS, POINTS
from reenact.synthetic.clip import Take, draw_take, subject_figure
from reenact.synthetic.figure import Figure
from reenact.synthetic.landmark_people.habits import JITTER, PARTS, SLIDES, SLIP, YAW_BIAS, Habit
from reenact.synthetic.renderer import Renderer

SEED = 1
PARAMS = SyntheticParams(yaw_degrees=40, pitch_degrees=25)
STRAIGHT = Camera(PARAMS.image_size)
FRAME = PARAMS.frames_per_clip // 2  # of a take: the first of a pair
LEAST_PAIRS = 4  # of a person: a line through three has hardly an error left
NO_BIAS = np.zeros((POINTS, 2))
GROUPS = {"jaw": [0], "brows": [1, 2], "nose": [3, 4], "eyes": [5, 6], "mouth": [7, 8]}  # of `PARTS`
SLIDE_STARTS = (0.0, 0.5, 1.0)
FARTHEST = ([-1.0, -20.0, -20.0], [3.0, 20.0, 20.0])  # bounds of slide and slip


@dataclass(frozen=True)
class Marked:
    """A person in F frames, two and two of which follow each other.

    rows (F, R, 3): of the landmark table, decimetres, before the head turns. rotation (F, 3): radians. found (F, 68, 2): landmarks as
    marked, decimetres at the face from where the camera looks, y down.
    """

    rows: np.ndarray
    rotation: np.ndarray
    found: np.ndarray


@dataclass(frozen=True)
class Measured:
    """One person's habits.

    jaw (3,): slide, slip by yaw and by pitch. slope (68, 2): decimetres. offset_square, slope_square (9,): of a coordinate, by part,
    without the fit's noise. left, flicker (2, 9): variances by part of a point's own jitter and of its part's, among all frames and within
    pairs.
    """

    jaw: np.ndarray
    slope: np.ndarray
    offset_square: np.ndarray
    slope_square: np.ndarray
    left: np.ndarray
    flicker: np.ndarray


def at_face(pixels: np.ndarray, camera: Camera) -> np.ndarray:
    """Pixels (..., 2) of a frame's camera, as decimetres at the face from where it looks."""
    return ((pixels + 0.5) / camera.size - 0.5 - [camera.shift_x, camera.shift_y]) * VIEW_SIDE / camera.scale


def marks(table: LandmarkTable, person: Marked, slide: float, slip: np.ndarray) -> np.ndarray:
    """Where somebody with this habit sees the person's landmarks: (F, 68, 2), decimetres at the face."""
    points = Habit(slide, slip, NO_BIAS, 0.0).points(table, person.rows, person.rotation)
    return at_face(STRAIGHT.project(turned(points, person.rotation))[0], STRAIGHT)


def neutral_rows(figure: Figure, take: Take, frame: int) -> np.ndarray:
    """The rows (R, 3) of the landmark table in a frame of a take, before the head turns."""
    table = figure.model.table
    return table.stacked @ figure.model.express(figure.shape, take.blendshapes[frame])[table.vertices]


def filmed(renderer: Renderer, name: str, pairs: int) -> tuple[LandmarkTable, Marked]:
    """A rendered person as dlib marks it; a pair is left out if dlib finds no face in its first frame."""
    figure = subject_figure(SEED, name)
    rows, rotation, found = [], [], []
    for number in range(pairs):
        take = draw_take(figure, SEED, name, f"take{number + 1:04d}", PARAMS)
        frames = (FRAME, FRAME + 1)
        before, after = (draw(renderer, figure, take, frame) for frame in frames)
        if faces := detect(before):
            first = predict(before, followed_box(predict(before, faces[0].box)))
            for frame, landmarks in zip(frames, (first, predict(after, followed_box(first))), strict=True):
                rows.append(neutral_rows(figure, take, frame))
                rotation.append(take.rotation[frame])
                found.append(at_face(landmarks.astype(np.float64), take.camera.frame(frame)))
    return figure.model.table, Marked(*(np.array(each) for each in (rows, rotation, found)))


def jaw_habit(table: LandmarkTable, person: Marked) -> np.ndarray:
    """Slide, slip by yaw and slip by pitch (3,): the least squares of the jaw's points, but for each one's mean offset."""

    def off(habit: np.ndarray) -> np.ndarray:
        apart = (person.found - marks(table, person, habit[0], habit[1:]))[:, :JAW_POINTS]
        return (apart - apart.mean(0)).ravel()

    fits = [least_squares(off, [slide, 0.0, 0.0], bounds=FARTHEST, diff_step=1e-3) for slide in SLIDE_STARTS]
    return min(fits, key=lambda each: each.cost).x


def by_part(values: np.ndarray) -> np.ndarray:
    """Means (9,) of values (68, 2) over the points and coordinates of each part."""
    return np.bincount(PARTS, values.mean(1)) / np.bincount(PARTS)


def own_and_common(rest: np.ndarray, freedom: int) -> np.ndarray:
    """Variances (2, 9) of a coordinate, of points alone and of their parts, from rests (N, 68, 2) that have so many degrees of freedom."""
    variances = np.empty((2, PARTS[-1] + 1))
    for part in range(len(variances[0])):
        points = rest[:, part == PARTS]
        common, count = points.mean(1), points.shape[1]
        own = ((points - common[:, None]) ** 2).sum() / (2 * freedom * (count - 1))
        variances[:, part] = own, (common**2).sum() / (2 * freedom) - own / count
    return variances


def measure(table: LandmarkTable, person: Marked) -> Measured:
    """A person's habits; of `LEAST_PAIRS` pairs at least."""
    jaw = jaw_habit(table, person)
    error = (person.found - marks(table, person, jaw[0], jaw[1:])).reshape(-1, 2, POINTS, 2)
    pairs, middle = len(error), error.mean(1)
    sines = np.sin(person.rotation[:, 0]).reshape(-1, 2).mean(1)
    turns = sines - sines.mean()
    slope = np.tensordot(turns, middle, 1) / (turns**2).sum()
    offset = middle.mean(0) - slope * sines.mean()
    rest = middle - offset - sines[:, None, None] * slope
    noise = by_part((rest**2).sum(0) / (pairs - 2))
    flicker = own_and_common((error[:, 1] - error[:, 0]) / np.sqrt(2), pairs)
    return Measured(
        jaw,
        slope,
        by_part(offset**2) - noise * (1 / pairs + sines.mean() ** 2 / (turns**2).sum()),
        by_part(slope**2) - noise / (turns**2).sum(),
        own_and_common(rest, pairs - 2) + flicker / 2,  # a pair's mean has half the variance of what differs within it
        flicker,
    )


def over_people(squares: np.ndarray) -> dict[str, float]:
    """Of squares (N,), which noise may make negative: root of their mean, and the standard deviation of their roots."""
    roots = np.sqrt(np.maximum(squares, 0))
    return {"mean": round(float(np.sqrt(max(squares.mean(), 0))), 4), "spread": round(float(roots.std()), 4)}


def by_group(squares: np.ndarray) -> dict[str, dict[str, float]]:
    """Of squares (N, 9) by part: over the face's parts by name, each point counting the same, and over all."""
    counts = np.bincount(PARTS)
    groups = {"all": list(range(len(counts))), **GROUPS}
    return {name: over_people(np.average(squares[:, parts], axis=1, weights=counts[parts])) for name, parts in groups.items()}


def inside(values: np.ndarray, limits: tuple[float, float]) -> float:
    """The share of values (N,) within limits."""
    return round(float(((values >= limits[0]) & (values <= limits[1])).mean()), 2)


def jitter_of(variances: np.ndarray) -> dict:
    """Of variances (N, 9) by part: by part of the face, and the share of people that habits have such a jitter of."""
    of_all = np.average(variances, axis=1, weights=np.bincount(PARTS))
    return {"dlib": by_group(variances), "inside": inside(np.sqrt(np.maximum(of_all, 0)), JITTER)}


def figures(people: Sequence[Measured]) -> dict:
    """By measure: what they have, and what habits are drawn from."""
    jaws = np.stack([each.jaw for each in people])
    shared = np.mean([each.slope for each in people], 0)
    slides, slip_yaw, slip_pitch = ({"mean": round(float(c.mean()), 2), "spread": round(float(c.std()), 2)} for c in jaws.T)
    left, flicker = (np.stack([getattr(each, name) for each in people], 1) for name in ("left", "flicker"))
    return {
        "bias": {
            "offset": {"dlib": by_group(np.stack([each.offset_square for each in people])), "drawn": 0.0},
            "slope": {
                "dlib": by_group(np.stack([each.slope_square for each in people])),
                "shared": {name: each["mean"] for name, each in by_group(by_part(shared**2)[None]).items()},
                "drawn": YAW_BIAS,
            },
        },
        "jitter": {
            name: {"left": jitter_of(left[k]), "from_frame_to_frame": jitter_of(flicker[k]), "drawn": JITTER}
            for k, name in enumerate(("own", "common"))
        },
        "jaw": {
            "slide": {"dlib": slides, "inside": inside(jaws[:, 0], SLIDES), "drawn": SLIDES},
            "slip_by_yaw": {"dlib": slip_yaw, "drawn": {"mean": 0.0, "spread": SLIP}},
            "slip_by_pitch": {"dlib": slip_pitch, "drawn": {"mean": 0.0, "spread": SLIP}},
        },
    }


def run(count: int, frames: int) -> dict:
    """The figures of so many rendered people, in so many frames each."""
    if frames < 2 * LEAST_PAIRS:
        raise ReenactError(f"--frames {frames} is too few; a person's habits take {2 * LEAST_PAIRS} frames at least")
    renderer = Renderer(PARAMS.image_size, PARAMS.supersampling)
    people = [filmed(renderer, f"habits{number:04d}", frames // 2) for number in range(count)]
    measured = [measure(table, person) for table, person in people if len(person.found) >= 2 * LEAST_PAIRS]
    if not measured:
        raise ReenactError("dlib found no person's face in enough frames; raise --frames or --people")
    found = sum(len(person.found) for _, person in people)
    return {"people": len(measured), "frames": found, "found_share": round(found / (count * (frames // 2) * 2), 3), **figures(measured)}


@errors_as_text
def main() -> None:
    """Parse the arguments and print the line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=positive(int), default=24)
    parser.add_argument("--frames", type=positive(int), default=12, help="of each person, 8 at least, two and two of one take")
    arguments = parser.parse_args()
    print(json.dumps({"benchmark": "habits", **run(arguments.people, arguments.frames)}))


if __name__ == "__main__":
    main()
