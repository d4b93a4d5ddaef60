"""What explains, evaluates and averages needs to know of a model: nothing but this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from zoo.errors import ZooError
from zoo.predictions import shown_name
from zoo.temperature import tempered

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    import keras


class Predictor(Protocol):
    """Anything that gives class probabilities for faces: a single model is an ensemble of one."""

    @property
    def name(self) -> str:
        """How it is called in tables and pictures."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Ordered class names, the columns of the probabilities."""
        ...

    @property
    def members(self) -> tuple[Classifier, ...]:
        """The classifiers it consists of; a single classifier is its own only member."""
        ...

    @property
    def member_weights(self) -> np.ndarray:
        """(len(members),) float64, non-negative, summing to 1."""
        ...

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """Class probabilities, (N, K) float32, of (N, H, W, 1|3) faces, uint8 or float, 0–255."""
        ...


def checked_faces(faces: np.ndarray) -> np.ndarray:
    """`faces` if they are faces as the zoo means them.

    Raises:
        ZooError: not (N, H, W, 1) or (N, H, W, 3), not uint8 or float, not finite, outside 0–255,
            or evidently scaled to 0–1 already (several grey levels, all at most 1): networks would
            see black, and what is said of it would look like any other answer.
    """
    faces = np.asarray(faces)
    if faces.ndim != 4 or faces.shape[-1] not in (1, 3):
        raise ZooError(f"faces of shape {faces.shape}: expected (N, H, W, 1) or (N, H, W, 3)")
    if len(faces) and not faces.size:
        raise ZooError(f"faces of shape {faces.shape}: they have no pixels")
    if faces.dtype == np.uint8 or faces.size == 0:
        return faces
    if not np.issubdtype(faces.dtype, np.floating):
        raise ZooError(f"faces of type {faces.dtype}: expected uint8 or float, 0–255")
    low, high = float(faces.min()), float(faces.max())
    if not (low >= 0 and high <= 255):
        raise ZooError(f"faces with values from {low:g} to {high:g}: expected 0–255")
    if 0 < high <= 1 and any(len(np.unique(face)) > 2 for face in faces):
        raise ZooError(
            f"faces with values from {low:g} to {high:g} are scaled to 0–1: pass them as 0–255, "
            "each network scales inside"
        )
    return faces


def checked_columns(predictor: Predictor, given: np.ndarray, count: int) -> np.ndarray:
    """What a predictor gave for `count` faces, if it is a row per face and a column per class.

    Raises:
        ZooError: it is not.
    """
    expected = (count, len(predictor.classes))
    if given.shape != expected:
        raise ZooError(
            f"{predictor.name}: predicts an array of shape {given.shape} for {expected[0]} faces "
            f"and {expected[1]} classes: expected {expected}"
        )
    return given


def probabilities_of(
    network: keras.Model,
    faces: np.ndarray,
    batch_size: int,
    progress: Callable[[int], None] = lambda done: None,
) -> np.ndarray:
    """What a network gives for faces that may be a memory map: a batch of it is read at a time.

    Keras' `predict` copies the whole of an array first, and takes 50 ms of a core to begin: as
    long as cpcpcpfff takes for 500 faces.

    Args:
        network: faces (N, H, W, C), 0–255 → probabilities (N, K).
        faces: (N, h, w, 1|3), uint8 or float, 0–255; resized (area-averaged when shrinking) and
            converted where the network takes others.
        batch_size: faces per forward pass.
        progress: told after each batch how many faces are done.

    Returns:
        (N, K) float32.
    """
    from zoo.preprocessing.faces import to_face_shape

    parts = [np.zeros((0, network.output_shape[-1]), np.float32)]
    face_shape = network.input_shape[1:]
    for start in range(0, len(faces), batch_size):
        some = to_face_shape(faces[start : start + batch_size], face_shape)
        parts.append(network.predict_on_batch(some))
        progress(start + len(some))
    return np.concatenate(parts, dtype=np.float32)


class Classifier:
    """One trained network behind the `Predictor` interface.

    Args:
        network: faces (N, H, W, C), 0–255 → probabilities (N, K).
        classes: the names of the K outputs, in order.
        name: how it is called in tables and pictures.
        batch_size: faces per forward pass.

    Attributes:
        prepared: what explainers have made of the network, to be used again.
    """

    def __init__(
        self, network: keras.Model, classes: tuple[str, ...], name: str, batch_size: int = 64
    ):
        outputs = network.output_shape[-1]
        if outputs != len(classes):
            raise ZooError(f"{name}: {outputs} outputs for {len(classes)} classes {classes}")
        self.network = network
        self.classes = tuple(classes)
        self.name = name
        self.batch_size = batch_size
        self.prepared: dict[Hashable, Any] = {}

    @property
    def members(self) -> tuple[Classifier, ...]:
        """Itself."""
        return (self,)

    @property
    def member_weights(self) -> np.ndarray:
        """One weight, 1."""
        return np.ones(1)

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """Class probabilities, (N, K) float32, of (N, H, W, 1|3) faces, uint8 or float, 0–255.

        Faces of another size or colour than the network's input are resized (area-averaged when
        shrinking) and converted first.

        Raises:
            ZooError: see `checked_faces`.
        """
        return probabilities_of(self.network, checked_faces(faces), self.batch_size)


class FunctionPredictor:
    """Any function behind the `Predictor` interface: another library's model, say.

    It has no networks, so only what asks for probabilities alone can be done with it.

    Args:
        function: takes faces, (N, H, W, 1|3), 0–255, in the kind and size in which they were
            given; returns their probabilities, (N, K).
        classes: the names of the K columns, in order.
        name: how it is called in tables and pictures.
    """

    members: tuple[Classifier, ...] = ()

    def __init__(
        self,
        function: Callable[[np.ndarray], np.ndarray],
        classes: Sequence[str],
        name: str = "function",
    ):
        self._function = function
        self.classes = tuple(classes)
        self.name = name
        self.member_weights = np.zeros(0)

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """What the function gives for (N, H, W, 1|3) faces, uint8 or float, 0–255.

        Raises:
            ZooError: see `checked_faces`; or it gives anything but (N, K).
        """
        faces = checked_faces(faces)
        return checked_columns(self, np.asarray(self._function(faces), np.float32), len(faces))


class FlipAveraged(Classifier):
    """A classifier that averages its softmaxes of each face and of the face's mirror image.

    What runs networks of its `members` itself, a white-box explainer say, sees the single view.

    Args:
        classifier: whose network it is.
        name: how it is called in tables and pictures; by default as `shown_name` has it.
    """

    def __init__(self, classifier: Classifier, name: str | None = None):
        name = name or shown_name(classifier.name, "flip")
        super().__init__(classifier.network, classifier.classes, name, classifier.batch_size)

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """Class probabilities, (N, K) float32, of (N, H, W, 1|3) faces, uint8 or float, 0–255."""
        faces = checked_faces(faces)
        mirrored = super().predict_proba(faces[:, :, ::-1])
        return np.asarray((super().predict_proba(faces) + mirrored) / 2, np.float32)


class Calibrated:
    """A predictor whose probabilities are scaled by a temperature; its answers stay.

    What runs networks of its `members` itself sees them as they are.

    Args:
        predictor: whose probabilities they are: a classifier's, or an ensemble's average.
        temperature: above 0 (`zoo.temperature`).
        name: how it is called in tables and pictures; by default as `shown_name` has it.
    """

    def __init__(self, predictor: Predictor, temperature: float, name: str | None = None):
        self._predictor = predictor
        self.temperature = temperature
        self.name = name or shown_name(predictor.name, "none", calibrated=True)
        self.classes = predictor.classes
        self.members = predictor.members
        self.member_weights = predictor.member_weights

    def predict_proba(self, faces: np.ndarray) -> np.ndarray:
        """Class probabilities, (N, K) float32, of (N, H, W, 1|3) faces, uint8 or float, 0–255."""
        plain = self._predictor.predict_proba(faces)
        scaled = np.asarray(tempered(plain, self.temperature), np.float32)
        # Rounding may make the first of two nearly equal probabilities as large as the second.
        rows, answers = np.arange(len(plain)), plain.argmax(axis=1)
        tied = scaled.argmax(axis=1) != answers
        top = scaled[rows[tied], answers[tied]]
        scaled[rows[tied], answers[tied]] = np.nextafter(top, np.float32(1))
        return scaled
