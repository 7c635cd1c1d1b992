"""A small finished workspace: made-up shards, and networks that were never trained. Its figures mean nothing, its files are whole."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from pydantic import BaseModel
from torch import nn

from reenact import jpeg
from reenact.clips import Clip
from reenact.config.data import ShardsParams, TestSetsParams
from reenact.config.networks import DenseParams, FDGANParams, LDNetParams, WarpParams
from reenact.config.schema import EvaluateParams, Params
from reenact.evaluation.predict import predict
from reenact.evaluation.score import score
from reenact.face3d.facemodel import face_model
from reenact.face3d.headmodel import Camera, head_model
from reenact.faces.crop_settings import KEY, CropSettings
from reenact.faces.landmark_image import draw
from reenact.files import atomic_path, sha256_file, write_json
from reenact.generators.fdgan.model import FDGAN
from reenact.generators.registry import GENERATORS
from reenact.ldnet.model import NETWORK as LDNET_NETWORK
from reenact.ldnet.model import LDNet
from reenact.pixels import to_images
from reenact.rendered import rendered
from reenact.report.build import build_report
from reenact.seeding import generator
from reenact.shards.frames import FrameStore
from reenact.shards.ledger import ClipAccount, ledger
from reenact.shards.writer import ShardWriter
from reenact.synthetic.motion import draw_motion
from reenact.synthetic.truth import FRAMES_SCHEMA, frames_table, with_encoder
from reenact.testsets.crosstest import build_crosstest
from reenact.testsets.frozen_list import shard_hashes
from reenact.testsets.lmtest import write_lmtest
from reenact.testsets.lmtest_build import cross
from reenact.testsets.selftest import build_selftest
from reenact.testsets.sources import Identities, Performance
from reenact.training.curves import Curves
from reenact.training.export import export
from reenact.video.ffmpeg_build import FfmpegBuild
from reenact.workspace import LDNET, METRICS, PREDICTIONS, READINGS, TESTSETS, TRUTH, Workspace

SIZE = 96
CLIP_FRAMES = 7
SUBJECTS = {"train": 3, "test": 3}
ENCODER = FfmpegBuild("/somewhere/bin/ffmpeg", "the one on PATH", "6.1-made-up", "0123456789ab")

PARAMS = Params(
    data_seed=5,
    training_seed=6,
    shards=ShardsParams(train_shards=1, test_shards=1),
    testsets=TestSetsParams(lmtest_subjects=4, lmtest_frames=12, self_subjects=2, self_frames=3, cross_pairs=2, cross_frames=3),
    ldnet=LDNetParams(hidden_layers=1, hidden_units=32),
    dense=DenseParams(enabled=False),
    warp=WarpParams(enabled=False),
    fdgan=FDGANParams(image_size=64, widths=(4, 8, 8, 16), rows=(8, 8, 4, 4), tag_length=4, precision="float32"),
    evaluate=EvaluateParams(lmtest_pairs=500, batch_size=3),
)


@cache
def finished_workspace(folder: Path) -> Workspace:
    """A finished workspace with its report in a folder below the one given, made once per session; tests do not write into it."""
    workspace = Workspace(folder / "finished")
    for split in SUBJECTS:
        make_shard(workspace, split)
    make_truth(workspace.path(TRUTH, "frames.parquet"))
    make_testsets(workspace)
    make_networks(workspace)
    predict(PARAMS, **predict_places(workspace), device=torch.device("cpu"))
    score(PARAMS, **score_places(workspace))
    build_report(PARAMS, workspace)
    return workspace


def predict_places(workspace: Workspace) -> dict:
    """The paths that `predict` reads and writes."""
    return {
        "shards": workspace.shards(PARAMS, "test"), "testsets": workspace.path(TESTSETS), "ldnet_dir": workspace.path(LDNET),
        "generator_dirs": {name: workspace.path(entry.folder) for name, entry in GENERATORS.items()},
        "out_dir": workspace.path(PREDICTIONS),
    }  # fmt: skip


def score_places(workspace: Workspace) -> dict:
    """The paths that `score` reads and writes."""
    return {
        "root": workspace.root, "shards": workspace.shards(PARAMS, "test"), "testsets": workspace.path(TESTSETS),
        "truth": workspace.path(TRUTH, "frames.parquet"), "ldnet_dir": workspace.path(LDNET),
        "predictions": workspace.path(PREDICTIONS), "out_dir": workspace.path(METRICS), "kept": workspace.path(READINGS),
    }  # fmt: skip


def make_shard(workspace: Workspace, split: str) -> None:
    """One shard of a split with its ledger: one clip per subject with every second frame kept, and a clip without a face."""
    path = workspace.shards(PARAMS, split)[0]
    accounts = []
    with ShardWriter(path, {}, row_group_rows=100) as writer:
        for number in range(SUBJECTS[split]):
            name = {"subject": f"{split}{number}", "video": "v", "clip": "00001"}
            _, _, landmarks = true_frames(name["subject"])
            for frame in range(0, 2 * CLIP_FRAMES, 2):
                points = landmarks[frame]
                writer.write(
                    {**name, "frame": frame, "time": frame / 25, "image": picture(number, points), "landmarks": points.ravel(),
                     "crop_box": [0.0, 0.0, 1.0, 1.0], "score": 1.0, "flags": 1}
                )  # fmt: skip
            writer.end_clip()
            accounts.append(
                ClipAccount(
                    **name, parts={name["clip"]: CLIP_FRAMES}, left_out=Counter({"stride": CLIP_FRAMES}), notes=Counter({"upscaled": 2})
                )
            )
    accounts.append(ClipAccount(f"{split}9", "v", "00001", left_out=Counter({"no face": 5}), problem="no face"))
    write_json(workspace.ledgers(PARAMS, split)[0], ledger(f"{split}-00000", sha256_file(path), accounts))


def make_truth(path: Path) -> None:
    """The truth of both shards' clips, in pixels of videos of twice the size."""
    with atomic_path(path) as part, pq.ParquetWriter(part, with_encoder(FRAMES_SCHEMA.empty_table(), ENCODER).schema) as writer:
        for split, count in SUBJECTS.items():
            for number in range(count):
                clip = Clip(f"{split}{number}", "v", "00001", split, path)
                blendshapes, rotation, landmarks = true_frames(clip.subject)
                writer.write_table(frames_table(clip, 2 * landmarks + 0.5, blendshapes, rotation))


def true_frames(subject: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A subject's blendshapes, rotation and landmarks (pixels of the stored pictures), for twice as many frames as are kept."""
    blendshapes, rotation = draw_motion(generator(PARAMS.data_seed, "motion", subject), 2 * CLIP_FRAMES, PARAMS.corpus.synthetic)
    return blendshapes, rotation, head_model().landmarks(true_shape(subject), blendshapes, rotation, Camera(SIZE, 0.8))


def true_shape(subject: str) -> np.ndarray:
    """A subject's neutral vertices, as the rendered corpus draws them."""
    return head_model().identity(rendered(PARAMS.data_seed, "identity", subject))


def picture(number: int, landmarks: np.ndarray) -> bytes:
    """A JPEG with the face's lines on a smooth background of the subject's own."""
    coarse = np.random.default_rng(number).integers(0, 200, (4, 4, 3), dtype=np.uint8)
    ground = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    lines = to_images(draw(landmarks[None], SIZE))[0]
    return jpeg.encode(np.maximum(ground, lines), 95)


def make_testsets(workspace: Workspace) -> None:
    """The three test sets, SelfTest and CrossTest of the made-up test shard."""
    store = FrameStore(workspace.shards(PARAMS, "test"))
    hashes = shard_hashes(workspace.ledgers(PARAMS, "test"))
    write_lmtest(workspace.path(TESTSETS, "lmtest.parquet"), lmtest_table())
    write_json(workspace.path(TESTSETS, "selftest.json"), build_selftest(PARAMS, store, hashes))
    write_json(workspace.path(TESTSETS, "crosstest.json"), build_crosstest(PARAMS, store, hashes))


def lmtest_table() -> pa.Table:
    """LMTest of random people and motion, without a fit."""
    model, asked = face_model("anny"), PARAMS.testsets
    shapes = model.shapes(np.random.default_rng(3).normal(size=(asked.lmtest_subjects, len(model.identity))))
    blendshapes, rotation = draw_motion(np.random.default_rng(7), asked.lmtest_frames, PARAMS.corpus.synthetic)
    identities = Identities("random people", [f"p{number}" for number in range(len(shapes))], shapes, {}, 0.0)
    performance = Performance("random motion", blendshapes, rotation, {}, 0.0)
    return cross(model, identities, performance, PARAMS.data_seed, {"subjects": asked.lmtest_subjects, "frames": asked.lmtest_frames})


def make_networks(workspace: Workspace) -> None:
    """Exports of networks as they are before training."""
    torch.manual_seed(0)
    make_network(workspace.path(LDNET), LDNET_NETWORK, LDNet(PARAMS.ldnet), PARAMS.ldnet, "phase1/reconstruction", "phase2/content")
    folder = workspace.path(GENERATORS["fdgan"].folder)
    make_network(folder, "FDGAN", FDGAN(PARAMS.fdgan), PARAMS.fdgan, "reconstruction", "fooling")


def make_network(folder: Path, network: str, module: nn.Module, section: BaseModel, *losses: str) -> None:
    """An export with made-up curves."""
    curves = Curves()
    for step in range(1, 6):
        curves.add(step, {name: torch.tensor(1.0 / step + place) for place, name in enumerate(losses)})
        curves.point(step)
    export(
        folder, module, network=network, section=section.model_dump(mode="json"), seed=PARAMS.training_seed, made_from={"shard": "0" * 64},
        iterations={"phase1": 5}, curves=curves, extra={KEY: CropSettings.of(PARAMS.shards).model_dump()},
    )  # fmt: skip
