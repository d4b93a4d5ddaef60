"""Several devices, GPUs above all, that share each batch of a training."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import keras

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


@dataclass(frozen=True)
class Spread:
    """Devices that hold the same weights and take a part of each batch.

    A recipe's batch size is that of all devices together, and a step's gradient is the mean over
    the whole batch, so several devices train as one does. Two differences remain on TensorFlow,
    which trains each device's part as a batch of its own: batch normalisation takes its statistics
    from the part, and where the parts differ by a face, each counts the same in the mean.

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

        Args:
            stream: begins the stream.
        """
        if len(self.devices) == 1 or keras.backend.backend() == "jax":
            return stream()
        # Under a strategy Keras looks at some batches first, and of a generator loses those.
        import tensorflow as tf

        first = next(stream())
        signature = tuple(tf.TensorSpec((None, *part.shape[1:]), part.dtype) for part in first)
        return tf.data.Dataset.from_generator(stream, output_signature=signature)

    def batch_size(self, faces: int, largest: int) -> int:
        """The largest batch size for `faces` faces that leaves no device without one.

        Args:
            faces: how many are gone through in batches of the same size, the last excepted.
            largest: what the batch size must not exceed.

        Raises:
            ZooError: there is no such size.
        """
        for size in range(min(faces, largest), 0, -1):
            if self.shares(size) and self.shares(faces % size or size):
                return size
        raise ZooError(f"--devices {len(self.devices)}: too many for {faces} faces")

    def shares(self, batch: int) -> bool:
        """Whether each device gets a face of a batch of so many."""
        if keras.backend.backend() == "jax":
            return batch > 0  # where parts are filled up with what counts for nothing
        part = -(-batch // len(self.devices))
        return batch > part * (len(self.devices) - 1)

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
