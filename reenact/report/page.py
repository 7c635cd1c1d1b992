"""What the report page shows, gathered from the files of earlier steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reenact.config.schema import Params
from reenact.files import sha256_file
from reenact.generators.registry import DEFAULT, TITLES
from reenact.metrics.registry import METRICS
from reenact.report.ledger_bars import ledger_in_words
from reenact.report.render import data_uri
from reenact.report.video import Pair

SECTIONS = {
    "figures": "Key figures",
    "video": "A pair in motion",
    "tables": "The paper's tables",
    "pictures": "Pictures",
    "training": "Training",
    "data": "Ledger",
    "origin": "Parameters and files",
    "machine": "Machine",
}


def people(params: Params) -> str:
    """Who is seen."""
    if params.corpus.kind == "synthetic":
        return "The people on this page do not exist: targets and drivers are faces rendered from a 3D head model."
    return "Targets and drivers are real people, from the videos of the corpus. They did and said nothing that a result shows."


def cards(tables: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures to see first: of LD-Net, and of the default generator by every metric of Tables 2 and 3."""
    one, two, three = tables["table1"], tables["table2"]["cross"][DEFAULT.name], tables["table3"]["self"]
    found = [
        _card(one["E_I"]["ratio_same_identity"], "E_I: same identity ÷ both different, smaller is better"),
        _card(one["E_P"]["ratio_same_pose"], "E_P: same pose and expression ÷ both different, smaller is better"),
    ]
    for name, metric in METRICS.items():
        better = f"{metric.better} is better"
        if name in two["ldnet"]:
            title = f"{metric.title} in CrossTest with LD-Net's landmarks, {better}"
            found.append(_card(two["ldnet"][name], title, two["driver"][name], "driver's landmarks"))
        elif name in three[DEFAULT.name]:
            title = f"{metric.title} in SelfTest, {better}"
            found.append(_card(three[DEFAULT.name][name], title, three["copy_target"][name], "target copied"))
    return found


def _card(entry: Mapping[str, Any], title: str, scale: Mapping[str, Any] | None = None, name: str = "paper") -> dict[str, Any]:
    """A figure beside the one to read it by: another row of the same backend, or, of ratios without one, the paper's."""
    beside = entry["paper"] if scale is None else scale["value"]
    return {
        "exact": entry["value"],
        "text": f"{entry['value']:.3f}",
        "title": title,
        "beside": f"{name.capitalize()} {beside:.3f} · backend {entry['backend']}",
    }


def video(path: Path, pair: Pair, image_size: int) -> dict[str, Any]:
    """The video of a CrossTest pair."""
    width, height = pair.size
    sound = "with its sound" if pair.has_sound else "without sound"
    return {
        "uri": data_uri(path),
        "width": width,
        "height": height,
        "caption": (
            f"CrossTest's first pair: the target {pair.item.target.subject} is driven by a clip of {pair.item.driver.subject}, {sound}. "
            f"{pair.frames} frames at the clip's own times; the result is {image_size} pixels a side and enlarged."
        ),
    }


def sheets(figures: Path, image_size: int) -> list[dict[str, str]]:
    """The three contact sheets."""
    generated = f"Each row shows the frame in the middle of its clip; results are {image_size} pixels a side."
    texts = {
        "selftest": (
            "SelfTest: a person reenacts itself",
            "Rows of target, true frame, and results from the true and from LD-Net's landmarks.",
            f"The driving frame is the truth. {generated}",
        ),
        "crosstest": (
            "CrossTest: one person drives another",
            "Rows of target, driver, and results from the driver's and from LD-Net's landmarks.",
            f"With the driver's own landmarks the result takes on the driver's face shape; LD-Net's are to keep the target's. {generated}",
        ),
        "corpus": (
            "The corpus: crops and landmarks",
            "Rows of five frames of a clip with the landmarks of the last.",
            "Crops as they lie in the shards, evenly spread over the first clip of some subjects.",
        ),
    }
    return [
        {"title": title, "alt": alt, "caption": caption, "uri": data_uri(figures / f"{name}.jpg")}
        for name, (title, alt, caption) in texts.items()
    ]


def curves(figures: Path, descriptions: Mapping[str, dict[str, Any]]) -> list[dict[str, str]]:
    """The loss curves of both networks."""
    plots = []
    for network, title in TITLES.items():
        iterations = " + ".join(f"{number:,}" for number in descriptions[network]["iterations"].values())
        plots.append(
            {
                "title": f"{title}: losses by iteration",
                "alt": f"A small plot for each loss of {title}.",
                "caption": f"{iterations} iterations, {descriptions[network]['weights']['parameters']:,} weights.",
                "uri": data_uri(figures / f"{network}-curves.svg"),
            }
        )
    return plots


def bars(figures: Path, splits: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The ledger as a picture."""
    return {
        "title": "What became of frames and clips",
        "alt": ledger_in_words(splits),
        "caption": "Each bar is a whole with its count: on the left all that went in, on the right what was left out of it, by reason.",
        "uri": data_uri(figures / "ledger.svg"),
    }


def parameters(params: Params) -> dict[str, str]:
    """Every parameter under its dotted key, with auto resolved; the device, which decides no figure, is left out."""
    flat = dict(_flat(params.model_dump(mode="json", exclude={"device"})))
    flat["corpus.landmark_subjects"] = str(params.corpus.landmark_subject_count)
    return flat


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", "null" if value is None else str(value)


def hashes(root: Path, files: list[Path]) -> dict[str, str]:
    """The SHA-256 of files by their path below the project."""
    return {path.relative_to(root).as_posix(): sha256_file(path) for path in files}
