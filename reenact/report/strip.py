"""The five figures to see first, each with its interval and with what it is read by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reenact.evaluation.results import COPY_TARGET, DRIVING_FRAMES, SHUFFLED
from reenact.evaluation.tables import NO_SOURCE, TABLE3_LANDMARKS
from reenact.report.answer import percent
from reenact.report.paper_tables import SETTINGS

Write = Callable[[float], str]


def _plain(number: float) -> str:
    return f"{number:.3f}".replace("-", "−")


def _degrees(number: float) -> str:
    return f"{number:.1f}°"


@dataclass(frozen=True)
class Shown:
    """A metric of a test set, "self" or "cross".

    arrow: where it gets better. write: its text. beside: the rows to read it by, each with what it is called.
    """

    metric: str
    title: str
    setting: str
    arrow: str
    write: Write
    beside: Mapping[str, str]


DRIVERS = "Driver itself"
STILL = "Still target"
SHOWN = (
    Shown("reidentified", "Re-identified", "cross", "↑", percent, {DRIVING_FRAMES.generator: DRIVERS}),
    Shown("isim_centred", "ISIM, centred", "cross", "↑", _plain, {DRIVING_FRAMES.generator: DRIVERS}),
    Shown("rotation_error", "Rotation error", "cross", "↓", _degrees, {COPY_TARGET.generator: STILL}),
    Shown(
        "ssim_face", "SSIM in the face", "self", "↑", _plain,
        {COPY_TARGET.generator: STILL, SHUFFLED.generator: "Another person"},
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
    return _figure(f"{shown.title} {shown.arrow}", SETTINGS[shown.setting], entry, shown.write, dict(_beside(shown, rows)))


def _beside(shown: Shown, rows: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for row, title in shown.beside.items():
        found = rows.get(row, {}).get(NO_SOURCE, {}).get(shown.metric)
        if found is not None and found["value"] is not None:
            yield title, found["value"]


def _ratio(table1: Mapping[str, Any]) -> dict[str, Any]:
    entry = table1["E_I"]["ratio_same_identity"]
    beside = {"Raw landmarks": table1["landmarks"]["ratio_same_identity"]["value"], "Paper, on other people": entry["paper"]}
    return _figure("E_I's ratio ↓", "LMTest: same identity ÷ both different", entry, _plain, beside)


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
