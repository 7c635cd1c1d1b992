"""What `reenact inspect` shows: detections, landmarks, crop and head-model fit, gathered and drawn."""
