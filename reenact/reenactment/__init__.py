"""The single path from a target and a driver's landmarks to generated pictures: networks, transfer, placement, reenactor."""
