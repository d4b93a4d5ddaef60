"""The registry and its architectures: one function and one TOML each."""
