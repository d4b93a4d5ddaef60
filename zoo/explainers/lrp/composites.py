"""Which rule goes to which layer."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from zoo.explainers.lrp.rules import AlphaBeta, Box, Epsilon, Flat, Gamma, Rule


@dataclass(frozen=True)
class Composite:
    """Rules by a layer's place.

    Attributes:
        dense: of dense layers, and of the convolution that gives the logits.
        convolution: of the other convolutions.
        first: of the one that sees the face.
        depthwise: of convolutions that see one channel each; other rules lose what they deal out.
    """

    dense: Rule
    convolution: Rule
    first: Rule
    depthwise: Rule = Flat()

    def with_epsilon(self, epsilon: float) -> Composite:
        """The same rules, with this ε in those that have one, see `Epsilon`."""
        changed = {
            field.name: Epsilon(epsilon)
            for field in fields(self)
            if isinstance(getattr(self, field.name), Epsilon)
        }
        return replace(self, **changed)


Z_PLUS = AlphaBeta(1, 0)

COMPOSITES = {
    "epsilon_plus": Composite(Epsilon(), Z_PLUS, Z_PLUS),
    "epsilon_plus_flat": Composite(Epsilon(), Z_PLUS, Flat()),
    "epsilon_gamma_box": Composite(Epsilon(), Gamma(), Box()),
    "epsilon_alpha2_beta1": Composite(Epsilon(), AlphaBeta(2, 1), Box()),
    "epsilon": Composite(Epsilon(), Epsilon(), Epsilon(), Epsilon()),
}
"""By name; for the names see Montavon et al. 2019 and Kohlbrenner et al. 2020 (1910.09840)."""
