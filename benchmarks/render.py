"""Speed and quality of the rendered corpus: ``python -m benchmarks.render [--quality]`` prints one JSON line.

The speed is that of drawing and H.264 encoding with one worker and the default parameters. ``cpu_ms_per_frame`` is processor time,
encoder included, and so hardly depends on other load on the machine. ``figure_cpu_s`` is spent once per subject.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import dlib
import numpy as np

from benchmarks.command import errors_as_text, positive
from reenact.config.data import SyntheticParams
from reenact.faces.model_files import embedding_model_path, landmark_model_path
from reenact.synthetic.clip import Take, draw_take, subject_figure
from reenact.synthetic.figure import Figure
from reenact.synthetic.renderer import Renderer
from reenact.training.device import processor_flags
from reenact.video.encode import VideoWriter

SEED = 1
GROUPS = {"jaw": slice(0, 17), "brows": slice(17, 27), "nose": slice(27, 36), "eyes": slice(36, 48), "lips": slice(48, 68)}


def cpu_seconds() -> float:
    """Processor time of this process and of its ended children, among them the encoder."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def draw(renderer: Renderer, figure: Figure, take: Take, frame: int) -> np.ndarray:
    """One frame of a take."""
    return renderer.draw(figure, take.texture, take.scene, take.blendshapes[frame], take.rotation[frame], take.camera.frame(frame))


def speed(params: SyntheticParams, clips: int) -> dict:
    """Frames per second and processor time; a first clip, during which code is compiled, does not count."""
    renderer = Renderer(params.image_size, params.supersampling)
    figure_cpu, spent, passed, frames = 0.0, 0.0, 0.0, 0
    for clip in range(clips + 1):
        start = cpu_seconds()
        figure = subject_figure(SEED, f"syn{clip + 1:05d}")
        figure_cpu += (cpu_seconds() - start) * (clip > 0)
        with tempfile.TemporaryDirectory() as folder:
            start, wall = cpu_seconds(), time.perf_counter()
            take = draw_take(figure, SEED, f"syn{clip + 1:05d}", "take0001", params)
            with VideoWriter(Path(folder) / "clip.mp4", (params.image_size, params.image_size), crf=params.crf) as video:
                for frame in range(params.frames_per_clip):
                    video.write(draw(renderer, figure, take, frame))
            if clip > 0:
                spent, passed, frames = spent + cpu_seconds() - start, passed + time.perf_counter() - wall, frames + params.frames_per_clip
    return {
        "frames_per_second": round(frames / passed, 1),
        "cpu_ms_per_frame": round(1000 * spent / frames, 1),
        "figure_cpu_s": round(figure_cpu / clips, 2),
        "frames": frames,
    }


def quality(params: SyntheticParams, subjects: int, stride: int) -> dict:
    """What dlib makes of the frames: faces found, its landmarks against the mesh's, and how well its descriptor tells subjects apart."""
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(landmark_model_path()))
    describer = dlib.face_recognition_model_v1(str(embedding_model_path()))
    renderer = Renderer(params.image_size, params.supersampling)
    found, errors, descriptors, owners = [], [], [], []
    for number in range(1, subjects + 1):
        subject = f"syn{number:05d}"
        figure = subject_figure(SEED, subject)
        for clip in range(2):
            take = draw_take(figure, SEED, subject, f"take{clip + 1:04d}", params)
            truth = figure.model.landmarks(figure.shape, take.blendshapes, take.rotation, take.camera)
            for frame in range(0, params.frames_per_clip, stride):
                picture = draw(renderer, figure, take, frame)
                boxes = detector(picture, 0)
                found.append(len(boxes) == 1)
                if not boxes:
                    continue
                shape = predictor(picture, max(boxes, key=dlib.rectangle.area))
                seen = np.array([(point.x, point.y) for point in shape.parts()])
                errors.append(np.linalg.norm(seen - truth[frame], axis=1) / np.linalg.norm(truth[frame, 36] - truth[frame, 45]))
                descriptors.append(np.array(describer.compute_face_descriptor(picture, shape)))
                owners.append((number, clip))
    return {
        "frames": len(found),
        "found_share": round(float(np.mean(found)), 4),
        "landmark_error": {
            name: round(float(np.mean(np.array(errors)[:, part])), 4) for name, part in (("all", slice(None)), *GROUPS.items())
        },
        **separation(np.array(descriptors), np.array(owners)),
    }


def separation(descriptors: np.ndarray, owners: np.ndarray) -> dict:
    """Mean distances of descriptors (N, 128) between clips. owners (N, 2): subject and clip.

    auc: the share of cases in which a pair of the same subject is nearer than a pair of two.
    """
    distance = np.linalg.norm(descriptors[:, None] - descriptors[None], axis=-1)
    pairs = np.triu(np.ones(distance.shape, bool), 1)
    same_subject = owners[:, None, 0] == owners[None, :, 0]
    same_clip = same_subject & (owners[:, None, 1] == owners[None, :, 1])
    same, other = np.sort(distance[pairs & same_subject & ~same_clip]), np.sort(distance[pairs & ~same_subject])
    return {
        "same_subject_other_clip": round(float(same.mean()), 3),
        "other_subject": round(float(other.mean()), 3),
        "auc": round(float(1 - np.searchsorted(other, same).mean() / len(other)), 4),
    }


@errors_as_text
def main() -> None:
    """Parse the arguments and print the line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quality", action="store_true", help="measure the quality with dlib, instead of the speed")
    parser.add_argument("--subjects", type=positive(int), default=24, help="subjects of --quality, two clips each")
    parser.add_argument("--stride", type=positive(int), default=5, help="every n-th frame for --quality")
    parser.add_argument("--clips", type=positive(int), default=4, help="clips that the speed is measured on")
    arguments = parser.parse_args()
    result = (
        quality(SyntheticParams(), arguments.subjects, arguments.stride) if arguments.quality else speed(SyntheticParams(), arguments.clips)
    )
    print(
        json.dumps(
            {
                "benchmark": "render",
                **result,
                "processor": sorted(flag for flag in processor_flags() if flag.startswith(("avx2", "avx512", "amx"))),
            }
        )
    )


if __name__ == "__main__":
    main()
