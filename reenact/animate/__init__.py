"""`reenact animate`: from a portrait and a driving video to a video of the portrait that moves as the driver does."""
