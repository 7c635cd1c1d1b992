"""Fitting a 3D face model to 68 landmarks: pose, identity and blendshapes, frame by frame or with one identity for many frames."""

from reenact.face3d.fit.fit import Fit, fit, fit_clip

__all__ = ["Fit", "fit", "fit_clip"]
