"""How well and how fast the face model is fitted: ``python -m benchmarks.fit [--json]`` prints tables, or the same as one JSON line.

The people are drawn from the head model and unknown to the fit: two clips each, heads turned by up to 40 degrees. The model is fitted to
the mesh's own 68 landmarks and to dlib's in the rendered frames, frame by frame (`fit`) and with one identity per clip (`fit_clip`).
Speed is given as processor time, which hardly depends on other load on the machine, and as frames per second of wall time of two processes
at once, which does. ``--photos FOLDER`` fits the largest face in each picture of a folder instead. No truth is known there, so it prints
residuals, angles and the strongest blendshapes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.command import errors_as_text, positive
from benchmarks.render import GROUPS, draw
from reenact.config.data import SyntheticParams
from reenact.face3d.facemodel import FaceModel, face_model
from reenact.face3d.fit import Fit, fit, fit_clip
from reenact.face3d.headmodel import BLENDSHAPES
from reenact.faces.detector import detect
from reenact.faces.landmarks import predict
from reenact.faces.picture_faces import faces_in
from reenact.images import read_picture
from reenact.synthetic.clip import draw_take, subject_figure
from reenact.synthetic.renderer import Renderer
from reenact.training.device import processor_flags

SEED = 7
CLIPS = 2
PARAMS = SyntheticParams(yaw_degrees=40)
BANDS = ((0, 10), (10, 20), (20, 30), (30, 40.1))
SHOWN = 0.08  # outer-eye distances: landmarks show a blendshape if its full strength moves one of them by more than this
NAMED = ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "browInnerUp", "mouthPucker", "mouthFunnel")
LONG_CLIP = 1000


@dataclass(frozen=True)
class Truth:
    """Frames with what is known of them.

    shapes (P, 68, 3) the people's neutral landmarks; subject, clip (F,) int; blendshapes (F, 51); rotation (F, 3) radians;
    mesh, dlib (F, 68, 2) landmarks in pixels.
    """

    shapes: np.ndarray
    subject: np.ndarray
    clip: np.ndarray
    blendshapes: np.ndarray
    rotation: np.ndarray
    mesh: np.ndarray
    dlib: np.ndarray


def render(subjects: int, stride: int) -> Truth:
    """Render every `stride`-th frame of the clips of some people; frames in which dlib finds no face are left out."""
    renderer = Renderer(PARAMS.image_size, PARAMS.supersampling)
    shapes, rows = [], []
    for number in range(subjects):
        name = f"fit{number:05d}"
        figure = subject_figure(SEED, name)
        shapes.append(figure.model.table.fixed @ figure.shape[figure.model.table.vertices])
        for clip in range(CLIPS):
            take = draw_take(figure, SEED, name, f"take{clip + 1:04d}", PARAMS)
            mesh = figure.model.landmarks(figure.shape, take.blendshapes, take.rotation, take.camera)
            for frame in range(0, PARAMS.frames_per_clip, stride):
                picture = draw(renderer, figure, take, frame)
                if faces := detect(picture):
                    found = predict(picture, faces[0].box)
                    rows.append((number, CLIPS * number + clip, take.blendshapes[frame], take.rotation[frame], mesh[frame], found))
    return Truth(np.stack(shapes), *(np.array(column) for column in zip(*rows, strict=True)))


def fit_clips(model: FaceModel, landmarks: np.ndarray, clip: np.ndarray) -> Fit:
    """`fit_clip` of each clip, joined into one fit whose `person` is the clip."""
    fits = [fit_clip(model, landmarks[clip == number], PARAMS.image_size) for number in np.unique(clip)]
    parts = {name: np.concatenate([getattr(each, name) for each in fits]) for name in vars(fits[0]) if name != "person"}
    return Fit(person=clip, **parts)


def scaled(shapes: np.ndarray) -> np.ndarray:
    """Landmarks (N, 68, 3) of neutral shapes, from the mean of those inside the face, in outer-eye distances."""
    centred = shapes - shapes[:, 17:].mean(1, keepdims=True)
    return centred / np.linalg.norm(shapes[:, 36] - shapes[:, 45], axis=-1)[:, None, None]


def neutral(model: FaceModel, identity: np.ndarray) -> np.ndarray:
    """Neutral landmarks (N, 68, 3) of people with coefficients (N, K)."""
    return model.landmark_mean[:68] + np.tensordot(identity, model.landmark_identity[:, :68], 1)


def shown_blendshapes(model: FaceModel) -> np.ndarray:
    """(51,) bool: which blendshapes landmarks can show."""
    length = np.linalg.norm(model.landmark_mean[36] - model.landmark_mean[45])
    return np.linalg.norm(model.landmark_blendshapes[:, :68], axis=-1).max(1) > SHOWN * length


def errors(model: FaceModel, truth: Truth, found: Fit, frames: np.ndarray) -> dict:
    """Mean errors of some frames (F,) bool: degrees, blendshapes, outer-eye distances."""
    turn = np.degrees(np.abs(found.rotation - truth.rotation))[frames].mean(0)
    blendshapes = (found.blendshapes - truth.blendshapes)[frames]
    shapes = scaled(neutral(model, found.identity[found.person[frames]])) - scaled(truth.shapes[truth.subject[frames]])
    return {
        "frames": int(frames.sum()),
        **dict(zip(("yaw", "pitch", "roll"), turn.round(2).tolist(), strict=True)),
        "blendshapes": round(float(np.abs(blendshapes).mean()), 4),
        "blendshapes shown": round(float(np.abs(blendshapes[:, shown_blendshapes(model)]).mean()), 4),
        "blendshapes L2": round(float(np.linalg.norm(blendshapes, axis=1).mean()), 3),
        "identity": round(float(np.linalg.norm(shapes, axis=-1).mean()), 4),
        "residual": round(float(found.residual[frames].mean()), 4),
    }


def landmark_errors(truth: Truth) -> dict:
    """How dlib's landmarks differ from the mesh's, by group, in outer-eye distances of the frontal face and axes that roll with the head.

    mean: mean distance. offset: distance of the mean position over all frames. noise: standard deviation of one coordinate about that
    mean. shared: the share of its variance that is the same in all frames of a person.
    """
    eyes = np.linalg.norm(truth.mesh[:, 36] - truth.mesh[:, 45], axis=-1) / np.cos(truth.rotation[:, 0])
    cosine, sine = np.cos(truth.rotation[:, 2]), np.sin(truth.rotation[:, 2])
    upright = np.stack([np.stack([cosine, sine], -1), np.stack([-sine, cosine], -1)], -1)  # rows: picture's axes, columns: head's
    error = (truth.dlib - truth.mesh) / eyes[:, None, None] @ upright
    offset = error.mean(0)
    of_people = np.stack([error[truth.subject == person].mean(0) for person in np.unique(truth.subject)]) - offset
    return {
        name: {
            "mean": round(float(np.linalg.norm(error[:, part], axis=-1).mean()), 4),
            "offset": round(float(np.linalg.norm(offset[part], axis=-1).mean()), 4),
            "noise": round(float((error - offset)[:, part].std()), 4),
            "shared": round(float(of_people[:, part].var() / (error - offset)[:, part].var()), 2),
        }
        for name, part in GROUPS.items()
    }


def without_fit(model: FaceModel, truth: Truth) -> dict:
    """The errors of the mean face at rest, to compare with."""
    shapes = scaled(model.landmark_mean[None, :68]) - scaled(truth.shapes[truth.subject])
    return {
        "blendshapes": round(float(np.abs(truth.blendshapes).mean()), 4),
        "blendshapes shown": round(float(np.abs(truth.blendshapes[:, shown_blendshapes(model)]).mean()), 4),
        "blendshapes L2": round(float(np.linalg.norm(truth.blendshapes, axis=1).mean()), 3),
        "identity": round(float(np.linalg.norm(shapes, axis=-1).mean()), 4),
    }


def retrieval(found: Fit) -> float:
    """Share of clips whose nearest other clip, by identity coefficients, is the same person's."""
    distance = np.linalg.norm(found.identity[:, None] - found.identity[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    return float((distance.argmin(1) // CLIPS == np.arange(len(distance)) // CLIPS).mean())


def correlations(truth: Truth, found: Fit) -> dict:
    """Correlation of some blendshapes with the truth, over all frames; 0 if the fit never finds the blendshape."""
    columns = {name: (found.blendshapes[:, BLENDSHAPES.index(name)], truth.blendshapes[:, BLENDSHAPES.index(name)]) for name in NAMED}
    return {name: round(float(np.corrcoef(a, b)[0, 1]), 2) if np.ptp(a) > 0 else 0.0 for name, (a, b) in columns.items()}


def accuracy(model: FaceModel, truth: Truth) -> dict:
    """Errors by landmarks and way of fitting, in all and by yaw."""
    yaw = np.degrees(np.abs(truth.rotation[:, 0]))
    result: dict = {"mean face at rest": without_fit(model, truth)}
    for name in ("mesh", "dlib"):
        landmarks = getattr(truth, name)
        for way, found in (("view", fit(model, landmarks, PARAMS.image_size)), ("clip", fit_clips(model, landmarks, truth.clip))):
            by_yaw = {f"{low:.0f}-{high:.0f}": errors(model, truth, found, (yaw >= low) & (yaw < high)) for low, high in BANDS}
            result[f"{name}, {way}"] = {
                "all": errors(model, truth, found, np.ones(len(yaw), bool)),
                **by_yaw,
                "correlation": correlations(truth, found),
            }
            if way == "clip":
                result[f"{name}, {way}"]["retrieval"] = round(retrieval(found), 3)
    return result


def milliseconds_a_frame(work: Callable[[np.ndarray], object], landmarks: np.ndarray) -> float:
    """Processor time per frame, milliseconds."""
    start = time.process_time()
    work(landmarks)
    return round(1000 * (time.process_time() - start) / len(landmarks), 2)


def speed(model: FaceModel, truth: Truth) -> dict:
    """Processor time per frame on dlib's landmarks, milliseconds: single views, clips of 50 frames, and one long clip."""
    views = truth.dlib
    repeated = np.resize(views[truth.clip == 0], (LONG_CLIP, 68, 2))
    return {
        "view": milliseconds_a_frame(lambda each: fit(model, each, PARAMS.image_size), views),
        "clip of 50": milliseconds_a_frame(lambda each: fit_clip(model, each, PARAMS.image_size), repeated[:50]),
        f"clip of {LONG_CLIP}": milliseconds_a_frame(lambda each: fit_clip(model, each, PARAMS.image_size), repeated),
    }


def frames_a_second(truth: Truth) -> dict:
    """Frames per second of wall time of two processes that fit the same frames at once: single views, and one long clip."""
    repeated = np.resize(truth.dlib[truth.clip == 0], (LONG_CLIP, 68, 2))
    rates = {}
    with get_context("spawn").Pool(2) as pool:
        for name, way, landmarks in (("view", fit, truth.dlib), (f"clip of {LONG_CLIP}", fit_clip, repeated)):
            spans = pool.starmap(fitted_between, [(way, landmarks)] * 2, chunksize=1)
            begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
            rates[name] = round(2 * len(landmarks) / (end - begin))
    return rates


def fitted_between(way: Callable, landmarks: np.ndarray) -> tuple[float, float]:
    """Begin and end of a fit on the machine's clock, seconds; the model is loaded before."""
    model = face_model("anny")
    way(model, landmarks[:4], PARAMS.image_size)
    begin = time.monotonic()
    way(model, landmarks, PARAMS.image_size)
    return begin, time.monotonic()


def table(result: dict) -> str:
    """The accuracy as Markdown, a row for each landmarks, way and yaw."""
    columns = ["frames", "yaw", "pitch", "roll", "blendshapes", "blendshapes shown", "blendshapes L2", "identity", "residual"]
    lines = ["| landmarks, way | yaw | " + " | ".join(columns) + " |", "| --- " * (len(columns) + 2) + "|"]
    for name, bands in result.items():
        rows = {"all": bands} if name == "mean face at rest" else bands
        lines += [
            f"| {name} | {band} | " + " | ".join(str(row.get(column, "")) for column in columns) + " |"
            for band, row in rows.items()
            if isinstance(row, dict) and band != "correlation"
        ]
    return "\n".join(lines)


def photographs(model: FaceModel, folder: Path) -> dict:
    """Residual, angles (mean and standard deviation, degrees) and strongest mean blendshapes of single fits to all pictures of a folder."""
    faces = [faces_in(read_picture(path)) for path in sorted(folder.iterdir()) if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    landmarks = np.stack([max(found, key=lambda face: face.area).landmarks for found in faces if found])
    found = fit(model, landmarks, PARAMS.image_size)
    turn, blendshapes = np.degrees(found.rotation), found.blendshapes.mean(0)
    return {
        "pictures": len(faces),
        "with a face": len(landmarks),
        "residual": {"mean": round(float(found.residual.mean()), 4), "largest": round(float(found.residual.max()), 4)},
        "rotation": {
            name: {"mean": round(float(turn[:, axis].mean()), 1), "deviation": round(float(turn[:, axis].std()), 1)}
            for axis, name in enumerate(("yaw", "pitch", "roll"))
        },
        "strongest blendshapes": {BLENDSHAPES[index]: round(float(blendshapes[index]), 3) for index in np.argsort(-blendshapes)[:5]},
    }


@errors_as_text
def main() -> None:
    """Parse the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=positive(int), default=24)
    parser.add_argument("--stride", type=positive(int), default=4, help="every n-th frame of a clip")
    parser.add_argument("--json", action="store_true", help="one JSON line instead of tables")
    parser.add_argument("--photos", type=Path, help="fit the pictures in this folder, and nothing else")
    options = parser.parse_args()
    if options.photos:
        print(json.dumps({"benchmark": "fit, photographs", **photographs(face_model("anny"), options.photos)}))
        return
    model, truth = face_model("anny"), render(options.subjects, options.stride)
    result = {"accuracy": accuracy(model, truth), "landmarks": landmark_errors(truth), "cpu_ms_per_frame": speed(model, truth)}
    result["frames_per_second_of_two_processes"] = frames_a_second(truth)
    result["processor"] = sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx")))
    if options.json:
        print(json.dumps({"benchmark": "fit", **result}))
        return
    print(table(result["accuracy"]))
    for name, bands in result["accuracy"].items():
        print(*(f"{name} {key}: {bands[key]}" for key in ("correlation", "retrieval") if key in bands), sep="\n")
    print(*(f"dlib's {name} against the mesh's: {values}" for name, values in result["landmarks"].items()), sep="\n")
    print("blendshapes shown:", ", ".join(np.array(BLENDSHAPES)[shown_blendshapes(model)]))
    print("processor ms a frame:", result["cpu_ms_per_frame"], *result["processor"])
    print("frames a second of two processes:", result["frames_per_second_of_two_processes"])


if __name__ == "__main__":
    main()
