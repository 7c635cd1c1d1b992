"""The paper's Tables 1 to 4 with the paper's figures below ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from reenact.evaluation import paper
from reenact.evaluation.cards import PERSON
from reenact.generators.registry import GENERATORS
from reenact.metrics.base import Metric, Reference
from reenact.metrics.disentanglement import RESAMPLES
from reenact.metrics.registry import of_table
from reenact.report.table import ROUGH, Cell, Table, figure, measured
from reenact.testsets.items import KINDS, TITLES

SETTINGS = {"self": "SelfTest", "cross": "CrossTest"}
PAIRS = {
    "same_identity": "Same identity",
    "same_pose": "Same pose/expression",
    "both_different": "Both different",
    "ratio_same_identity": "Same identity ÷ both different",
    "ratio_same_pose": "Same pose/expression ÷ both different",
}
LANDMARKS = {"self": {"driver": "True", "ldnet": "LD-Net"}, "cross": {"driver": "Driver's", "ldnet": "LD-Net"}}
DLIB = "dlib on the driving frames (no method)"
DLIB_NOTE = (
    f"“{DLIB}” is the error of dlib's landmarks of the driver against the driver's own head. Every result starts from such landmarks."
)
# Rows that are no method.
NO_METHOD = " (no method)"
REFERENCES = {
    "copy_target": f"Target copied{NO_METHOD}",
    "driving_frames": f"Driving frames{NO_METHOD}",
    "shuffled": f"Another subject's frames{NO_METHOD}",
}
HERE, PUBLISHED = "Measured here", "Published"
METHODS = {"x2face": "X2Face", "first_order": "First-order model", "ours": "FD-GAN + LD-Net"}
# Decimal places of the paper's Table 4.
PLACES = {"isim": 4, "psim": 3, "ed": 3, "fid": 2}


def table1(metrics: dict[str, Any]) -> Table:
    """Table 1: distances in the two code spaces, and in that of the raw landmarks."""
    rows = []
    for kind, title in PAIRS.items():
        rows.append([Cell(title), *(measured(metrics[space][kind]) for space in ("E_I", "E_P", "landmarks"))])
    one, about = metrics["E_I"]["same_identity"], metrics["about"]
    return Table(
        "table1",
        "Table 1. Mean Euclidean distance between LMTest's landmark sets in the spaces of the identity encoder E_I and of the pose and "
        "expression encoder E_P.",
        ["Pairs", "E_I", "E_P", "Raw landmarks"],
        rows,
        [
            "A distance depends on the scale of its space: compare the ratios. In E_I's space the first should be small and the other near "
            "1. In E_P's space it is the reverse.",
            f"Backend {one['backend']}, {one['n']:,} random pairs a row from {about['identities']} identities × {about['frames']} frames. "
            f"With each figure stands its 95 % interval over identities, from {RESAMPLES:,} bootstrap draws. "
            "The paper's LMTest is another: 100 photographed people × 2,000 frames of a filmed performer.",
            _origin_note(about["origin"]),
            "Raw landmarks: the same reduction of the normalised landmarks without any network, the baseline to beat.",
        ],
        cards=metrics["cards"],
    )


def pictures_note(found: Iterable[tuple[str, Mapping[str, Any]]], cards: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Which rows' pictures are kept in which way, in a sentence, where it is not the same for all. found: titles with figures by metric."""
    kept: dict[str, dict[str, None]] = {}
    for title, figures in found:
        for entry in figures.values():
            kept.setdefault(cards[entry["card"]]["images"], {})[title] = None
    if len(kept) < 2:
        return []
    words = "; ".join(f"{', '.join(titles)}: {images}" for images, titles in kept.items())
    return [f"Not all pictures are kept alike, and what a format loses counts in the figures. {words}."]


class _Row(NamedTuple):
    """A measured row. labels: what it is of. found: its figures by metric; one that means nothing there is left out."""

    labels: tuple[str, str]
    found: Mapping[str, Any]


class _Measured:
    """The measured rows of a table, a column for each of its metrics. The paper's figure stands below ours, unless `is_apart`."""

    def __init__(self, table: int, rows: Sequence[_Row], about: Mapping[str, Any], *, is_apart: bool = False) -> None:
        self._rows, self._about, self._is_apart = rows, about, is_apart
        self.metrics = [metric for metric in of_table(table) if any(metric.name in row.found for row in rows)]

    def head(self) -> list[str]:
        """The columns' names, with the direction in which each gets better."""
        return [f"{metric.title} {metric.arrow}" for metric in self.metrics]

    def pictures(self, cards: Mapping[str, Mapping[str, str]]) -> list[str]:
        """How the rows' pictures are kept, where they differ."""
        return pictures_note(((row.labels[1], row.found) for row in self._rows), cards)

    def cells(self) -> list[list[Cell]]:
        """The rows with their labels; a dash where a metric means nothing."""
        return [[*map(Cell, row.labels), *(self._cell(row, metric) for metric in self.metrics)] for row in self._rows]

    def columns(self) -> list[str]:
        """A note on each metric."""
        found = [row.found for row in self._rows]
        return [metric_note(metric, [row[metric.name] for row in found if metric.name in row], self._about) for metric in self.metrics]

    def _cell(self, row: _Row, metric: Metric) -> Cell:
        cell = measured(row.found.get(metric.name))
        return replace(cell, paper=None) if self._is_apart else cell


# Figures are rough for the same reason with other numbers in every row.
MOST_REASONS = 3


def metric_note(metric: Metric, entries: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> str:
    """What a metric says, what it compares a result with, what computed it, and why some of its figures are rough."""
    reference = PERSON[about["isim_reference"]] if metric.reference == Reference.PERSON else str(metric.reference)
    backend, reasons = entries[0]["backend"], dict.fromkeys(part for entry in entries for part in entry.get("note", "").split("; ") if part)
    more = f"; {len(reasons) - MOST_REASONS} more reasons in the JSON" if len(reasons) > MOST_REASONS else ""
    rough = f"Marked {ROUGH}: {'; '.join(list(reasons)[:MOST_REASONS])}{more}." if reasons else ""
    words = f"{metric.title}: {metric.about} A result is compared with {reference}. Backend {backend}. {metric.note} {rough}"
    return " ".join(words.split())


def table2(metrics: dict[str, Any]) -> Table:
    """Table 2: identity, pose and expression with the driver's landmarks and with LD-Net's, and the landmarks' own error."""
    rows = []
    for setting, title in SETTINGS.items():
        for generator in _generators(metrics[setting]):
            for source, name in LANDMARKS[setting].items():
                rows.append(_Row((title, _of(generator, name, metrics)), metrics[setting][generator][source]))
    floor = metrics["cross"].get("driving_frames")
    shown = _Measured(2, [*rows, *([_Row((SETTINGS["cross"], DLIB), floor)] if floor else [])], metrics["about"])
    return Table(
        "table2",
        "Table 2. Results generated from the driver's own landmarks and from LD-Net's.",
        ["Test set", "Landmarks from", *shown.head()],
        shown.cells(),
        [*([DLIB_NOTE] if floor else []), _size_note(metrics["about"]), *paper.CONTRADICTIONS["table2"]],
        labels=2,
        columns=shown.columns(),
        cards=metrics["cards"],
    )


def table3(metrics: dict[str, Any]) -> Table:
    """Table 3: the images of each generator, between two rows that no method made."""
    titles = {name: entry.title for name, entry in GENERATORS.items()} | REFERENCES
    settings = {setting: title for setting, title in SETTINGS.items() if setting in metrics}
    rows = [_Row((title, titles.get(row, row)), found) for setting, title in settings.items() for row, found in metrics[setting].items()]
    shown, has_own = _Measured(3, rows, metrics["about"]), _has_own(*(metrics[setting] for setting in settings))
    return Table(
        "table3",
        "Table 3. Images of each generator or method.",
        ["Test set", "Images", *shown.head()],
        shown.cells(),
        [
            f"Read each figure between the rows marked “no method”. {_driving_note(settings)} The target in place of each result keeps the "
            "identity by doing nothing.",
            *([_fid_note(settings)] if has_own else []),
            f"{_landmarks_note(settings, has_own)}{_size_note(metrics['about'])} {_side_note(metrics['about'])}",
            *shown.pictures(metrics["cards"]),
            *(paper.CONTRADICTIONS["table3"] if has_own and "cross" in settings else []),
        ],
        labels=2,
        columns=shown.columns(),
        cards=metrics["cards"],
    )


def _has_own(*rows: Mapping[str, Any]) -> bool:
    """Whether any of the rows is a generator's: the paper's figures stand beside these alone."""
    return any(name in GENERATORS for found in rows for name in found)


def _driving_note(settings: Iterable[str]) -> str:
    """Whom the driving frames show."""
    whom = {"self": "the same person as the target in SelfTest", "cross": "another person in CrossTest"}
    return f"The driving frames show {', and '.join(whom[setting] for setting in settings)}."


def _fid_note(settings: Iterable[str]) -> str:
    found = " and ".join(f"{paper.FID[setting]} in {SETTINGS[setting]}" for setting in settings)
    return f"The paper's FID (Inception-v3) is {found}. No figure here can be set against it."


def _landmarks_note(settings: Collection[str], has_own: bool) -> str:
    """Which of their results generators are judged by; a method that is none has one result alone."""
    if not has_own:
        return ""
    used = {"self": "the true landmarks in SelfTest", "cross": "LD-Net's in CrossTest"}
    return f"A generator's images are judged with {' and with '.join(used[setting] for setting in settings)}. "


def table4(metrics: dict[str, Any]) -> Table:
    """Table 4: the whole method as measured here, and apart from it what the paper published of three methods."""
    titles = {name: f"{entry.title} + LD-Net" for name, entry in GENERATORS.items()} | REFERENCES
    rows = [_Row((HERE, titles.get(row, row)), found) for row, found in metrics["measured"].items()]
    shown, about = _Measured(4, rows, metrics["about"], is_apart=True), metrics["about"]
    # The paper's FID has a column of its own where none was measured here.
    names = [metric.name for metric in shown.metrics]
    added = [] if "fid" in names else ["fid"]
    copied = [
        [Cell(PUBLISHED), Cell(name), *(figure(found.get(key), PLACES.get(key, 4)) for key in (*names, *added))]
        for name, found in ((name, metrics["published"][method]) for method, name in METHODS.items())
    ]
    return Table(
        "table4",
        "Table 4. CrossTest: methods as measured here, and what the paper published of its own and of two others.",
        ["", "Method", *shown.head(), *("FID ↓" for _ in added)],
        [*([*cells, *(figure(None) for _ in added)] for cells in shown.cells()), *copied],
        [
            f"Only the rows “{HERE.lower()}” were measured here. The rows “{PUBLISHED.lower()}” are copied from the paper: other videos, "
            "other networks behind the metrics (VGGFace2, OpenFace, Inception-v3), 256 pixels a side and other trainings. No figure of the "
            "one kind can be set against one of the other.",
            "The target in place of each result is the scale to read by: it keeps the identity and follows nothing.",
            f"{about['crosstest']['items']} pairs, {about['crosstest']['frames']:,} frames (the paper: 80, 8,000 frames). "
            f"{_side_note(about)}",
            *shown.pictures(metrics["cards"]),
            *paper.CONTRADICTIONS["table4"],
        ],
        labels=2,
        columns=shown.columns(),
        cards=metrics["cards"],
    )


def _generators(rows: Mapping[str, Any]) -> list[str]:
    return [name for name in rows if name not in REFERENCES]


def _of(generator: str, landmarks: str, metrics: Mapping[str, Any]) -> str:
    """Where landmarks come from, and, where there are several generators, whose results they led to."""
    return landmarks if len(_generators(metrics["self"])) == 1 else f"{landmarks}, {GENERATORS[generator].title}"


def _origin_note(origin: dict[str, Any]) -> str:
    """Where LMTest's identities and performance come from, how well the face model fitted them, and what gave none."""
    parts = []
    for what, title in (("identities", "Identities"), ("performance", "pose and expression")):
        part = origin[what]
        left_out = "".join(f", {count} left out: {reason}" for reason, count in part["left_out"].items())
        parts.append(f"{title}: {part['source']} (mean residual {part['residual']:.3f} of the outer-eye distance{left_out})")
    return f"{'; '.join(parts)}; fitted with the face model {origin['face_model']}."


def _size_note(about: dict[str, Any]) -> str:
    sizes = [f"{TITLES[kind]}: {about[kind]['items']} pairs, {about[kind]['frames']:,} frames" for kind in KINDS if kind in about]
    return f"{'; '.join(sizes)} (the paper: 80 of either, 8,000 frames)."


def _side_note(about: dict[str, Any]) -> str:
    return f"Pictures are {about['image_size']} pixels a side (the paper: 256)."
