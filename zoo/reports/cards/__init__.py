"""Model cards: what a trained model is, what it reached, and what it is not for.

Everything in them comes from a run's own files and the manifest (Mitchell et al. 2019, arXiv
1810.03993, say what belongs on a card).
"""

from zoo.reports.cards.card import card, card_model, shipped_models

__all__ = ["card", "card_model", "shipped_models"]
