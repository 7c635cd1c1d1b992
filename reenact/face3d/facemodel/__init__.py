"""Linear 3D face models: a mean head, identities and blendshapes as displacements, and the 68 landmarks on its surface."""

from reenact.face3d.facemodel.load import face_model
from reenact.face3d.facemodel.model import FaceModel

__all__ = ["FaceModel", "face_model"]
