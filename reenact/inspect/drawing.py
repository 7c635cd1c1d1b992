"""What `reenact inspect` draws: detections, landmarks and crop on the picture; landmarks, head-model fit and pose on the crop."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from reenact.face3d.facemodel import FaceModel, face_model
from reenact.face3d.fit import Fit, fit
from reenact.face3d.headmodel import rotation_matrices
from reenact.face3d.headmodel.pose import VIEW_SIDE
from reenact.faces.crop import CropBox
from reenact.faces.landmark_image import PARTS
from reenact.inspect.findings import Finding

SIDE = 384  # of the crop, and height of the picture beside it, pixels
HEAD, FOOT, TEXT_SIZE = 26, 62, 14
WIDEST = 2 * SIDE  # largest width of the picture beside the crop
PAPER, INK = (255, 255, 255), (40, 44, 52)
SURE, UNSURE, CROP, POINTS, FITTED = (60, 200, 60), (150, 150, 150), (255, 170, 0), (0, 230, 230), (255, 60, 200)
AXES = ((255, 80, 80), (80, 220, 80), (80, 140, 255))  # x to the subject's left, y up, z out of the face
AXIS_DECIMETRES = 0.6
FRACTION_BITS = 4  # cv2 takes fixed-point coordinates: sixteenths of a pixel
LEGEND = (
    "green: sure detection and its score · grey: unsure · orange: crop",
    "cyan: landmarks · pink: head-model fit · red, green, blue: pose axes",
)


def sheet(findings: Sequence[Finding], model_name: str) -> np.ndarray:
    """All findings drawn, two in a row if there are several: (height, width, 3) uint8 RGB."""
    model = face_model(model_name)
    panels = [_panel(finding, model) for finding in findings]
    width = max(panel.shape[1] for panel in panels)
    panels = [_padded(panel, width) for panel in panels]
    columns = min(2, len(panels))
    if len(panels) % columns:
        panels.append(np.full_like(panels[0], PAPER))
    rows = [np.hstack(panels[start : start + columns]) for start in range(0, len(panels), columns)]
    return np.vstack([*rows, _text(LEGEND, rows[0].shape[1], 2 * HEAD)])


def _panel(finding: Finding, model: FaceModel) -> np.ndarray:
    picture = _picture(finding)
    if finding.box is None or finding.landmarks is None:
        crop, words = np.full((SIDE, SIDE, 3), 235, np.uint8), [f"left out: {finding.reason}"]
    else:
        crop, words = _crop(finding.image, finding.box, finding.landmarks, model)
    body = np.hstack([picture, crop])
    return np.vstack([_text((finding.title,), body.shape[1], HEAD), body, _text(words, body.shape[1], FOOT)])


def _picture(finding: Finding) -> np.ndarray:
    """The whole picture at a height of `SIDE`, or less if it is very wide, with detections, landmarks and crop."""
    height, width = finding.image.shape[:2]
    scale = min(SIDE / height, WIDEST / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = cv2.resize(finding.image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    for detection in finding.detections:
        colour = SURE if detection.is_sure else UNSURE
        _rectangle(canvas, detection.box, scale, colour)
        x, y = detection.box[0] * scale, detection.box[1] * scale
        cv2.putText(
            canvas, f"{detection.score:.2f}", (round(x), max(10, round(y) - 4)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA
        )
    if finding.landmarks is not None:
        _dots(canvas, (finding.landmarks + 0.5) * scale - 0.5, POINTS, radius=1.2)
    if finding.box is not None:
        _rectangle(canvas, (finding.box.x0, finding.box.y0, finding.box.x1, finding.box.y1), scale, CROP)
    return _padded(canvas, canvas.shape[1], SIDE)


def _crop(image: np.ndarray, box: CropBox, landmarks: np.ndarray, model: FaceModel) -> tuple[np.ndarray, list[str]]:
    """The crop with landmarks, fit and pose axes, and the fit in numbers."""
    canvas = box.cut(image, SIDE)
    landmarks = box.to_crop(landmarks, SIDE)
    fitted = fit(model, landmarks[None], SIDE)
    points = fitted.landmarks(model, SIDE)[0]
    for part in PARTS:
        cv2.polylines(canvas, [_fixed(points[part.first : part.last + 1])], part.closed, FITTED, 1, cv2.LINE_AA, FRACTION_BITS)
    _dots(canvas, landmarks, POINTS, radius=2)
    _axes(canvas, fitted, points[30])
    yaw, pitch, roll = np.degrees(fitted.rotation[0])
    side = box.x1 - box.x0
    return canvas, [
        f"yaw {yaw:+.0f}°   pitch {pitch:+.0f}°   roll {roll:+.0f}°",
        f"fit's residual {fitted.residual[0]:.3f} of the outer-eye distance",
        f"crop {side:.0f} pixels a side" + ", partly outside the picture" * box.reaches_beyond(image.shape),
    ]


def _axes(canvas: np.ndarray, fitted: Fit, origin: np.ndarray) -> None:
    """Draw the head's axes from the tip of the nose, in orthographic projection."""
    length = AXIS_DECIMETRES * SIDE * float(fitted.scale[0]) / VIEW_SIDE
    directions = rotation_matrices(fitted.rotation[0]).T[:, :2] * (1, -1)
    for direction, colour in zip(directions, AXES, strict=True):
        ends = _fixed(np.stack([origin, origin + length * direction]))
        cv2.line(canvas, ends[0].tolist(), ends[1].tolist(), colour, 2, cv2.LINE_AA, FRACTION_BITS)


def _rectangle(canvas: np.ndarray, box: tuple[float, float, float, float], scale: float, colour: tuple[int, int, int]) -> None:
    corners = _fixed((np.reshape(box, (2, 2)) + 0.5) * scale - 0.5)
    cv2.rectangle(canvas, corners[0].tolist(), corners[1].tolist(), colour, 1, cv2.LINE_AA, FRACTION_BITS)


def _dots(canvas: np.ndarray, points: np.ndarray, colour: tuple[int, int, int], radius: float) -> None:
    for point in _fixed(points):
        cv2.circle(canvas, point.tolist(), round(radius * (1 << FRACTION_BITS)), colour, -1, cv2.LINE_AA, FRACTION_BITS)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(points, -1e5, 1e5) * (1 << FRACTION_BITS)).astype(np.int32)


def _padded(image: np.ndarray, width: int, height: int | None = None) -> np.ndarray:
    """The image in the upper left of a larger white one."""
    canvas = np.full((height or image.shape[0], width, 3), PAPER, np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def _text(lines: Sequence[str], width: int, height: int) -> np.ndarray:
    canvas = Image.new("RGB", (width, height), PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT_SIZE)
    for number, line in enumerate(lines):
        pen.text((6, 4 + number * (TEXT_SIZE + 5)), line, INK, font)
    return np.asarray(canvas)
