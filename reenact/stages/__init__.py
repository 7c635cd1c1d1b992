"""The workflow's steps, one file a stage: files in, files out, at the places that the workspace names."""
