"""`make mutants`: small changes to the core modules, one at a time, and whether the modules' tests notice."""
