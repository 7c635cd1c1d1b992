"""Loss curves as small multiples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reenact.files import atomic_path

COLUMNS = 3
PANEL_INCHES = (2.9, 1.75)
MOST_POINTS = 300
# Mid greys and blues that can be read on a white and on a black page alike.
GREY, LINE = "#808690", "#4f8cc9"
STYLE: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "reenact", "font.family": "sans-serif", "font.size": 8}


def read_curves(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The losses of a curves.csv by name: the iterations at which a loss has a value, int64, and the values, float64."""
    table = pd.read_csv(path, index_col="iteration")
    known = {name: column.dropna() for name, column in table.items()}
    return {str(name): (column.index.to_numpy(), column.to_numpy()) for name, column in known.items() if len(column)}


def write_curves(path: Path, curves: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Draw each loss in a panel of its own, as SVG without a date in it."""
    rows = -(-len(curves) // COLUMNS)
    with rc_context(STYLE), atomic_path(path) as part:
        figure = Figure(figsize=(PANEL_INCHES[0] * COLUMNS, PANEL_INCHES[1] * max(rows, 1)), layout="constrained")
        for place, (name, (steps, values)) in enumerate(curves.items(), start=1):
            axes = figure.add_subplot(rows, COLUMNS, place)
            shown = np.unique(np.linspace(0, len(steps) - 1, min(MOST_POINTS, len(steps))).round().astype(int))
            axes.plot(steps[shown], values[shown], color=LINE, linewidth=1.1)
            axes.set_title(name, color=GREY, fontsize=8, loc="left")
            axes.tick_params(colors=GREY, labelsize=7)
            axes.grid(color=GREY, alpha=0.2, linewidth=0.5)
            axes.spines[["top", "right"]].set_visible(False)
            axes.spines[["left", "bottom"]].set_color(GREY)
            axes.locator_params(nbins=4)
            axes.patch.set_alpha(0)
        figure.patch.set_alpha(0)
        FigureCanvasSVG(figure).print_svg(part, metadata={"Date": None, "Creator": None})
