"""What the explainers that look into networks share: members, the cut at the face, the average.

Each member is explained for the class that is asked of the *ensemble*, whatever the member itself
would say, and the ensemble's map is the mean of its members' by their weights. What that mean is
depends on what a member's map adds up to; each method's docstring says it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

import cv2
import keras
import numpy as np

from zoo.errors import ZooError
from zoo.explainers.base import Explanation
from zoo.explainers.black_box import checked_probabilities
from zoo.explainers.methods import share_of
from zoo.explainers.targets import check_targets, targets_of_faces
from zoo.predictor import Calibrated, FlipAveraged, checked_faces
from zoo.preprocessing.faces import to_face_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zoo.explainers.base import Progress
    from zoo.explainers.targets import Targets
    from zoo.predictor import Classifier, Predictor

ACTIVATIONS = 1 << 26
"""Values of all layers for the faces of a batch, 256 MB: small networks take larger batches."""

BATCH = (32, 128)
"""Faces at a time, at least and at most: 32 of a large network's activations take some 3 GB.

In batches of 32 ccpccpccpff took 7.9 forward passes of processor time for LRP and 2.5 for
Grad-CAM, in batches of 128 6.6 and 2.2.
"""


@dataclass(frozen=True, eq=False, kw_only=True)
class WhiteBoxExplanation(Explanation):
    """Maps from the networks of M members, for L classes.

    Attributes:
        members: the M names.
        member_weights: (M,) float64, summing to 1; `maps` are the mean of `member_maps` by them.
        member_maps: (M, L, H, W) float32.
        measures: (M, L) numbers by name, of the method.
    """

    members: tuple[str, ...]
    member_weights: np.ndarray
    member_maps: np.ndarray
    measures: Mapping[str, np.ndarray]

    @property
    def disagreement(self) -> np.ndarray:
        """Where members look at different places: (L, H, W) float32, 0 for a single network.

        The weighted standard deviation over the members of their maps, each divided by its
        largest magnitude.
        """
        scaled = unit_peaks(self.member_maps)
        weights = self.member_weights[:, np.newaxis, np.newaxis, np.newaxis]
        mean = np.sum(weights * scaled, axis=0)
        return np.sqrt(np.sum(weights * (scaled - mean) ** 2, axis=0)).astype(np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """What `write_npz` saves, by name."""
        return super().arrays() | {
            "members": np.array(self.members),
            "member_weights": self.member_weights,
            "member_maps": self.member_maps,
        }

    def explained(self, row: int) -> dict[str, Any]:
        """What `facts` says of one explained class."""
        return super().explained(row) | {
            "members": [
                {
                    "name": name,
                    "weight": float(self.member_weights[place]),
                    **{key: float(value[place, row]) for key, value in self.measures.items()},
                }
                for place, name in enumerate(self.members)
            ]
        }


@dataclass(frozen=True, eq=False)
class Maps:
    """What a method gives for some faces and one network.

    Attributes:
        maps: (N, L, h, w) float, at the network's resolution.
        measures: (N, L) numbers by name.
    """

    maps: np.ndarray
    measures: Mapping[str, np.ndarray]


class WhiteBoxMethod(Protocol):
    """A method with its settings, a frozen data class."""

    name: ClassVar[str]
    signed: ClassVar[bool]
    sums: ClassVar[bool]
    """Whether a map's sum means something, so that a larger map has smaller values.

    Of others only the places count: each is divided by its largest magnitude.
    """

    @property
    def draws(self) -> bool:
        """Whether another seed gives other maps."""
        ...

    def of(self, network: keras.Model) -> Callable[[np.ndarray, np.ndarray], Maps]:
        """What gives the maps of faces for (N, L) targets, of a float32 network.

        It takes (N, H, W, 1|3) faces as they were given; the network is shown them `as_seen`.
        """
        ...

    def remarks(self, networks: Sequence[keras.Model]) -> tuple[str, ...]:
        """What a reader of the networks' maps must know."""
        ...

    def told(self, measures: Mapping[str, float]) -> str | None:
        """What a reader must know of one map, given its measures, in a few words."""
        ...


def explain_members(
    predictor: Predictor,
    faces: np.ndarray,
    targets: Targets,
    progress: Progress | None,
    method: WhiteBoxMethod,
) -> list[WhiteBoxExplanation]:
    """Explain each face by each member's network, and average.

    Args:
        predictor: its members' networks are looked into.
        faces: (N, H, W, 1|3), 0–255.
        targets: the classes to explain.
        progress: called with the faces done, times members, and their total.
        method: a `WhiteBoxMethod`, a data class of its settings.

    Raises:
        ZooError: the predictor has no networks, or the method cannot be had of one of them.
    """
    members = _members(predictor, method)
    faces = checked_faces(faces)
    check_targets(predictor.classes, targets, len(faces))
    probabilities = checked_probabilities(predictor, faces)
    explained = targets_of_faces(predictor.classes, targets, probabilities)
    networks = [_network_of(member) for member in members]
    found = [
        _of_member(
            method, member, network, faces, explained, share_of(progress, place, len(members))
        )
        for place, (member, network) in enumerate(zip(members, networks, strict=True))
    ]
    remarks = (*method.remarks(networks), *_probabilities_are_others(predictor))
    return [
        _explanation(
            predictor, method, face, explained[index], probabilities[index],
            np.stack([one.maps[index] for one in found]),
            {key: np.stack([one.measures[key][index] for one in found])
             for key in found[0].measures},
            remarks,
        )
        for index, face in enumerate(faces)
    ]  # fmt: skip


def _explanation(
    predictor: Predictor,
    method: WhiteBoxMethod,
    face: np.ndarray,
    targets: np.ndarray,
    probabilities: np.ndarray,
    member_maps: np.ndarray,
    measures: Mapping[str, np.ndarray],
    remarks: tuple[str, ...],
) -> WhiteBoxExplanation:
    """Of one face, from its members' maps (M, L, H, W) and measures (M, L)."""
    weights = np.asarray(predictor.member_weights)
    explanation = WhiteBoxExplanation(
        maps=np.einsum("m,mlhw->lhw", weights, member_maps).astype(np.float32),
        targets=targets,
        method=method.name,
        signed=method.signed,
        settings=asdict(cast("Any", method)),
        face=face,
        probabilities=probabilities,
        classes=tuple(predictor.classes),
        predictor=predictor.name,
        members=tuple(member.name for member in predictor.members),
        member_weights=weights,
        member_maps=member_maps,
        measures=measures,
        common_remarks=remarks,
        draws=method.draws,
    )
    return replace(explanation, remarks=(*remarks, *_told(method, explanation)))


def _probabilities_are_others(predictor: Predictor) -> list[str]:
    """Where a predictor's probabilities are not just those of the networks that maps are of."""
    lines = []
    if any(isinstance(member, FlipAveraged) for member in predictor.members):
        lines.append("maps are of the face as it is, probabilities of it and its mirror image")
    if isinstance(predictor, Calibrated):
        lines.append(
            "maps are of the networks as they are, probabilities scaled by the temperature "
            f"{predictor.temperature:.2f}"
        )
    return lines


def _told(method: WhiteBoxMethod, explanation: WhiteBoxExplanation) -> list[str]:
    """What must be known of each member's map of the most probable explained class."""
    row, lines = explanation.top, []
    name = explanation.classes[explanation.targets[row]]
    for place, member in enumerate(explanation.members):
        words = method.told(
            {key: float(value[place, row]) for key, value in explanation.measures.items()}
        )
        if words:
            whose = f"{name}, {member}" if len(explanation.members) > 1 else name
            lines.append(f"{whose}: {words}")
    return lines


def _network_of(member: Classifier) -> keras.Model:
    """A member's network in float32; a copy, made once, has the weights that it has now."""
    if member.network not in member.prepared:
        member.prepared[member.network] = in_float32(member.network)
    network: keras.Model = member.prepared[member.network]
    if network is not member.network:
        network.set_weights(member.network.get_weights())
    return network


def _prepared(
    method: WhiteBoxMethod, member: Classifier, network: keras.Model
) -> Callable[..., Maps]:
    """What gives the method's maps of a member's network, made once."""
    if (method, network) not in member.prepared:
        member.prepared[method, network] = method.of(network)
    explain: Callable[..., Maps] = member.prepared[method, network]
    return explain


def _of_member(
    method: WhiteBoxMethod,
    member: Classifier,
    network: keras.Model,
    faces: np.ndarray,
    targets: np.ndarray,
    progress: Progress | None,
) -> Maps:
    """A network's maps of all faces, at the faces' resolution, in batches."""
    explain, parts, size = _prepared(method, member, network), [], batch_size_of(network)
    for start in range(0, len(faces), size):
        batch = slice(start, min(start + size, len(faces)))
        part = explain(faces[batch], targets[batch])
        if not np.isfinite(part.maps).all():
            raise ZooError(f"{network.name}: {method.name} gives maps that are not finite")
        maps = _resized(part.maps, faces.shape[1:3], keep_sums=method.sums)
        if not method.sums:
            maps = unit_peaks(maps)
        parts.append(Maps(maps, part.measures))
        if progress is not None:
            progress(batch.stop, len(faces))
    return Maps(
        np.concatenate([part.maps for part in parts]),
        {key: np.concatenate([part.measures[key] for part in parts]) for key in parts[0].measures},
    )


def batch_size_of(network: keras.Model) -> int:
    """How many faces at a time, by the size of the network's activations."""
    values = sum(math.prod(layer.output.shape[1:]) for layer in network.layers)
    least, most = BATCH
    return min(max(ACTIVATIONS // values, least), most)


def _members(predictor: Predictor, method: WhiteBoxMethod) -> tuple[Classifier, ...]:
    """The predictor's members, if there are any and their networks' layers can be walked."""
    members: tuple[Classifier, ...] = getattr(predictor, "members", ())
    if not members:
        raise ZooError(
            f"{predictor.name}: {method.name} looks into networks, and this has none: "
            "lime, kernel_shap and occlusion need its probabilities alone"
        )
    for member in members:
        if isinstance(member.network, keras.Sequential):
            raise ZooError(
                f"{member.name}: a keras.Sequential, whose layers cannot be walked: build it as a "
                "functional network, keras.Model(inputs, outputs)"
            )
    return members


def in_float32(network: keras.Model) -> keras.Model:
    """The network, or a copy of it that computes in float32: gradients need the digits."""
    if all(layer.compute_dtype == "float32" for layer in network.layers):
        return network
    copy = keras.models.clone_model(
        network,
        clone_function=lambda layer: type(layer).from_config(
            layer.get_config() | {"dtype": "float32"}
        ),
    )
    copy.set_weights(network.get_weights())
    return copy


def as_seen(network: keras.Model, faces: np.ndarray) -> np.ndarray:
    """(N, H, W, 1|3) faces in the size and colour that a network takes, float32."""
    return to_face_shape(faces, network.input_shape[1:]).astype(np.float32)


def unit_peaks(maps: np.ndarray) -> np.ndarray:
    """Maps (…, H, W), each divided by its largest magnitude; all zeros stay zeros."""
    peaks = np.abs(maps).max(axis=(-2, -1), keepdims=True)
    return maps / np.where(peaks == 0, 1, peaks)


def _resized(maps: np.ndarray, size: Sequence[int], *, keep_sums: bool) -> np.ndarray:
    """Maps (N, L, h, w) at `size`: (N, L, H, W) float32, bilinear, or with the sums they had."""
    height, width = maps.shape[2:]
    if (height, width) == tuple(size):
        return maps.astype(np.float32)
    if keep_sums:
        rows, columns = _shares(height, size[0]), _shares(width, size[1])
        return np.einsum("Hh,nlhw,Ww->nlHW", rows, maps, columns, optimize=True).astype(np.float32)
    resized = np.empty((*maps.shape[:2], *size), np.float32)
    for index in np.ndindex(maps.shape[:2]):
        resized[index] = cv2.resize(
            maps[index].astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR
        )
    return resized


def _shares(before: int, after: int) -> np.ndarray:
    """(after, before): how much of each of the old pixels of a line lies in each of the new."""
    old, new = np.arange(before + 1) / before, np.arange(after + 1) / after
    low = np.maximum(new[:-1, np.newaxis], old[:-1])
    high = np.minimum(new[1:, np.newaxis], old[1:])
    return np.maximum(high - low, 0) * before
