"""Flows from landmarks alone: where each place of a wanted picture lies in the target's picture. Nothing here is trained."""
