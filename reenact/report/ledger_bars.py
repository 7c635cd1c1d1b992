"""What was kept and what was left out, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from reenact.files import atomic_path
from reenact.report.curves import GREY, LINE, STYLE
from reenact.report.ledger_table import UNITS

WIDTH_INCHES = 8.7
BAR_INCHES, LEGEND_INCHES = 0.32, 0.2
LEGEND_COLUMNS = 4
# Of Okabe and Ito, without the blues: everybody can tell them apart. With the hatches, which take turns at another pace, they do for twenty
# reasons.
COLOURS = ("#e69f00", "#009e73", "#f0e442", "#d55e00", "#cc79a7")
HATCHES = ("", "////", "....", "xxxx")
INK = "#2b3036"
KEPT = "kept"


def write_ledger_bars(path: Path, splits: Mapping[str, Mapping[str, Any]]) -> None:
    """Draw the sums of each split's ledgers as SVG without a date in it.

    The left plot shows what became of all, the right one what was left out. Each bar is a whole: the frames or the clips of a split. A
    reason has the same colour and hatch everywhere.
    """
    bars = [(f"{split} {unit}", sums[unit]) for unit in reversed(UNITS) for split, sums in splits.items()]
    reasons = sorted({reason for _, sums in bars for reason in sums["left_out"]})
    legend_rows = -(-(len(reasons) + 1) // LEGEND_COLUMNS)
    with rc_context({**STYLE, "hatch.linewidth": 0.6}), atomic_path(path) as part:
        height = 0.9 + BAR_INCHES * len(bars) + LEGEND_INCHES * legend_rows
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        whole, lost = figure.subplots(1, 2, sharey=True)
        looks = _looks(reasons)
        for place, (_, sums) in enumerate(bars):
            _bar(whole, place, {KEPT: sums["kept"], **sums["left_out"]}, looks)
            _bar(lost, place, sums["left_out"], looks)
        whole.set_yticks(range(len(bars)), [name for name, _ in bars])
        _finish(whole, "of all, %", len(bars))
        _finish(lost, "of what was left out, %", len(bars))
        figure.legend(
            handles=[Patch(label=name, **look) for name, look in looks.items()],
            loc="outside lower center",
            ncols=min(LEGEND_COLUMNS, len(looks)),
            frameon=False,
            labelcolor=GREY,
        )
        figure.patch.set_alpha(0)
        FigureCanvasSVG(figure).print_svg(part, metadata={"Date": None, "Creator": None})


def ledger_in_words(splits: Mapping[str, Mapping[str, Any]]) -> str:
    """What the bars show, for people who do not see them."""
    return " ".join(
        f"Of {sums[unit]['in']:,} {split} {unit} {sums[unit]['kept']:,} were kept{_in_words(sums[unit]['left_out'])}."
        for unit in reversed(UNITS)
        for split, sums in splits.items()
    )


def _in_words(left_out: Mapping[str, int]) -> str:
    return "".join(f", {count:,} left out: {reason}" for reason, count in sorted(left_out.items()))


def _looks(reasons: Sequence[str]) -> dict[str, dict[str, Any]]:
    """How each part of a bar is filled, by its name. What was kept comes first."""
    fills = [(COLOURS[number % len(COLOURS)], HATCHES[number % len(HATCHES)]) for number in range(len(reasons))]
    looks = {KEPT: (LINE, ""), **dict(zip(reasons, fills, strict=True))}
    return {name: {"facecolor": colour, "hatch": hatch, "edgecolor": INK, "linewidth": 0.5} for name, (colour, hatch) in looks.items()}


def _bar(axes: Axes, place: int, parts: Mapping[str, int], looks: Mapping[str, Mapping[str, Any]]) -> None:
    total = sum(parts.values())
    if total == 0:
        axes.text(0, place, " nothing", color=GREY, va="center")
        return
    left = 0.0
    for name, look in looks.items():
        width = 100 * parts.get(name, 0) / total
        if width > 0:
            axes.barh(place, width, left=left, height=0.7, **look)
        left += width
    axes.text(101.5, place, f"{total:,}", color=GREY, va="center")


def _finish(axes: Axes, title: str, bars: int) -> None:
    axes.set_title(title, color=GREY, fontsize=8, loc="left")
    axes.set_xlim(0, 100)
    axes.set_ylim(bars - 0.4, -0.6)  # the first on top
    axes.tick_params(colors=GREY, labelsize=7, length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    axes.patch.set_alpha(0)
