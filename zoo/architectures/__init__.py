"""The registry and its architectures."""
