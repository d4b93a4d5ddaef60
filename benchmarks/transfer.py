"""Transfer learning shown: mobilenet_v2 from ImageNet, and five_layer from FER2013 to drawn faces.

    python benchmarks/transfer.py --runs DIR --only backbone --imagenet FILE [--data NAME]
    python benchmarks/transfer.py --runs DIR --only drawn --init MODEL
    python benchmarks/transfer.py --runs DIR --report [docs/transfer.md] [--pair RUN RUN]

The first two lines train what DIR does not hold yet; interrupted at any moment, they are started
again and go on. The third trains nothing: it prints the tables of what has finished, or fills a
Markdown file and draws its pictures into `images/` beside it. `--pair` names two runs of
mobilenet_v2 that were trained elsewhere. FILE holds the backbone's ImageNet weights, MODEL is a
run of five_layer. The report needs the same `--seeds` and `--epochs` as the trainings.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import transfer_backbone
import transfer_drawn
from study import fill, seed_list, train_missing

from zoo.data import library
from zoo.errors import ZooError

if TYPE_CHECKING:
    from study import Trial

    from zoo.data.dataset import Dataset

MARKS = {
    "backbone": "tables: benchmarks/transfer.py, backbone",
    "drawn": "tables: benchmarks/transfer.py, drawn",
}


def studies(arguments: argparse.Namespace) -> dict[str, Any]:
    """The chosen parts with `--seeds` and `--epochs`; of the backbone the first seed alone."""
    parts: dict[str, Any] = {"backbone": transfer_backbone.STUDY, "drawn": transfer_drawn.STUDY}
    if arguments.epochs:
        parts = {name: replace(part, epochs=arguments.epochs) for name, part in parts.items()}
    if arguments.seeds:
        parts["backbone"] = replace(parts["backbone"], seed=arguments.seeds[0])
        parts["drawn"] = replace(parts["drawn"], seeds=arguments.seeds)
    return {name: part for name, part in parts.items() if arguments.only in (None, name)}


def work(arguments: argparse.Namespace) -> list[tuple[Trial, Dataset]]:
    """What is to be trained, and what on.

    Raises:
        ZooError: a part lacks the weights it starts from.
    """
    parts, todo = studies(arguments), []
    if "backbone" in parts:
        dataset = library.open_dataset(arguments.data)
        todo += transfer_backbone.work(parts["backbone"], arguments.imagenet, dataset)
    if "drawn" in parts:
        todo += transfer_drawn.work(parts["drawn"], arguments.init, arguments.runs)
    return todo


def report(arguments: argparse.Namespace, page: Path | None) -> None:
    """Print the tables, or fill `page` and draw its pictures.

    Raises:
        ZooError: no part has finished runs, or `page` has no marks.
    """
    parts, runs = studies(arguments), arguments.runs
    images = page.parent / "images" if page else None
    texts = {}
    if "backbone" in parts:
        texts["backbone"] = transfer_backbone.report(
            parts["backbone"], runs, arguments.pair, images
        )
    if "drawn" in parts:
        texts["drawn"] = transfer_drawn.report(parts["drawn"], runs, images)
    there = {MARKS[part]: f"\n{text}" for part, text in texts.items() if text}
    if not there:
        raise ZooError(f"{runs}: no finished run of this study; run it without --report")
    if page:
        fill(page, there)
    else:
        print("".join(there.values()), end="")


def main() -> None:
    """Parse the arguments; train, or report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--data", default="fer2013", help="of the backbone's part")
    parser.add_argument("--imagenet", type=Path, metavar="FILE", help="mobilenet_v2's weights")
    parser.add_argument("--init", metavar="MODEL", help="a run of five_layer")
    parser.add_argument("--only", choices=list(MARKS))
    parser.add_argument("--seeds", type=seed_list, metavar="A,B", help="instead of a part's own")
    parser.add_argument("--epochs", type=int, help="instead of a part's own")
    parser.add_argument("--report", nargs="?", type=Path, const=Path(), metavar="FILE")
    parser.add_argument("--pair", nargs=2, metavar="RUN", help="two runs of mobilenet_v2")
    arguments = parser.parse_args()
    try:
        if arguments.report is None:
            train_missing(work(arguments), arguments.runs)
        else:
            report(arguments, arguments.report if arguments.report.name else None)
    except ZooError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
