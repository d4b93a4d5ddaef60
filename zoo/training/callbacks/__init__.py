"""What happens around the epochs of a training: one class per file."""
