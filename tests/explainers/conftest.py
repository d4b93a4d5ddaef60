"""A made face and two predictors for every test of the explainers."""

import numpy as np
import pytest
from fake_predictors import FakeEnsemble, FakePredictor, made_face, random_predictor


@pytest.fixture
def face() -> np.ndarray:
    return made_face()


@pytest.fixture
def predictor() -> FakePredictor:
    return random_predictor(1)


@pytest.fixture
def ensemble() -> FakeEnsemble:
    return FakeEnsemble([random_predictor(seed) for seed in (1, 2)])
