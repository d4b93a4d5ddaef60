"""Write a small fer2013.csv of drawn faces: ``drawn_csv.py FILE``."""

import csv
import sys
from pathlib import Path

from zoo.data.drawn import draw_faces

USAGES = ["Training"] * 300 + ["PublicTest"] * 70 + ["PrivateTest"] * 70

drawn = draw_faces(len(USAGES), seed=0)
with Path(sys.argv[1]).open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["emotion", "pixels", "Usage"])
    for face, label, usage in zip(drawn.faces, drawn.labels, USAGES, strict=True):
        writer.writerow([label, " ".join(map(str, face.ravel())), usage])
