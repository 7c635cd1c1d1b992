"""Three dimensions: morphable face models, head pose, and fitting them to 68 landmarks."""
