"""What the benchmarks of importing and auditing measure memory with."""

import resource
import sys

_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_megabytes(children: int = 0) -> float:
    """The memory of this process and of those that work for it, each at its largest, together.

    Args:
        children: how many work for it at a time; the largest that ended counts for each.
    """
    own, child = (
        resource.getrusage(who).ru_maxrss * _UNIT / 1e6
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own + children * child
