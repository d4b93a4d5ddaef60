"""``zoo weights``."""

from __future__ import annotations

import click


@click.group()
def weights() -> None:
    """List, verify and exchange trained weights."""
