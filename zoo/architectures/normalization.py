"""Batch normalisation that trains quicker on processors."""

from __future__ import annotations

from typing import Any

import keras

from zoo.backend import gpus


@keras.saving.register_keras_serializable(package="zoo")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' batch normalisation, in training on processors by TensorFlow's fused operation.

    Keras 3 computes the statistics and the scaled differences one operation after the other, in
    float32. TensorFlow's fused operation reads a feature map once for each, forwards and
    backwards, and takes bfloat16 as it is. Results differ by rounding alone. Everywhere else
    (inference, frozen, JAX, GPUs, features without places) it is Keras' own.

    It bears Keras' name because Keras names layers and the groups of a ``.weights.h5`` after it.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (N, H, W, C) or (N, C); in training move the averages, too."""
        if training and self.trainable and mask is None and self._can_be_fused(inputs):
            return self._fused(inputs)
        return super().call(inputs, training=training, mask=mask)

    def _can_be_fused(self, inputs: Any) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and not gpus()
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and keras.backend.standardize_dtype(inputs.dtype) in ("float32", "bfloat16")
            and self.variable_dtype == "float32"
            and not self.renorm
            and not self.synchronized
        )

    def _fused(self, inputs: Any) -> Any:
        import tensorflow as tf

        channels = inputs.shape[-1]
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.ones(channels) if self.gamma is None else self.gamma.value,
            offset=tf.zeros(channels) if self.beta is None else self.beta.value,
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=self.epsilon,
            is_training=True,
        )
        # Keras averages the batch's variance, TensorFlow returns an estimate of the population's.
        count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:-1]), variance.dtype)
        variance *= (count - 1) / count
        for average, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(average * self.momentum + now * (1 - self.momentum))
        return tf.cast(outputs, self.compute_dtype)
