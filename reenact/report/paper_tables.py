"""The paper's Tables 1 to 4 with our figures beside the paper's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reenact.evaluation import paper
from reenact.generators.registry import GENERATORS
from reenact.metrics.base import Metric
from reenact.metrics.frechet import NAME as FD
from reenact.metrics.registry import of_table
from reenact.report.table import Cell, Table, figure, measured, published

SETTINGS = {"self": "SelfTest", "cross": "CrossTest"}
PAIRS = {
    "same_identity": "Same identity",
    "same_pose": "Same pose/expression",
    "both_different": "Both different",
    "ratio_same_identity": "Same identity ÷ both different",
    "ratio_same_pose": "Same pose/expression ÷ both different",
}
LANDMARKS = {"self": {"driver": "Ground truth", "ldnet": "LD-Net"}, "cross": {"driver": "Source", "ldnet": "LD-Net"}}
DLIB = "dlib on the driving frames (no method)"
# Rows that are no method.
REFERENCES = {"copy_target": "Target copied (no method)", "driving_frames": "Driving frames (no method)"}
HERE, PUBLISHED = "Measured here", "Published"
METHODS = {"x2face": "X2Face", "first_order": "First-order model", "ours": "FD-GAN + LD-Net"}
# Decimal places of the paper's Table 4.
PLACES = {"isim": 4, "psim": 3, "ed": 3, "fid": 2}
PERSON = {"target": "the target image", "driver": "the true frame in SelfTest, the target image in CrossTest"}


def table1(metrics: dict[str, Any]) -> Table:
    """Table 1: distances in the two code spaces, and in that of the raw landmarks."""
    rows = []
    for kind, title in PAIRS.items():
        row = [Cell(title)]
        for space in ("E_I", "E_P"):
            row += [measured(metrics[space][kind]), published(metrics[space][kind])]
        rows.append([*row, measured(metrics["landmarks"][kind])])
    one, about = metrics["E_I"]["same_identity"], metrics["about"]
    return Table(
        "table1",
        "Table 1. Mean Euclidean distance between LMTest's landmark sets in the spaces of the identity encoder E_I and of the pose and "
        "expression encoder E_P.",
        ["Pairs", "E_I", "E_I, paper", "E_P", "E_P, paper", "Raw landmarks"],
        rows,
        [
            "A distance depends on the scale of its space: compare the ratios. In E_I's space the first should be small and the other near "
            "1; in E_P's space the reverse.",
            f"Backend {one['backend']}, {one['n']:,} random pairs a row from {about['identities']} identities × {about['frames']} frames. "
            "The paper's LMTest is another: 100 photographed people × 2,000 frames of a filmed performer.",
            _origin_note(about["origin"]),
            "Raw landmarks: the same reduction of the normalised landmarks without any network, the baseline to beat.",
        ],
    )


def table2(metrics: dict[str, Any]) -> Table:
    """Table 2: identity, pose and expression with the driver's landmarks and with LD-Net's, and the landmarks' own error."""
    columns = _Columns(2, metrics)
    rows = []
    for setting, title in SETTINGS.items():
        for generator in _generators(metrics[setting]):
            for source, name in LANDMARKS[setting].items():
                rows.append([Cell(title), Cell(_of(generator, name, metrics)), *columns.cells(metrics[setting][generator][source])])
    if floor := metrics["cross"].get("driving_frames"):
        rows.append([Cell(SETTINGS["cross"]), Cell(DLIB), *columns.cells(floor)])
    about, one = metrics["about"], metrics["self"][_generators(metrics["self"])[0]]["driver"]
    error = metrics["cross"][_generators(metrics["cross"])[0]]["driver"].get("landmark_error")
    return Table(
        "table2",
        f"Table 2. Results generated from the driver's own landmarks and from LD-Net's: {columns.in_words()}.",
        ["Test set", "Landmarks from", *columns.head()],
        rows,
        [
            _isim_note(one["isim"]["backend"], about),
            _motion_note(one["psim"]["backend"]),
            _landmark_note(error),
            _size_note(about),
            *paper.CONTRADICTIONS["table2"],
        ],
        labels=2,
    )


def table3(metrics: dict[str, Any]) -> Table:
    """Table 3: the images of each generator, between two rows that no method made."""
    columns = _Columns(3, metrics)
    titles = {name: entry.title for name, entry in GENERATORS.items()} | REFERENCES
    rows = [
        [Cell(title), Cell(titles[row]), *columns.cells(metrics[setting][row])]
        for setting, title in SETTINGS.items()
        for row in metrics[setting]
    ]
    about, one = metrics["about"], metrics["self"][_generators(metrics["self"])[0]]
    distances = {
        f"{title}, {titles[row]}": found["fd"]
        for setting, title in SETTINGS.items()
        for row, found in metrics[setting].items()
        if "fd" in found
    }
    return Table(
        "table3",
        f"Table 3. Images of each generator: {columns.in_words()}.",
        ["Test set", "Images", *columns.head()],
        rows,
        [
            f"{_isim_note(one['isim']['backend'], about)} Read it between the two rows marked “no method”: in SelfTest the driving frames "
            "show the same person as the target, in CrossTest another, and the target in place of each result keeps the identity by doing "
            "nothing.",
            f"SSIM: backend {one['ssim']['backend']}, at {about['image_size']} pixels a side (the paper: 256, its settings unknown); “in "
            "the face” counts the pixels within the hull of the true landmarks only.",
            f"{FD} is the Fréchet distance of face embeddings and no FID. The paper's FID (Inception-v3) is {paper.FID['self']} in "
            f"SelfTest and {paper.FID['cross']} in CrossTest and has nothing to be compared with here.",
            *_rank_notes(distances),
            "Images are judged with the true landmarks in SelfTest and with LD-Net's in CrossTest. " + _size_note(about),
            *paper.CONTRADICTIONS["table3"],
        ],
        labels=2,
    )


def table4(metrics: dict[str, Any]) -> Table:
    """Table 4: the whole method as measured here, and apart from it what the paper published of three methods."""
    columns = _Columns(4, {"cross": {}})
    ours = {name: _whole(name) for name in _generators(metrics["measured"])} | {"copy_target": REFERENCES["copy_target"]}
    rows = [[Cell(HERE), Cell(title), *columns.cells(metrics["measured"][row]), figure(None)] for row, title in ours.items()]
    for method, name in METHODS.items():
        published = metrics["published"][method]
        cells = [figure(published.get(metric.name), PLACES.get(metric.name, 4)) for metric in columns.metrics]
        rows.append([Cell(PUBLISHED), Cell(name), *cells, figure(published["fid"], PLACES["fid"])])
    about, one = metrics["about"], next(iter(metrics["measured"].values()))
    return Table(
        "table4",
        "Table 4. CrossTest: the whole method as measured here, and what the paper published of it and of two other methods.",
        ["", "Method", *(f"{metric.title} {metric.arrow}" for metric in columns.metrics), "FID ↓"],
        rows,
        [
            f"Only the rows “{HERE.lower()}” were measured here. The rows “{PUBLISHED.lower()}” are copied from the paper: other videos, "
            "other networks behind the metrics (VGGFace2, OpenFace, Inception-v3), 256 pixels a side and a far longer training. No figure "
            "of the one kind can be set against one of the other; X2Face and the first-order model were not run here.",
            f"ISIM: backend {one['isim']['backend']}. {_motion_note(one['psim']['backend'])}",
            f"{FD} is the Fréchet distance of face embeddings and no FID. The target in place of each result is the scale to read by: it "
            "keeps the identity and follows nothing.",
            *_rank_notes({title: metrics["measured"][row]["fd"] for row, title in ours.items()}),
            f"{about['crosstest']['items']} pairs, {about['crosstest']['frames']:,} frames (the paper: 80, 8,000 frames); images of "
            f"{about['image_size']} pixels a side.",
            *paper.CONTRADICTIONS["table4"],
        ],
        labels=2,
    )


class _Columns:
    """The columns of a table: each of its metrics and, where the paper has a figure of it, the paper's beside it."""

    def __init__(self, table: int, metrics: Mapping[str, Any]) -> None:
        self.metrics = of_table(table)
        self._published = {name for name, entry in _entries(metrics) if entry["paper"] is not None}

    def head(self) -> list[str]:
        """The columns' titles."""
        return [title for metric in self.metrics for title in self._titles(metric)]

    def cells(self, found: Mapping[str, Any]) -> list[Cell]:
        """A row's cells; a dash where a metric means nothing in it."""
        return [cell for metric in self.metrics for cell in self._pair(metric, found.get(metric.name))]

    def in_words(self) -> str:
        """What is measured, with the direction in which it gets better."""
        return ", ".join(f"{metric.title} {metric.arrow}" for metric in self.metrics)

    def _titles(self, metric: Metric) -> list[str]:
        return [metric.title, f"{metric.title}, paper"] if metric.name in self._published else [metric.title]

    def _pair(self, metric: Metric, entry: Mapping[str, Any] | None) -> list[Cell]:
        return [measured(entry), published(entry)] if metric.name in self._published else [measured(entry)]


def _entries(value: Any, name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every figure of a table's JSON with the last of its keys, the metric's name."""
    if isinstance(value, dict):
        if "paper" in value:
            yield name, value
        else:
            for key, below in value.items():
                yield from _entries(below, key)


def _generators(rows: Mapping[str, Any]) -> list[str]:
    return [name for name in rows if name not in REFERENCES]


def _of(generator: str, landmarks: str, metrics: Mapping[str, Any]) -> str:
    """Where landmarks come from, and where there are several generators, of which the results are."""
    return landmarks if len(_generators(metrics["self"])) == 1 else f"{landmarks}, {GENERATORS[generator].title}"


def _whole(generator: str) -> str:
    return f"{GENERATORS[generator].title} + LD-Net"


def _origin_note(origin: dict[str, Any]) -> str:
    """Where LMTest's identities and performance come from, how well the face model fitted them, and what gave none."""
    parts = []
    for what, title in (("identities", "Identities"), ("performance", "pose and expression")):
        part = origin[what]
        left_out = "".join(f", {count} left out: {reason}" for reason, count in part["left_out"].items())
        parts.append(f"{title}: {part['source']} (mean residual {part['residual']:.3f} of the outer-eye distance{left_out})")
    return f"{'; '.join(parts)}; fitted with the face model {origin['face_model']}."


def _isim_note(backend: str, about: dict[str, Any]) -> str:
    compared = PERSON[about["isim_reference"]]
    return f"ISIM compares with {compared}. Backend {backend}; the paper's is a VGGFace2 network, so that the two columns share no scale."


def _motion_note(backend: str) -> str:
    return (
        f"PSIM and ED compare with the driving frame. Backend {backend}: landmarks are found anew in either image and a 3D face is fitted "
        "to them. The paper's backend is OpenFace, with other units on a scale that it does not name."
    )


def _landmark_note(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return "The landmarks' error needs a rendered corpus, where the truth is known."
    return (
        "Landmark error: mean distance of the points, each set in its own box, from those of the target's true head with the driver's "
        "true blendshapes and rotation, in parts of the distance between the outer corners of the eyes. "
        f"Backend {entry['backend']}, {entry['n']:,} frames. “{DLIB}” is the error of dlib's landmarks of the driver against the driver's "
        "own head: what results are generated from starts with it."
    )


def _size_note(about: dict[str, Any]) -> str:
    return (
        f"SelfTest: {about['selftest']['items']} clips, {about['selftest']['frames']:,} frames; "
        f"CrossTest: {about['crosstest']['items']} pairs, {about['crosstest']['frames']:,} frames (the paper: 80 of either, 8,000 frames)."
    )


def _rank_notes(distances: dict[str, dict[str, Any]]) -> list[str]:
    """What makes some of the distances, each under the name of its row, rough."""
    noted = [f"{row.removesuffix(' (no method)')}: {distance['note']}" for row, distance in distances.items() if "note" in distance]
    return [f"Where there are few different samples, {FD} is a rough estimate. {'; '.join(noted)}."] if noted else []
