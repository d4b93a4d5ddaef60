"""Explainers over any predictor."""
