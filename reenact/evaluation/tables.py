"""The figures of the paper's Tables 1 to 4 as JSON values, each with its backend, its count and the paper's figure beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import torch

from reenact.config.schema import Params
from reenact.evaluation import paper
from reenact.evaluation.measure import Measured
from reenact.evaluation.predictions import Method
from reenact.evaluation.readings import COPY_TARGET, DRIVING_FRAMES
from reenact.faces.normalise import normalise
from reenact.ldnet.model import LDNet
from reenact.metrics import disentanglement
from reenact.metrics.base import Metric, Reference, Value
from reenact.metrics.registry import of_table
from reenact.reenactment.transfer import DRIVER, LDNET
from reenact.seeding import generator
from reenact.testsets.lmtest import LMTest

# The landmarks of Table 3's results. SelfTest has the true ones, to judge the generator alone. CrossTest has LD-Net's, as the paper's
# ISIM implies.
TABLE3_LANDMARKS = {"self": DRIVER, "cross": LDNET}
ENCODING_BATCH = 4096
# What driving frames are measured by in Table 2: how far dlib's landmarks of them are from the truth.
LANDMARK_METRICS = (Reference.TRUE_LANDMARKS,)


def value(number: float, backend: str, count: int, paper_figure: float | None = None, **more: Any) -> dict[str, Any]:
    """A figure as it stands in the JSON. backend: what made it. count: the samples that it is a mean of. paper_figure: the paper's."""
    return {"value": number, "backend": backend, "paper": paper_figure, "n": count, **more}


def table1(params: Params, lmtest: LMTest, ldnet: LDNet) -> dict[str, Any]:
    """Distances in the space of each encoder, and of the normalised landmarks themselves, all over the same random pairs.

    {"E_I" | "E_P" | "landmarks": {"same_identity", "same_pose", "both_different", "ratio_same_identity", "ratio_same_pose"}, "about"}
    Each figure has the ends of its interval too, "low" and "high", over the same draws of identities.
    """
    points, _ = normalise(lmtest.landmarks)
    spaces = {"E_I": encode(ldnet.encode_identity, points), "E_P": encode(ldnet.encode_pose, points), "landmarks": points}
    config = params.evaluate
    table: dict[str, Any] = {}
    for name, codes in spaces.items():
        rng = generator(params.data_seed, "table1", "pairs")
        found = disentanglement.disentanglement(codes, components=config.pca_components, pairs=config.lmtest_pairs, rng=rng)
        intervals = found.intervals(generator(params.data_seed, "table1", "identities"))
        published = _with_ratios(paper.DISTANCES[name]) if name in paper.DISTANCES else {}
        backend = f"{disentanglement.BACKEND}-{config.pca_components}"
        table[name] = {
            kind: value(figure, backend, config.lmtest_pairs, published.get(kind), **intervals[kind]._asdict())
            for kind, figure in found.distances.figures.items()
        }
    identities, frames = lmtest.landmarks.shape[:2]
    return table | {"about": {"lmtest": lmtest.sha256, "identities": identities, "frames": frames, "origin": lmtest.origin}}


def table2(measured: dict[str, Measured], about: dict[str, Any]) -> dict[str, Any]:
    """Each generator's results from the driver's landmarks and from LD-Net's, each with the metrics of Table 2.

    {"self" | "cross": {generator: {"driver" | "ldnet": {metric: value}}}, "about"}. Where the truth is known, cross has the landmarks'
    floor too: {"driving_frames": {"landmark_error": value}}.
    """
    table: dict[str, Any] = {}
    for setting, found in measured.items():
        table[setting] = {}
        for method in _methods(found):
            figures = _figures(2, found, method, about, paper.LANDMARKS[setting].get(method, {}))
            table[setting].setdefault(method.generator, {})[method.source] = figures
        if floor := _figures(2, found, DRIVING_FRAMES, about, {}, LANDMARK_METRICS):
            table[setting][DRIVING_FRAMES.generator] = floor
    return table | {"about": about}


def table3(measured: dict[str, Measured], about: dict[str, Any]) -> dict[str, Any]:
    """Each generator's images: {"self" | "cross": {generator | "copy_target" | "driving_frames": {metric: value}}, "about"}.

    The last two rows are no methods. They are the scale to read the others by: the target image in place of every result, and the driving
    frames. Metrics that compare with driving frames are left out of the latter's row.
    """
    table: dict[str, Any] = {}
    for setting, found in measured.items():
        source = TABLE3_LANDMARKS[setting]
        rows = [method for method in _methods(found) if method.source == source]
        table[setting] = {
            row.generator: _figures(3, found, row, about, paper.GENERATORS[setting].get(row.generator, {}))
            for row in (*rows, COPY_TARGET, DRIVING_FRAMES)
        }
    return table | {"about": about | {"landmarks": TABLE3_LANDMARKS}}


def table4(measured: dict[str, Measured], about: dict[str, Any]) -> dict[str, Any]:
    """The whole method in CrossTest: {"measured": {generator | "copy_target": {metric: value}}, "published": {method: ...}, "about"}.

    Each generator is measured with LD-Net's landmarks. The paper's figures, of other tools and other videos, stand apart as plain numbers:
    {method: {"isim", "psim", "ed", "fid"}}.
    """
    cross = measured["cross"]
    rows = [method for method in _methods(cross) if method.source == LDNET]
    published = {paper.OWN_GENERATOR: paper.METHODS["ours"]}
    ours = {row.generator: _figures(4, cross, row, about, published.get(row.generator, {})) for row in (*rows, COPY_TARGET)}
    return {"measured": ours, "published": paper.METHODS, "about": about}


def _methods(measured: Measured) -> list[Method]:
    """The rows that are methods, in the order of the predictions."""
    return [row for row in measured.rows if row not in (COPY_TARGET, DRIVING_FRAMES)]


def _figures(
    table: int,
    measured: Measured,
    row: Method,
    about: Mapping[str, Any],
    published: Mapping[str, float],
    references: Collection[Reference] = tuple(Reference),
) -> dict[str, Any]:
    """The figures of a row by the metrics of a table that have a meaning there, each with the paper's beside it."""
    found = measured.rows[row]
    return {
        metric.name: _entry(metric, found[metric.name], about, published.get(metric.name))
        for metric in of_table(table)
        if metric.name in found and metric.reference in references
    }


def _entry(metric: Metric, figure: Value, about: Mapping[str, Any], published: float | None) -> dict[str, Any]:
    note = {"note": figure.note} if figure.note else {}
    return value(figure.number, metric.backend.format(face_model=about["face_model"]), figure.count, published, **note)


def _with_ratios(distances: dict[str, float]) -> dict[str, float]:
    figures = disentanglement.Distances(**distances).figures
    return {kind: round(figure, 4) for kind, figure in figures.items()}


@torch.inference_mode()
def encode(encoder, points: np.ndarray) -> np.ndarray:
    """Codes (identities, frames, D) float32 of normalised landmarks (identities, frames, 136) float32."""
    flat = torch.from_numpy(points.reshape(-1, points.shape[-1]))
    codes = torch.cat([encoder(batch) for batch in flat.split(ENCODING_BATCH)])
    return codes.numpy().reshape(*points.shape[:2], -1)
