"""What happens to faces inside a network or before it."""
