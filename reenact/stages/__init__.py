"""The workflow's steps, one file a stage. Each reads and writes files where the workspace has them."""
