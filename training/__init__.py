"""Corpus, splits, evaluation and training of bundles."""
