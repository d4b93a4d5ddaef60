"""Faces and their labels: readers, the cache, the library of data sets, the drawn faces."""
