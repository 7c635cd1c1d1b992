"""The figures of the paper's Tables 1 to 4 as JSON values, each with its backend, its count and the paper's figure beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from reenact.evaluation import paper
from reenact.evaluation.measure import COPY_TARGET, DRIVING_FRAMES, Measured
from reenact.evaluation.predictions import DRIVER, LDNET
from reenact.ldnet.landmarks import normalise
from reenact.ldnet.model import LDNet
from reenact.metrics import disentanglement, frechet, isim, shape_error, ssim
from reenact.params import Params
from reenact.seeding import generator
from reenact.testsets.lmtest import LMTest

# Which landmarks Table 3 judges FD-GAN by: alone (the true ones) where there is a truth, else LD-Net's, as the paper's ISIM implies.
TABLE3_LANDMARKS = {"self": DRIVER, "cross": LDNET}
ENCODING_BATCH = 4096


def value(number: float, backend: str, count: int, paper_figure: float | None = None, **more: Any) -> dict[str, Any]:
    """A figure as it stands in the JSON: its value, what made it, the paper's figure (or null), and how many samples it is a mean of."""
    return {"value": number, "backend": backend, "paper": paper_figure, "n": count, **more}


def table1(params: Params, lmtest: LMTest, ldnet: LDNet) -> dict[str, Any]:
    """Distances in the space of each encoder, and of the normalised landmarks themselves, all over the same random pairs.

    {"E_I" | "E_P" | "landmarks": {"same_identity", "same_pose", "both_different", "ratio_same_identity", "ratio_same_pose"}, "about"}
    """
    points, _ = normalise(lmtest.landmarks)
    spaces = {"E_I": encode(ldnet.encode_identity, points), "E_P": encode(ldnet.encode_pose, points), "landmarks": points}
    config = params.evaluate
    table: dict[str, Any] = {}
    for name, codes in spaces.items():
        rng = generator(params.data_seed, "table1", "pairs")
        found = disentanglement.disentanglement(codes, components=config.pca_components, pairs=config.lmtest_pairs, rng=rng)
        figures = asdict(found) | {f"ratio_{kind}": ratio for kind, ratio in found.ratios.items()}
        published = _with_ratios(paper.DISTANCES[name]) if name in paper.DISTANCES else {}
        backend = f"{disentanglement.BACKEND}-{config.pca_components}"
        table[name] = {kind: value(figure, backend, config.lmtest_pairs, published.get(kind)) for kind, figure in figures.items()}
    identities, frames = lmtest.landmarks.shape[:2]
    return table | {"about": {"lmtest": lmtest.sha256, "identities": identities, "frames": frames, "origin": lmtest.origin}}


def table2(measured: dict[str, Measured], about: dict[str, Any]) -> dict[str, Any]:
    """Results from the driver's landmarks and from LD-Net's: {"self" | "cross": {"driver" | "ldnet": {"isim", "psim", "ed"}}, "about"}.

    Where the truth is known, those of cross have "landmark_error" too, and there is its floor, {"driving_frames": {"landmark_error"}}.
    """
    table: dict[str, Any] = {}
    for setting, found in measured.items():
        table[setting] = {source: _likeness(found, source, paper.LANDMARKS[setting][source]) for source in (DRIVER, LDNET)}
        for row in (DRIVER, LDNET, DRIVING_FRAMES):
            if errors := found.rows[row].landmark_error:
                table[setting].setdefault(row, {})["landmark_error"] = _mean(errors, shape_error.BACKEND, None)
    return table | {"about": about}


def table3(measured: dict[str, Measured], about: dict[str, Any]) -> dict[str, Any]:
    """FD-GAN's images: {"self" | "cross": {"fdgan" | "copy_target" | "driving_frames": {metric: value}}, "about"}.

    The last two rows are no methods but the scale to read the first by: the target image in place of every result, and the driving
    frames themselves, whose SSIM and FD would be the best there can be by definition and are left out.
    """
    table: dict[str, Any] = {}
    for setting, found in measured.items():
        source = TABLE3_LANDMARKS[setting]
        table[setting] = {
            "fdgan": _row(found, source, paper.FDGAN[setting]),
            COPY_TARGET: _row(found, COPY_TARGET, {}),
            DRIVING_FRAMES: {"isim": _isim(found, DRIVING_FRAMES, None)},
        }
    return table | {"about": about | {"landmarks": TABLE3_LANDMARKS}}


def table4(measured: dict[str, Measured], about: dict[str, Any]) -> dict[str, Any]:
    """The whole method in CrossTest: {"measured": {"fdgan_ldnet" | "copy_target": {metric: value}}, "published": {method: ...}, "about"}.

    What the paper measured, with other tools on other videos, stands apart as plain numbers: {method: {"isim", "psim", "ed", "fid"}}.
    """
    cross, published = measured["cross"], paper.METHODS["ours"]
    rows = {"fdgan_ldnet": (LDNET, published), COPY_TARGET: (COPY_TARGET, {})}
    ours = {name: _likeness(cross, row, figures) | {"fd": _distance(cross, row)} for name, (row, figures) in rows.items()}
    return {"measured": ours, "published": paper.METHODS, "about": about}


def _row(measured: Measured, row: str, published: dict[str, float]) -> dict[str, Any]:
    frames = measured.rows[row]
    figures = {"isim": _isim(measured, row, published.get("isim"))}
    if frames.ssim:
        figures["ssim"] = _mean(frames.ssim, ssim.BACKEND, published.get("ssim"))
        figures["ssim_face"] = _mean(frames.ssim_face, ssim.BACKEND, None)
    return figures | {"fd": _distance(measured, row)}


def _likeness(measured: Measured, row: str, published: dict[str, float]) -> dict[str, Any]:
    frames = measured.rows[row]
    return {
        "isim": _isim(measured, row, published.get("isim")),
        "psim": _mean(frames.psim, measured.motion_backend, published.get("psim")),
        "ed": _mean(frames.ed, measured.motion_backend, published.get("ed")),
    }


def _distance(measured: Measured, row: str) -> dict[str, Any]:
    distance = frechet.frechet(measured.embeddings(row), measured.embeddings(DRIVING_FRAMES))
    note = {"note": distance.note} if distance.note else {}
    return value(distance.value, frechet.BACKEND, distance.samples[0], None, **note)


def _isim(measured: Measured, row: str, published: float | None) -> dict[str, Any]:
    return _mean(measured.rows[row].isim, isim.BACKEND, published)


def _mean(items: Sequence[np.ndarray], backend: str, published: float | None) -> dict[str, Any]:
    known = np.concatenate(items)
    known = known[~np.isnan(known)]
    return value(float(known.mean()), backend, len(known), published)


def _with_ratios(distances: dict[str, float]) -> dict[str, float]:
    ratios = disentanglement.Distances(**distances).ratios
    return distances | {f"ratio_{kind}": round(ratio, 4) for kind, ratio in ratios.items()}


@torch.inference_mode()
def encode(encoder, points: np.ndarray) -> np.ndarray:
    """Codes (identities, frames, D) float32 of normalised landmarks (identities, frames, 136) float32."""
    flat = torch.from_numpy(points.reshape(-1, points.shape[-1]))
    codes = torch.cat([encoder(batch) for batch in flat.split(ENCODING_BATCH)])
    return codes.numpy().reshape(*points.shape[:2], -1)
