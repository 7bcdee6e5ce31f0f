"""Fitting: the only package that imports torch and scikit-learn (the `train` extra)."""
