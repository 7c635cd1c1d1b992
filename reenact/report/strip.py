"""The five figures to see first, each with its interval and with what it is read by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, SHUFFLED
from reenact.evaluation.tables import NO_SOURCE, TABLE3_LANDMARKS
from reenact.report.paper_tables import SETTINGS

Write = Callable[[float], str]


def _share(number: float) -> str:
    return f"{100 * number:.1f} %"


def _plain(number: float) -> str:
    return f"{number:.3f}"


def _degrees(number: float) -> str:
    return f"{number:.1f}°"


@dataclass(frozen=True)
class Shown:
    """A metric of a test set, "self" or "cross". beside: the rows to read it by, each with what it is called."""

    metric: str
    title: str
    setting: str
    better: str
    write: Write
    beside: Mapping[str, str]


DRIVERS = "Driver's own frames"
STILL = "Target's picture as it is"
SHOWN = (
    Shown("reidentified", "Re-identified", "cross", "higher is better", _share, {DRIVING_FRAMES.generator: DRIVERS}),
    Shown("isim_centred", "ISIM, centred", "cross", "higher is better", _plain, {DRIVING_FRAMES.generator: DRIVERS}),
    Shown("rotation_error", "Rotation error", "cross", "lower is better", _degrees, {COPY_TARGET.generator: STILL}),
    Shown(
        "ssim_face", "SSIM in the face", "self", "higher is better", _plain,
        {COPY_TARGET.generator: STILL, SHUFFLED.generator: "Another person's frames"},
    ),
)  # fmt: skip


def strip(table1: Mapping[str, Any], scores: Mapping[str, Any], generator: str) -> list[dict[str, Any]]:
    """The figures of a generator, and E_I's of Table 1: for each what it is, its text, its interval, and what it is read by.

    SelfTest's are from the true landmarks, CrossTest's from LD-Net's. A metric that was not measured is left out.
    """
    return [*(found for shown in SHOWN if (found := _measured(shown, scores, generator))), _ratio(table1)]


def _measured(shown: Shown, scores: Mapping[str, Any], generator: str) -> dict[str, Any] | None:
    rows = scores[shown.setting]
    entry = rows[generator][TABLE3_LANDMARKS[shown.setting]].get(shown.metric)
    if entry is None or entry["value"] is None:
        return None
    return _figure(shown.title, f"{SETTINGS[shown.setting]}, {shown.better}", entry, shown.write, dict(_beside(shown, rows)))


def _beside(shown: Shown, rows: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for row, title in shown.beside.items():
        found = rows.get(row, {}).get(NO_SOURCE, {}).get(shown.metric)
        if found is not None and found["value"] is not None:
            yield title, found["value"]


def _ratio(table1: Mapping[str, Any]) -> dict[str, Any]:
    entry = table1["E_I"]["ratio_same_identity"]
    beside = {"Raw landmarks": table1["landmarks"]["ratio_same_identity"]["value"], "Paper, on other people": entry["paper"]}
    return _figure("E_I: same identity ÷ both different", "LMTest, lower is better", entry, _plain, beside)


def _figure(title: str, where: str, entry: Mapping[str, Any], write: Write, beside: Mapping[str, float]) -> dict[str, Any]:
    has_interval = "low" in entry
    return {
        "title": title,
        "where": where,
        "exact": entry["value"],
        "text": write(entry["value"]),
        "interval": f"{write(entry['low'])} to {write(entry['high'])}" if has_interval else "",
        "beside": [{"title": name, "exact": number, "text": write(number)} for name, number in beside.items()],
        "card": entry["card"],
    }
