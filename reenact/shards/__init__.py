"""Parquet shards: a row a frame, with its crop, landmarks and where they came from; and the ledgers that account for every frame."""
