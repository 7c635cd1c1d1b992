"""A method that is not this project's: scikit-image's piecewise affine warp, driven by what an exported test set says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.transform import PiecewiseAffineTransform, warp


def reenact_exported(testset: Path, out: Path) -> None:
    """Warp each target to its driver's landmarks: `out`/0000/000000.png and so on, a picture for each of the driver's."""
    about = json.loads((testset / "testset.json").read_text(encoding="utf-8"))
    with (testset / "landmarks.csv").open(encoding="utf-8") as file:
        points = {
            row["file"]: np.array([float(value) for name, value in row.items() if name != "file"]).reshape(68, 2)
            for row in csv.DictReader(file)
        }
    for number in range(len(about["pairs"])):
        name = f"targets/{number:04d}.png"
        target = np.asarray(Image.open(testset / name))
        drivers = sorted((testset / f"drivers/{number:04d}").glob("*.png"))
        folder = out / f"{number:04d}"
        folder.mkdir(parents=True)
        for driver in drivers:
            wanted = points[driver.relative_to(testset).as_posix()]
            Image.fromarray(_warped(target, points[name], wanted)).save(folder / driver.name)


def _warped(target: np.ndarray, its: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The target with its landmarks where they are wanted, and its border where it was."""
    size = len(target)
    ends = np.linspace(0, size - 1, 5)
    border = np.array([(x, y) for x in ends for y in ends if x in (0, size - 1) or y in (0, size - 1)])
    transform = PiecewiseAffineTransform.from_estimate(np.concatenate([wanted, border]), np.concatenate([its, border]))
    return (warp(target, transform, output_shape=(size, size), mode="edge") * 255).round().astype(np.uint8)
