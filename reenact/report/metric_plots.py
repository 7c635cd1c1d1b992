"""Metrics over how far the driver's head is turned and how strong its expression is, as small multiples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, OWN_WAY, REFERENCES
from reenact.evaluation.tables import TABLE3_LANDMARKS
from reenact.files import atomic_path
from reenact.generators.registry import GENERATORS
from reenact.metrics.base import Metric, Reference
from reenact.metrics.intervals import Value, mean
from reenact.metrics.registry import METRICS
from reenact.report.curves import GREY, STYLE
from reenact.seeding import generator

SHOWN = {"self": ("ssim_face", "isim_centred"), "cross": ("isim_centred", "rotation_error", "ed")}
YAW, EXPRESSION = "driver_yaw", "driver_expression"
AXES = {YAW: "driver's yaw to either side, degrees", EXPRESSION: "strength of the driver's expression, by quarters"}
DEGREES = (0, 5, 10, 15, 20, 30)
PARTS = 4  # of the expressions
# A mean of fewer says little, and one person's is no mean of people.
LEAST_FRAMES, LEAST_SUBJECTS = 10, 2
# The row that is the scale of a metric: copying the target is no scale where results are compared with the target itself.
SCALES = {Reference.PERSON: DRIVING_FRAMES}
TITLES = {COPY_TARGET.generator: "target copied", DRIVING_FRAMES.generator: "driving frames"}

PANEL_INCHES = (3.1, 2.15)
LINE_INCHES, LETTER_INCHES = 0.7, 0.08  # of the legend: a line, and a letter of its name
# Of Okabe and Ito: everybody can tell them apart. With strokes and markers, which take turns at other paces, a line needs no colour.
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#e69f00", "#cc79a7", "#56b4e9")
STROKES = ("-", "--", "-.", (0, (6, 1, 1, 1, 1, 1)))
MARKERS = "os^Dv"
APART = 0.07  # of a part's width: lines beside each other, so that whiskers do not lie on one another


@dataclass(frozen=True)
class Part:
    """Frames whose driver's yaw or expression is from `low` on and under `high`. frames, subjects: how many they are of."""

    low: float
    high: float
    frames: int
    subjects: int


@dataclass(frozen=True)
class Panel:
    """A metric by the driver's yaw or expression.

    by: the column of frames. parts: along the axis. lines: each row's values by its name, None where a part has too few. left_out: how many
    frames lie in parts that are not shown.
    """

    metric: Metric
    by: str
    parts: Sequence[Part]
    lines: Mapping[str, Sequence[Value | None]]
    left_out: int


def metric_panels(frames: pd.DataFrame, setting: str, seed: int) -> list[Panel]:
    """The panels of a test set, "self" or "cross", those of one axis after those of another; none where it was not measured.

    frames: as `evaluation.frames` has them. seed: of the intervals. Shown are the rows of Table 3: in SelfTest results from the true
    landmarks, in CrossTest from LD-Net's. A metric that was not measured is left out. A value is a mean over a part's frames, with its
    interval over subjects; a part is shown where it has `LEAST_FRAMES` of `LEAST_SUBJECTS`.
    """
    frames = frames[frames["setting"] == setting]
    rows = {method: of_row for method, of_row in frames.groupby("method", sort=False) if method not in _references()}
    own = {method: found for method, of_row in rows.items() if len(found := of_row[of_row["landmark_source"].isin(_sources(setting))])}
    panels = []
    for by in AXES:
        for metric in (METRICS[name] for name in SHOWN[setting] if name in METRICS and name in frames and frames[name].notna().any()):
            scale = SCALES.get(metric.reference, COPY_TARGET).generator
            panels.append(_panel(metric, by, own | {scale: frames[frames["method"] == scale]}, seed))
    return panels


def _references() -> set[str]:
    return {row.generator for row in REFERENCES}


def _sources(setting: str) -> tuple[str, str]:
    return TABLE3_LANDMARKS[setting], OWN_WAY


def _panel(metric: Metric, by: str, rows: Mapping[Any, pd.DataFrame], seed: int) -> Panel:
    first = next(iter(rows.values()))  # the driver is the same in every row
    parts: list[Part] = []
    lines: dict[Any, list[Value | None]] = {name: [] for name in rows}
    for low, high in pairwise(_edges(first[by], by)):
        within = {name: of_row[_within(of_row[by], by, low, high)] for name, of_row in rows.items()}
        values = {name: _value(of_part, metric.name, seed) for name, of_part in within.items()}
        if any(value is not None for value in values.values()):
            of_first = next(iter(within.values()))
            parts.append(Part(low, high, len(of_first), of_first["target_subject"].nunique()))
            for name, value in values.items():
                lines[name].append(value)
    return Panel(metric, by, parts, {_title(name): line for name, line in lines.items()}, len(first) - sum(part.frames for part in parts))


def _edges(values: pd.Series, by: str) -> list[float]:
    if by == YAW:
        return [*DEGREES, np.inf]
    edges = np.unique(np.quantile(values.dropna(), np.linspace(0, 1, PARTS + 1)))
    return [*edges[:-1].tolist(), float(np.nextafter(edges[-1], np.inf))]


def _within(values: pd.Series, by: str, low: float, high: float) -> pd.Series:
    amounts = values.abs() if by == YAW else values
    return (amounts >= low) & (amounts < high)


def _value(frames: pd.DataFrame, metric: str, seed: int) -> Value | None:
    known = frames[frames[metric].notna()]
    if len(known) < LEAST_FRAMES or known["target_subject"].nunique() < LEAST_SUBJECTS:
        return None
    items = [(subject, values.to_numpy(np.float64)) for (_, subject), values in known.groupby(["item", "target_subject"])[metric]]
    return mean([values for _, values in items], [subject for subject, _ in items], generator(seed, "report", "metric plots"))


def _title(method: Any) -> str:
    return TITLES.get(method) or (GENERATORS[method].title if method in GENERATORS else str(method))


def write_metric_plots(path: Path, panels: Sequence[Panel]) -> None:
    """Draw the panels as SVG without a date in it, a row for each axis. Whiskers are the intervals; the scale's line is grey."""
    columns = len(panels) // len(AXES)
    looks = _looks(dict.fromkeys(name for panel in panels for name in panel.lines))
    with rc_context(STYLE), atomic_path(path) as part:
        width = PANEL_INCHES[0] * max(columns, 1)
        beside_each_other = max(1, int(width / (LINE_INCHES + LETTER_INCHES * max(map(len, looks), default=0))))
        height = PANEL_INCHES[1] * len(AXES) + 0.25 * -(-len(looks) // beside_each_other)
        figure = Figure(figsize=(width, height), layout="constrained")
        for place, panel in enumerate(panels):
            beside = figure.axes[place % columns] if place >= columns else None  # one scale for a metric
            axes = figure.add_subplot(len(AXES), columns, place + 1, sharey=beside)
            _draw(axes, panel, looks)
        drawn = {name: line for axes in figure.axes for line, name in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(
            [drawn[name] for name in looks],
            list(looks),
            loc="outside lower center",
            ncols=beside_each_other,
            frameon=False,
            labelcolor=GREY,
            handlelength=4,
        )
        figure.patch.set_alpha(0)
        FigureCanvasSVG(figure).print_svg(part, metadata={"Date": None, "Creator": None})


def _looks(names: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """How each line is drawn, by its name. Those that are the scale come last."""
    scales = {TITLES[COPY_TARGET.generator]: (0, (1, 2)), TITLES[DRIVING_FRAMES.generator]: (0, (4, 2))}
    looks: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(name for name in names if name not in scales):
        colour, stroke, marker = (kinds[number % len(kinds)] for kinds in (COLOURS, STROKES, MARKERS))
        looks[name] = {"color": colour, "linestyle": stroke, "marker": marker, "linewidth": 1.3, "markersize": 4}
    grey = {"color": GREY, "linewidth": 1, "marker": ".", "markersize": 3}
    return looks | {name: grey | {"linestyle": stroke} for name, stroke in scales.items() if name in names}


def _draw(axes: Axes, panel: Panel, looks: Mapping[str, Mapping[str, Any]]) -> None:
    for number, name in enumerate(name for name in looks if name in panel.lines):
        there = [(place, value) for place, value in enumerate(panel.lines[name]) if value is not None]
        numbers = np.array([value.number for _, value in there])
        ends = np.array([[value.low, value.high] for _, value in there], np.float64).reshape(-1, 2)
        # The middle of the draws may lie beside the mean of all.
        reach = np.maximum([numbers - ends[:, 0], ends[:, 1] - numbers], 0)
        shift = (number - (len(panel.lines) - 1) / 2) * APART
        axes.errorbar([place + shift for place, _ in there], numbers, reach, elinewidth=0.8, label=name, **looks[name])
    axes.set_title(f"{panel.metric.title} {panel.metric.arrow}", color=GREY, fontsize=8, loc="left")
    axes.set_xticks(range(len(panel.parts)), [f"{_range(part, panel.by)}\n{part.frames} / {part.subjects}" for part in panel.parts])
    axes.set_xlim(-0.5, max(len(panel.parts), 1) - 0.5)
    axes.set_xlabel(f"{AXES[panel.by]}\n(second line: frames / people)", color=GREY, fontsize=7)
    axes.tick_params(colors=GREY, labelsize=7)
    axes.grid(color=GREY, alpha=0.2, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.locator_params(axis="y", nbins=5)
    axes.patch.set_alpha(0)


def _range(part: Part, by: str) -> str:
    places = 0 if by == YAW else 2
    return f"over {part.low:.0f}" if np.isinf(part.high) else f"{part.low:.{places}f}–{part.high:.{places}f}"


def metric_plots_in_words(panels: Sequence[Panel]) -> str:
    """What the panels show, for people who do not see them: each line's first and last value, and how many frames are not shown."""
    return " ".join(_in_words(panel) for panel in panels)


def _in_words(panel: Panel) -> str:
    ends = {
        name: [
            f"{value.number:.3g} at {_range(part, panel.by)}" for value, part in zip(line, panel.parts, strict=True) if value is not None
        ]
        for name, line in panel.lines.items()
    }
    lines = "; ".join(f"{name} {' to '.join(dict.fromkeys([told[0], told[-1]]))}" for name, told in ends.items() if told)
    left_out = f" Frames that are not shown, as their part has too few: {panel.left_out}." if panel.left_out else ""
    return f"{panel.metric.title} by the {AXES[panel.by]}: {lines}.{left_out}"
