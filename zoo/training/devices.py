"""Several devices, GPUs above all, that share each batch of a training."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import keras
import numpy as np

from zoo.backend import gpus
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from zoo.training.batches import Batch


def spread(count: int) -> Spread:
    """Trainings on the first `count` GPUs, or processors where there is no GPU.

    Raises:
        ZooError: there are not that many.
    """
    # GPUs, where there are any.
    there = keras.distribution.list_devices()
    if count < 1:
        raise ZooError(f"--devices {count}: expected at least 1")
    if count > len(there):
        names = ", ".join(there)
        raise ZooError(f"--devices {count}: this machine has {len(there)} ({names})")
    return Spread(tuple(there[:count]))


def jit_compile() -> Literal["auto", False]:
    """Whether XLA compiles a network that is built here: always on JAX, which knows nothing else.

    On TensorFlow it was measured 3 to 13 times slower on processors, and cannot reach weights that
    are mirrored over several devices.
    """
    if keras.backend.backend() == "jax":
        return "auto"
    return "auto" if gpus() and not mirrored() else False


def mirrored() -> bool:
    """Whether this is the scope of several TensorFlow devices.

    There Keras takes the mean of the devices' metrics, which a matrix does not survive.
    """
    if keras.backend.backend() == "jax":
        return False
    import tensorflow as tf

    return bool(tf.distribute.has_strategy())


@dataclass(frozen=True)
class Spread:
    """Devices that hold the same weights and take a part of each batch.

    A recipe's batch size is that of all devices together, and a step's gradient is the mean over
    the whole batch, so several devices train as one does. Two differences remain on TensorFlow,
    which trains each device's part as a batch of its own: batch normalisation takes its statistics
    from the part, and a batch that the devices do not divide is filled up, see `feed`.

    Attributes:
        devices: as Keras names them, ``("gpu:0", "gpu:1")``.
    """

    devices: tuple[str, ...]

    def scope(self) -> AbstractContextManager[Any]:
        """What a network must be built, compiled, restored and trained within.

        It may be entered several times. A single device needs nothing.
        """
        return nullcontext() if len(self.devices) == 1 else self._strategy.scope()

    def feed(self, stream: Callable[[], Iterator[Batch]]) -> Any:
        """What `keras.Model.fit` is to be given for a stream of batches.

        TensorFlow's devices are given parts of the same size: where they do not divide a batch, it
        begins anew until they do, so that a few of its faces count twice.

        Args:
            stream: begins the stream.
        """
        if len(self.devices) == 1 or keras.backend.backend() == "jax":
            return stream()
        import tensorflow as tf

        def filled() -> Iterator[Batch]:
            for batch in stream():
                faces = len(batch[0])
                shown = np.arange(faces + -faces % len(self.devices)) % faces
                yield tuple(part[shown] for part in batch)

        # Under a strategy Keras looks at some batches first: of a generator it would lose those.
        first = next(filled())
        signature = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in first)
        return tf.data.Dataset.from_generator(filled, output_signature=signature)

    def batch_size(self, faces: int, largest: int) -> int:
        """The largest batch size for validation on so many faces, in their order.

        TensorFlow wants a first batch that its devices divide, and a face for each in the last.

        Args:
            faces: how many there are; what the batch size leaves over is the last batch.
            largest: what the batch size must not exceed.

        Raises:
            ZooError: there is no such size.
        """
        devices = len(self.devices)
        if devices == 1 or keras.backend.backend() == "jax":
            return min(faces, largest)
        for size in range(min(faces, largest) // devices * devices, 0, -devices):
            last = faces % size or size
            if last > -(-last // devices) * (devices - 1):
                return size
        raise ZooError(f"--devices {devices}: {faces} validation faces cannot be shared evenly")

    @cached_property
    def _strategy(self) -> Any:
        if keras.backend.backend() == "jax":
            return _data_parallel(self.devices)
        import tensorflow as tf

        return tf.distribute.MirroredStrategy(list(self.devices))


def _data_parallel(devices: tuple[str, ...]) -> Any:
    """Keras' data parallelism, for batches of any size.

    `keras.distribution.DataParallel` cuts each batch before JAX sees it, and refuses one that its
    devices do not divide. Cut at the first layer's output instead, XLA fills the parts up.
    """

    class DataParallel(keras.distribution.DataParallel):
        def get_data_layout(self, data_shape: tuple[int, ...]) -> Any:
            return keras.distribution.TensorLayout([None] * len(data_shape), self.device_mesh)

        def get_tensor_layout(self, path: str) -> Any:
            return keras.distribution.TensorLayout([self.batch_dim_name], self.device_mesh)

    return DataParallel(devices=list(devices), auto_shard_dataset=False)
