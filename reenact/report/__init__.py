"""Tables, figures, a video and a page of what was measured and generated; everything here is drawn from files of earlier steps."""
