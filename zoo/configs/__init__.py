"""Facts and recipes as TOML text."""
