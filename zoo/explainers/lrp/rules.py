"""How a linear layer's relevance is dealt out to its inputs.

Bach et al. 2015 (PLOS ONE 10(7)), Montavon et al. 2017 (arXiv 1512.02479) and 2019 ("Layer-Wise
Relevance Propagation: An Overview"). With z_k = Σ_j a_j w_jk + b_k, each rule divides the
relevance of k among the inputs j by what it counts as their contributions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from keras import ops

from zoo.explainers.gradients import value_and_pullback

if TYPE_CHECKING:
    from collections.abc import Callable

STABILISER = 1e-6
"""What keeps a denominator from 0, in every rule."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear layer as arithmetic, with the batch normalisation behind it folded in.

    Attributes:
        kernel: its weights.
        bias: (outputs,).
        apply: (inputs, kernel) → outputs, without the bias.
    """

    kernel: Any
    bias: Any
    apply: Callable[[Any, Any], Any]

    def pulled(self, inputs: Any, kernel: Any) -> tuple[Any, Callable[[Any], Any]]:
        """The outputs of some inputs by some kernel, and what pulls relevance back."""
        return value_and_pullback(lambda x: self.apply(x, kernel), inputs)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a linear layer was given, and could have been.

    Attributes:
        values: (N, …).
        real: (1, …), 1, but 0 at the zeros of a padding layer in front.
        low: (1, …), the least that values can be; None but for the layer that sees the face.
        high: (1, …), the largest.
        signed: whether values may lie below 0.
    """

    values: Any
    real: Any
    low: Any = None
    high: Any = None
    signed: bool = True


class Rule(Protocol):
    """Deals out the relevance of a layer's outputs."""

    def __call__(self, linear: Linear, inputs: Inputs, relevance: Any) -> tuple[Any, Any]:
        """Relevance of the inputs, and what the biases keep.

        Args:
            linear: the layer.
            inputs: of N faces.
            relevance: (N, …), of its outputs.

        Returns:
            The inputs' relevance (N, …), and the biases' (N,).
        """
        ...


@dataclass(frozen=True)
class Epsilon:
    """ε: contributions as they are, a_j w_jk; the bias keeps its share b_k, and ε absorbs its own.

    Bach et al. 2015 add an ε to the size of each z_k. What is large depends on the layer, so here,
    as in Montavon et al. 2019, ε is a share of the root mean square of the layer's z_k, of each
    face by itself. With 0 the rule conserves, and is LRP-0 there; they take 0.25, which leaves out
    what small outputs, sums of contributions that cancel, would multiply.

    Attributes:
        epsilon: 0 or more.
    """

    epsilon: float = 0.0

    def __call__(self, linear: Linear, inputs: Inputs, relevance: Any) -> tuple[Any, Any]:
        """See `Rule`."""
        outputs, pull = linear.pulled(inputs.values, linear.kernel)
        outputs = outputs + linear.bias
        places = tuple(range(1, len(outputs.shape)))
        size = ops.sqrt(ops.mean(ops.square(outputs), axis=places, keepdims=True))
        away = self.epsilon * ops.where(outputs >= 0, size, -size)
        shares = relevance / stabilised(outputs + away)
        return inputs.values * pull(shares), per_face(shares * linear.bias)


@dataclass(frozen=True)
class AlphaBeta:
    """αβ: α times what raises an output, less β times what lowers it; α − β = 1, no biases.

    With β = 0 it is z⁺. With another β, an output that is only raised, or only lowered, gives all
    to that. Inputs may have either sign.
    """

    alpha: float = 1.0
    beta: float = 0.0

    def __call__(self, linear: Linear, inputs: Inputs, relevance: Any) -> tuple[Any, Any]:
        """See `Rule`."""
        raising = _signed(linear, inputs, raising=True)
        if not self.beta:
            dealt = raising.dealt(relevance / stabilised(raising.outputs))
            return dealt, ops.zeros(dealt.shape[0])
        lowering = _signed(linear, inputs, raising=False)
        alpha = ops.where(lowering.outputs == 0, 1.0, self.alpha)
        beta = ops.where(raising.outputs == 0, -1.0, self.beta)
        dealt = raising.dealt(alpha * relevance / stabilised(raising.outputs))
        dealt -= lowering.dealt(beta * relevance / stabilised(lowering.outputs))
        return dealt, ops.zeros(dealt.shape[0])


@dataclass(frozen=True)
class Gamma:
    """γ: contributions of the output's own sign count 1 + γ times; no biases.

    For outputs above 0 it is the rule of Montavon et al. 2019; below 0, as layers without a relu
    have them, its mirror image (Andéol et al. 2021).
    """

    gamma: float = 0.25

    def __call__(self, linear: Linear, inputs: Inputs, relevance: Any) -> tuple[Any, Any]:
        """See `Rule`."""
        values = inputs.values
        outputs, pull = linear.pulled(values, linear.kernel)
        above = ops.cast(outputs >= 0, outputs.dtype)
        raising, lowering = (_signed(linear, inputs, raising=up) for up in (True, False))
        favoured = above * raising.outputs + (1 - above) * lowering.outputs
        shares = relevance / stabilised(outputs + self.gamma * favoured)
        dealt = values * pull(shares) + self.gamma * (
            raising.dealt(above * shares) + lowering.dealt((1 - above) * shares)
        )
        return dealt, ops.zeros(dealt.shape[0])


@dataclass(frozen=True)
class Flat:
    """Flat: every input that an output sees gets the same; padding gets nothing.

    What an output has that sees nothing but padding is lost.
    """

    def __call__(self, linear: Linear, inputs: Inputs, relevance: Any) -> tuple[Any, Any]:
        """See `Rule`."""
        seen = ops.broadcast_to(inputs.real, inputs.values.shape)
        counts, pull = linear.pulled(seen, ops.ones_like(linear.kernel))
        dealt = seen * pull(relevance / stabilised(counts))
        return dealt, ops.zeros(dealt.shape[0])


@dataclass(frozen=True)
class Box:
    """z^B, of a first layer: what inputs bring above the least that they could; no biases."""

    def __call__(self, linear: Linear, inputs: Inputs, relevance: Any) -> tuple[Any, Any]:
        """See `Rule`."""
        shape = inputs.values.shape
        low, high = (ops.broadcast_to(bound, shape) for bound in (inputs.low, inputs.high))
        parts = [
            (sign * values, *linear.pulled(values, kernel), sign)
            for values, kernel, sign in (
                (inputs.values, linear.kernel, 1.0),
                (low, ops.maximum(linear.kernel, 0), -1.0),
                (high, ops.minimum(linear.kernel, 0), -1.0),
            )
        ]
        shares = relevance / stabilised(sum(sign * outputs for _, outputs, _, sign in parts))
        dealt = sum(values * pull(shares) for values, _, pull, _ in parts)
        return dealt, ops.zeros(dealt.shape[0])


@dataclass(frozen=True, eq=False)
class _Signed:
    """The contributions of one sign to a layer's outputs."""

    outputs: Any
    dealt: Callable[[Any], Any]


def _signed(linear: Linear, inputs: Inputs, *, raising: bool) -> _Signed:
    """What raises the outputs, a⁺w⁺ + a⁻w⁻, or lowers them, a⁺w⁻ + a⁻w⁺."""
    first, second = (ops.maximum, ops.minimum) if raising else (ops.minimum, ops.maximum)
    pairs = [(inputs.values, first(linear.kernel, 0))]
    if inputs.signed:
        above, below = ops.maximum(inputs.values, 0), ops.minimum(inputs.values, 0)
        pairs = [(above, first(linear.kernel, 0)), (below, second(linear.kernel, 0))]
    pulled = [(values, *linear.pulled(values, kernel)) for values, kernel in pairs]
    return _Signed(
        sum(outputs for _, outputs, _ in pulled),
        lambda shares: sum(values * pull(shares) for values, _, pull in pulled),
    )


def stabilised(outputs: Any) -> Any:
    """`outputs`, moved away from 0 by `STABILISER`; 0 counts as above it."""
    return outputs + ops.where(outputs >= 0, STABILISER, -STABILISER)


def per_face(values: Any) -> Any:
    """(N, …) → sums (N,)."""
    return ops.sum(ops.reshape(values, (values.shape[0], -1)), axis=1)
