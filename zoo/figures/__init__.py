"""Every picture of the zoo: arrays in, files out. Knows numpy and matplotlib, never Keras."""
