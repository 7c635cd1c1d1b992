"""What each stage of the workflow does, one file a stage. Each reads and writes files where the workspace has them."""
