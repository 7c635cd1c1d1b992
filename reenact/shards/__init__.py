"""Parquet shards: one row per frame, with its crop, its landmarks and where they came from. Ledgers account for every frame."""
