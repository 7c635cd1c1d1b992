"""The paper's Tables 1 to 4 with our figures beside the paper's."""

from __future__ import annotations

from typing import Any

from reenact.evaluation import paper
from reenact.metrics.frechet import NAME as FD
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
COPIED = "Target copied (no method)"
ROWS = {
    "fdgan": "FD-GAN",
    "copy_target": COPIED,
    "driving_frames": "Driving frames (no method)",
}
HERE, PUBLISHED = "Measured here", "Published"
OURS = {"fdgan_ldnet": "FD-GAN + LD-Net", "copy_target": COPIED}
METHODS = {"x2face": "X2Face", "first_order": "First-order model", "ours": "FD-GAN + LD-Net"}
LIKENESS = ("isim", "psim", "ed")
# Decimal places of the paper's Table 4.
PLACES = {"isim": 4, "psim": 3, "ed": 3, "fid": 2}
REFERENCES = {"target": "the target image", "driver": "the true frame in SelfTest, the target image in CrossTest"}


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
    rows = []
    for setting, title in SETTINGS.items():
        for source, name in LANDMARKS[setting].items():
            found = metrics[setting][source]
            pairs = [cell(found[metric]) for metric in LIKENESS for cell in (measured, published)]
            rows.append([Cell(title), Cell(name), *pairs, measured(found.get("landmark_error"))])
    if floor := metrics["cross"].get("driving_frames"):
        empty = [measured(None)] * 2 * len(LIKENESS)
        rows.append([Cell(SETTINGS["cross"]), Cell(DLIB), *empty, measured(floor["landmark_error"])])
    about = metrics["about"]
    return Table(
        "table2",
        "Table 2. Results painted from the driver's own landmarks and from LD-Net's: identity (ISIM ↑), pose (PSIM ↑) and expression "
        "(ED ↓); and how far the landmarks are from the truth.",
        ["Test set", "Landmarks from", "ISIM", "ISIM, paper", "PSIM", "PSIM, paper", "ED", "ED, paper", "Landmark error ↓"],
        rows,
        [
            _isim_note(metrics["self"]["driver"]["isim"]["backend"], about),
            _motion_note(metrics["self"]["driver"]["psim"]["backend"]),
            _landmark_note(metrics["cross"]["driver"].get("landmark_error")),
            _size_note(about),
            *paper.CONTRADICTIONS["table2"],
        ],
        labels=2,
    )


def table3(metrics: dict[str, Any]) -> Table:
    """Table 3: the images of FD-GAN, between two rows that no method made."""
    rows = []
    for setting, title in SETTINGS.items():
        for row, name in ROWS.items():
            found = metrics[setting][row]
            isim, ssim = found["isim"], found.get("ssim")
            rows.append(
                [
                    Cell(title),
                    Cell(name),
                    measured(isim),
                    published(isim),
                    measured(ssim),
                    published(ssim),
                    measured(found.get("ssim_face")),
                    measured(found.get("fd")),
                ]
            )
    own, about = metrics["self"]["fdgan"], metrics["about"]
    return Table(
        "table3",
        "Table 3. Images of FD-GAN: identity (ISIM ↑), structure (SSIM ↑) and distance to the driving frames' distribution (FD ↓).",
        ["Test set", "Images", "ISIM", "ISIM, paper", "SSIM", "SSIM, paper", "SSIM in the face", FD],
        rows,
        [
            f"{_isim_note(own['isim']['backend'], about)} Read it between the two rows marked "
            "“no method”: in SelfTest the driving frames show the same person as the target, in CrossTest another, and the target in place "
            "of each result keeps the identity by doing nothing.",
            f"SSIM: backend {own['ssim']['backend']}, at {about['image_size']} pixels a side (the paper: 256, its settings "
            "unknown); “in the face” counts the pixels within the hull of the true landmarks only.",
            f"{FD} is the Fréchet distance of face embeddings and no FID. The paper's FID (Inception-v3) is {paper.FID['self']} in "
            f"SelfTest and {paper.FID['cross']} in CrossTest and has nothing to be compared with here.",
            *_rank_notes(
                {
                    f"{title}, {name}": metrics[setting][row]["fd"]
                    for setting, title in SETTINGS.items()
                    for row, name in ROWS.items()
                    if "fd" in metrics[setting][row]
                }
            ),
            "FD-GAN is judged with the true landmarks in SelfTest and with LD-Net's in CrossTest. " + _size_note(about),
            *paper.CONTRADICTIONS["table3"],
        ],
        labels=2,
    )


def table4(metrics: dict[str, Any]) -> Table:
    """Table 4: the whole method as measured here, and apart from it what the paper published of three methods."""
    rows = [
        [Cell(HERE), Cell(name), *(measured(metrics["measured"][row][metric]) for metric in (*LIKENESS, "fd")), figure(None)]
        for row, name in OURS.items()
    ]
    for method, name in METHODS.items():
        isim, psim, ed, fid = (figure(metrics["published"][method][metric], places) for metric, places in PLACES.items())
        rows.append([Cell(PUBLISHED), Cell(name), isim, psim, ed, figure(None), fid])
    own, about = metrics["measured"]["fdgan_ldnet"], metrics["about"]
    return Table(
        "table4",
        "Table 4. CrossTest: the whole method as measured here, and what the paper published of it and of two other methods.",
        ["", "Method", "ISIM ↑", "PSIM ↑", "ED ↓", f"{FD} ↓", "FID ↓"],
        rows,
        [
            f"Only the rows “{HERE.lower()}” were measured here. The rows “{PUBLISHED.lower()}” are copied from the paper: other videos, "
            "other networks behind the metrics (VGGFace2, OpenFace, Inception-v3), 256 pixels a side and a far longer training. No figure "
            "of the one kind can be set against one of the other; X2Face and the first-order model were not run here.",
            f"ISIM: backend {own['isim']['backend']}. {_motion_note(own['psim']['backend'])}",
            f"{FD} is the Fréchet distance of face embeddings and no FID. The target in place of each result is the scale to read by: it "
            "keeps the identity and follows nothing.",
            *_rank_notes({name: metrics["measured"][row]["fd"] for row, name in OURS.items()}),
            f"{about['crosstest']['items']} pairs, {about['crosstest']['frames']:,} frames (the paper: 80, 8,000 frames); images of "
            f"{about['image_size']} pixels a side.",
            *paper.CONTRADICTIONS["table4"],
        ],
        labels=2,
    )


def _origin_note(origin: dict[str, Any]) -> str:
    """Where LMTest's identities and performance come from, how well the face model fitted them, and what gave none."""
    parts = []
    for what, title in (("identities", "Identities"), ("performance", "pose and expression")):
        part = origin[what]
        left_out = "".join(f", {count} left out: {reason}" for reason, count in part["left_out"].items())
        parts.append(f"{title}: {part['source']} (mean residual {part['residual']:.3f} of the outer-eye distance{left_out})")
    return f"{'; '.join(parts)}; fitted with the face model {origin['face_model']}."


def _isim_note(backend: str, about: dict[str, Any]) -> str:
    compared = REFERENCES[about["isim_reference"]]
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
        "true units and rotation, in parts of the distance between the outer corners of the eyes. "
        f"Backend {entry['backend']}, {entry['n']:,} frames. “{DLIB}” is the error of dlib's landmarks of the driver against the driver's "
        "own head: what is painted from starts with it."
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
