"""The paper's test sets: LMTest (landmarks), SelfTest and CrossTest (frozen lists of frames in the test shards)."""
