"""Which classes are taken for which, counted while a network is validated."""

from __future__ import annotations

from typing import Any

import keras


class ConfusionMatrix(keras.metrics.Metric):
    """(K, K) counts since the epoch's start, row = label, column = prediction.

    Keras counts a metric while it trains, too; on batches of 128 faces that is 7 × 128 numbers.

    Args:
        classes: K.
        name: of the metric.
    """

    def __init__(self, classes: int, name: str = "confusion"):
        super().__init__(name=name)
        self.classes = classes
        # float32 counts exactly up to 16 million faces per cell.
        self.counts = self.add_variable((classes, classes), "zeros", "float32", name="counts")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch; weights are not for counting.

        Args:
            y_true: (N, K) targets; the largest of a row is its label.
            y_pred: (N, K) probabilities.
            sample_weight: not used.
        """
        labels, predictions = (
            keras.ops.one_hot(keras.ops.argmax(y, axis=-1), self.classes, dtype="float32")
            for y in (y_true, y_pred)
        )
        self.counts.assign_add(keras.ops.matmul(keras.ops.transpose(labels), predictions))

    def result(self) -> Any:
        """(K, K) float32."""
        return keras.ops.convert_to_tensor(self.counts)
