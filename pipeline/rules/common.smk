# What the rules share: the files of a split.


def shards_of(split):
    return expand(f"{SHARDS}/{split}/{{number}}.parquet", number=NUMBERS[split])


def ledgers_of(split):
    return expand(f"{SHARDS}/{split}/{{number}}.ledger.json", number=NUMBERS[split])
