"""Tables, figures, a video and a page of what was measured and generated. All of it is made from files of earlier stages."""
