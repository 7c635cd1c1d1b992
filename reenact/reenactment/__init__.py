"""The one way from a target and a driver's landmarks to pictures: networks, transfer, placement, reenactor."""
