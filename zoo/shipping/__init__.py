"""From a finished run to weights that others can use: export, ship, verify."""
