"""The 3D head model: MakeHuman's geometry with 51 ARKit blendshapes, identities by slider, and the 68 landmarks on its surface."""

from reenact.face3d.headmodel.blendshapes import BLENDSHAPES
from reenact.face3d.headmodel.identity import Person
from reenact.face3d.headmodel.mesh_landmarks import JAW_YAW_LIMIT
from reenact.face3d.headmodel.model import HeadModel, head_model
from reenact.face3d.headmodel.pose import Camera, rotation_matrices

__all__ = ["BLENDSHAPES", "JAW_YAW_LIMIT", "Camera", "HeadModel", "Person", "head_model", "rotation_matrices"]
