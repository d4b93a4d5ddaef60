"""Metrics, intervals and tables of saved probabilities."""
