"""The figures of the paper's Tables 1 to 4 and of all metrics as JSON values, each with its card, its count and the paper's figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from reenact.config.schema import Params
from reenact.evaluation import paper
from reenact.evaluation.cards import Card, Cards, entry, with_cards
from reenact.evaluation.measure import Figure, Measured
from reenact.evaluation.own_code import own_version
from reenact.evaluation.predictions import Method
from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, OWN_WAY, REFERENCES
from reenact.faces.normalise import normalise
from reenact.ldnet.model import LDNet
from reenact.metrics import disentanglement
from reenact.metrics.base import Metric, Reference
from reenact.metrics.intervals import Value
from reenact.metrics.registry import METRICS, of_table
from reenact.reenactment.transfer import DRIVER, LDNET
from reenact.seeding import generator
from reenact.testsets.lmtest import LMTest

# The landmarks of Table 3's results. SelfTest has the true ones, to judge the generator alone. CrossTest has LD-Net's, as the paper's
# ISIM implies.
TABLE3_LANDMARKS = {"self": DRIVER, "cross": LDNET}
ENCODING_BATCH = 4096
# What driving frames are measured by in Table 2: how far dlib's landmarks of them are from the truth.
LANDMARK_METRICS = (Reference.TRUTH,)
NO_SOURCE = "none"  # where the landmarks of a row that is no method come from


@dataclass(frozen=True)
class Scores:
    """What the tables are made of. measured: of each test set, "self" and "cross". images: how the pictures of each row are kept, in words.

    backends: the names in metrics' backends. about: what all figures were made with.
    """

    measured: Mapping[str, Measured]
    images: Mapping[Method, str]
    backends: Mapping[str, str]
    cards: Cards
    about: dict[str, Any]


def table1(params: Params, lmtest: LMTest, ldnet: LDNet, cards: Cards, weights: str) -> dict[str, Any]:
    """Distances in the space of each encoder, and of the normalised landmarks themselves, all over the same random pairs.

    weights: the SHA-256 of LD-Net's.
    {"E_I" | "E_P" | "landmarks": {"same_identity", "same_pose", "both_different", "ratio_same_identity", "ratio_same_pose"}, "about",
    "cards"}. Each figure has the ends of its interval too, "low" and "high", over the same draws of identities.
    """
    points, _ = normalise(lmtest.landmarks)
    spaces = {"E_I": encode(ldnet.encode_identity, points), "E_P": encode(ldnet.encode_pose, points), "landmarks": points}
    config = params.evaluate
    backend = f"{disentanglement.BACKEND}-{config.pca_components}"
    card = cards.add("distance", _distance_card(backend, lmtest, weights))
    table: dict[str, Any] = {}
    for name, codes in spaces.items():
        rng = generator(params.data_seed, "table1", "pairs")
        found = disentanglement.disentanglement(codes, components=config.pca_components, pairs=config.lmtest_pairs, rng=rng)
        intervals = found.intervals(generator(params.data_seed, "table1", "identities"))
        published = _with_ratios(paper.DISTANCES[name]) if name in paper.DISTANCES else {}
        table[name] = {
            kind: entry(Figure(Value(figure, config.lmtest_pairs, *intervals[kind]), {}), backend, card, published.get(kind))
            for kind, figure in found.distances.figures.items()
        }
    identities, frames = lmtest.landmarks.shape[:2]
    about = {"lmtest": lmtest.sha256, "identities": identities, "frames": frames, "origin": lmtest.origin}
    return with_cards(table | {"about": about}, cards.cards)


def _distance_card(backend: str, lmtest: LMTest, weights: str) -> Card:
    return Card(
        metric="distance",
        title="Distance in code space",
        better="ratios near 0 or 1, as the row says",
        compared="pairs of LMTest's landmark sets",
        backend=backend,
        version=own_version(),
        weights=f"LD-Net's, SHA-256 {weights}; none in the column of raw landmarks",
        input="68 landmarks in their own square box",
        alignment="none",
        images=f"none; LMTest has SHA-256 {lmtest.sha256}",
        reduction="mean Euclidean distance over random pairs, in the principal components of all codes",
        interval=f"the middle 95 % of {disentanglement.RESAMPLES:,} bootstrap draws of identities",
        command="",
    )


def table2(scores: Scores) -> dict[str, Any]:
    """Each generator's results from the driver's landmarks and from LD-Net's, each with the metrics of Table 2.

    {"self" | "cross": {generator: {"driver" | "ldnet": {metric: entry}}}, "about", "cards"}. Where the truth is known, cross has the
    landmarks' floor too: {"driving_frames": {"landmark_error": entry}}.
    """
    table: dict[str, Any] = {}
    for setting, found in scores.measured.items():
        table[setting] = {}
        for method in _own(found):
            figures = _figures(2, scores, setting, method, paper.LANDMARKS[setting].get(method, {}))
            table[setting].setdefault(method.generator, {})[method.source] = figures
        if floor := _figures(2, scores, setting, DRIVING_FRAMES, {}, LANDMARK_METRICS):
            table[setting][DRIVING_FRAMES.generator] = floor
    return with_cards(table | {"about": scores.about}, scores.cards.cards)


def table3(scores: Scores) -> dict[str, Any]:
    """Each method's images: {"self" | "cross": {row: {metric: entry}}, "about", "cards"}.

    The last rows, "copy_target", "driving_frames" and "shuffled", are no methods. They are the scale to read the others by: the target
    image in place of every result, the driving frames, and in SelfTest another subject's frames.
    """
    table: dict[str, Any] = {}
    for setting, found in scores.measured.items():
        rows = [method for method in _methods(found) if method.source in (TABLE3_LANDMARKS[setting], OWN_WAY)]
        table[setting] = {
            row.generator: _figures(3, scores, setting, row, paper.GENERATORS[setting].get(row.generator, {}))
            for row in (*rows, *(row for row in REFERENCES if row in found.rows))
        }
    return with_cards(table | {"about": scores.about | {"landmarks": TABLE3_LANDMARKS}}, scores.cards.cards)


def table4(scores: Scores) -> dict[str, Any]:
    """Whole methods in CrossTest: {"measured": {method | "copy_target": {metric: entry}}, "published": {method: ...}, "about", "cards"}.

    Each generator is measured with LD-Net's landmarks. The paper's figures, of other tools and other videos, stand apart as plain numbers:
    {method: {"isim", "psim", "ed", "fid"}}.
    """
    cross = scores.measured["cross"]
    rows = [method for method in _methods(cross) if method.source in (LDNET, OWN_WAY)]
    published = {paper.OWN_GENERATOR: paper.METHODS["ours"]}
    ours = {row.generator: _figures(4, scores, "cross", row, published.get(row.generator, {})) for row in (*rows, COPY_TARGET)}
    return with_cards({"measured": ours, "published": paper.METHODS, "about": scores.about}, scores.cards.cards)


def all_scores(scores: Scores) -> dict[str, Any]:
    """Every metric of every row: {"self" | "cross": {row: {landmark source: {metric: entry}}}, "about", "cards"}.

    The source of rows that are no method is "none", that of somebody else's methods "own".
    """
    table: dict[str, Any] = {}
    for setting, found in scores.measured.items():
        for row in found.rows:
            figures = _figures(None, scores, setting, row, {})
            table.setdefault(setting, {}).setdefault(row.generator, {})[row.source or NO_SOURCE] = figures
    return with_cards(table | {"about": scores.about}, scores.cards.cards)


def frame_cards(scores: Scores) -> dict[str, Any]:
    """The cards of the metrics that have a value for each frame (`evaluation.frames`).

    {"self" | "cross": {row: {metric: the card's name}}, "cards": {name: card}}.
    """
    named: dict[str, Any] = {}
    used: set[str] = set()
    for setting, found in scores.measured.items():
        for row in found.rows:
            cards = {name: _card(scores, METRICS[name], row) for name in found.rows[row] if name in found.table}
            used |= set(cards.values())
            named.setdefault(setting, {}).setdefault(row.generator, {}).update(cards)
    return named | {"cards": {name: asdict(scores.cards.cards[name]) for name in sorted(used)}}


def _methods(measured: Measured) -> list[Method]:
    """The rows that are methods, in the order of the results."""
    return [row for row in measured.rows if row not in REFERENCES]


def _own(measured: Measured) -> list[Method]:
    return [row for row in _methods(measured) if row.source != OWN_WAY]


def _figures(
    table: int | None,
    scores: Scores,
    setting: str,
    row: Method,
    published: Mapping[str, float],
    references: Collection[Reference] = tuple(Reference),
) -> dict[str, Any]:
    """The figures of a row by the metrics of a table, or by all, that have a meaning there, each with the paper's beside it."""
    found, metrics = scores.measured[setting].rows[row], list(METRICS.values()) if table is None else of_table(table)
    figures = {}
    for metric in metrics:
        if metric.name in found and metric.reference in references:
            backend = metric.backend.format(**scores.backends)
            figures[metric.name] = entry(found[metric.name], backend, _card(scores, metric, row), published.get(metric.name))
    return figures


def _card(scores: Scores, metric: Metric, row: Method) -> str:
    """The name of the card of a metric's figures in a row."""
    return scores.cards.of(metric, metric.backend.format(**scores.backends), scores.images[row])


def _with_ratios(distances: dict[str, float]) -> dict[str, float]:
    figures = disentanglement.Distances(**distances).figures
    return {kind: round(figure, 4) for kind, figure in figures.items()}


@torch.inference_mode()
def encode(encoder, points: np.ndarray) -> np.ndarray:
    """Codes (identities, frames, D) float32 of normalised landmarks (identities, frames, 136) float32."""
    flat = torch.from_numpy(points.reshape(-1, points.shape[-1]))
    codes = torch.cat([encoder(batch) for batch in flat.split(ENCODING_BATCH)])
    return codes.numpy().reshape(*points.shape[:2], -1)
