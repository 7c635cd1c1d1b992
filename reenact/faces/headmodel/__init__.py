"""The 3D head model: MakeHuman's geometry with 51 ARKit face units, identities by slider, and the 68 landmarks on its surface."""

from reenact.faces.headmodel.identity import Person
from reenact.faces.headmodel.landmarks import JAW_YAW_LIMIT
from reenact.faces.headmodel.model import HeadModel, head_model
from reenact.faces.headmodel.pose import Camera, rotation_matrices
from reenact.faces.headmodel.units import UNITS

__all__ = ["JAW_YAW_LIMIT", "UNITS", "Camera", "HeadModel", "Person", "head_model", "rotation_matrices"]
