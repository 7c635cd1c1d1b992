"""Linear 3D face models: a mean head, identities and face units as displacements, and the 68 landmarks on its surface."""

from reenact.faces.facemodel.load import face_model
from reenact.faces.facemodel.model import FaceModel

__all__ = ["FaceModel", "face_model"]
