"""Who reads head pose and expression off a face: the 3D fit, or OpenFace where its path is given."""

from __future__ import annotations

from dataclasses import dataclass

from reenact.face3d.headmodel.blendshapes import BLENDSHAPES


@dataclass(frozen=True)
class Motion:
    """A reader of motion.

    reader: its readings are READER.rotation, (F, 3) radians, and READER.expression, (F, U). ending, title: what is added to a metric's name
    and title. strongest: of one number of the expression. units: what the numbers are. place: moves its metrics behind the other reader's.
    """

    reader: str
    ending: str
    title: str
    backend: str
    strongest: float
    count: int
    units: str
    place: int
    note: str


MOTIONS = (
    Motion(
        reader="headmodel", ending="", title="", backend="headmodel-{face_model}", strongest=1.0, count=len(BLENDSHAPES),
        units="blendshapes, each in [0, 1]", place=0,
        note="A 3D face is fitted to the landmarks found in the picture. The paper's backend is OpenFace.",
    ),
    Motion(
        reader="openface", ending="_openface", title=" (OpenFace)", backend="openface-2", strongest=5.0, count=17,
        units="action units, each in [0, 5]", place=5, note="Frames that OpenFace calls no success have no value.",
    ),
)  # fmt: skip
