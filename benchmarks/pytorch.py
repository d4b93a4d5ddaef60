"""Four of the zoo's networks in PyTorch, layer for layer, and how they are trained there.

`benchmarks/training.py` starts it as a process of its own, because TensorFlow and PyTorch do not
share one: libraries that both bring crash. It reads orders on standard input and answers each with
two rates, by the wall's clock and by the processor's:

    train N    trains N steps; answers with faces per second
    multiply   multiplies two large matrices; answers with operations per second

PyTorch is given its best: channels last, autocast, fused AdamW, prepared tensors, denormal numbers
as zeros, as TensorFlow has them (handcrafted's batch norm would be many times slower with them).
`torch.compile` stays off: on processors it needs a C++ compiler.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from functools import partial

import torch
from clock import PRODUCTS, Clock, Rate, best_of
from torch import nn
from torch.nn import functional

CLASSES, BATCH, MATRIX = 7, 128, 4096
RATE, DECAY, PENALTY = 1e-3, 1e-4, 1e-4


class Faces(nn.Module):
    """Grey faces 0–255 → RGB, `scale` × face + `offset`, enlarged to `size`."""

    def __init__(self, scale: float, offset: float = 0.0, size: int = 48):
        super().__init__()
        self.scale, self.offset, self.size = scale, offset, size

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        """(N, 1, 48, 48) → (N, 3, size, size) float32, channels last."""
        x = faces.float() * self.scale + self.offset
        if self.size != 48:
            x = functional.interpolate(x, size=self.size, mode="bilinear", antialias=False)
        return x.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def conv(inputs: int, filters: int, size: int = 3, padding: str = "same") -> list[nn.Module]:
    """A convolution and its relu."""
    return [nn.Conv2d(inputs, filters, size, padding=padding), nn.ReLU(inplace=True)]


def dense(inputs: int, units: int) -> list[nn.Module]:
    """A dense layer and its relu."""
    return [nn.Linear(inputs, units), nn.ReLU(inplace=True)]


def batch_norm(channels: int, momentum: float = 0.01) -> nn.BatchNorm2d:
    """With Keras' epsilon and momentum."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=momentum)


def handcrafted() -> nn.Module:
    """`zoo.architectures.handcrafted.handcrafted`; the L2 penalty is the training loop's."""
    return nn.Sequential(
        Faces(1 / 255),
        *conv(3, 32), *conv(32, 64), nn.MaxPool2d(2), nn.Dropout(0.2),
        *conv(64, 128), batch_norm(128), nn.MaxPool2d(2),
        *conv(128, 128), nn.MaxPool2d(2),
        *conv(128, 6, 1), *conv(6, 7, 4),
        nn.Flatten(), *dense(7 * 6 * 6, 64), nn.Dropout(0.2),
        nn.Linear(64, 32), nn.Linear(32, CLASSES),
    )  # fmt: skip


def five_layer() -> nn.Module:
    """`zoo.architectures.five_layer.five_layer` with its recipe's dropout, none."""
    layers = [Faces(1 / 255), *conv(3, 1, 1)]
    layers += [*conv(1, 64, padding="valid"), *conv(64, 64), batch_norm(64), nn.MaxPool2d(2)]
    for inputs, filters in ((64, 128), (128, 256), (256, 512)):
        layers += [*conv(inputs, filters), batch_norm(filters)]
        layers += [*conv(filters, filters), batch_norm(filters), nn.MaxPool2d(2)]
    layers += [nn.Flatten(), *dense(2048, 512), *dense(512, 256), *dense(256, 128)]
    return nn.Sequential(*layers, nn.Linear(128, CLASSES))


def vgg16() -> nn.Module:
    """`zoo.architectures.vgg.vgg16`, without illumination correction."""
    layers: list[nn.Module] = [Faces(1.0, -128.0)]
    channels = 3
    for filters, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layers += conv(channels, filters)
            channels = filters
        layers.append(nn.MaxPool2d(2))
    layers += [nn.Dropout(0.5), nn.Flatten(), nn.BatchNorm1d(512, eps=1e-3, momentum=0.01)]
    for inputs, last in ((512, False), (32, False), (32, True)):
        layers += [nn.Linear(inputs, 32), nn.BatchNorm1d(32, eps=1e-3, momentum=0.01), nn.ReLU()]
        if not last:
            layers.append(nn.Dropout(0.5))
    return nn.Sequential(*layers, nn.Linear(32, CLASSES))


class InvertedResidual(nn.Module):
    """MobileNetV2's block: widen, filter each channel by itself, narrow; added to its input."""

    def __init__(self, inputs: int, filters: int, stride: int, expansion: int):
        super().__init__()
        hidden = inputs * expansion
        widen = convolved(inputs, hidden, 1) if expansion > 1 else []
        self.layers = nn.Sequential(
            *widen,
            *convolved(hidden, hidden, 3, stride, groups=hidden),
            *convolved(hidden, filters, 1)[:2],  # linear
        )
        self.residual = stride == 1 and inputs == filters

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, inputs, H, W) → (N, filters, H / stride, W / stride)."""
        return x + self.layers(x) if self.residual else self.layers(x)


def convolved(
    inputs: int, filters: int, size: int, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """A convolution without bias, its batch norm and relu6."""
    options = {"padding": size // 2, "groups": groups, "bias": False}
    convolution = nn.Conv2d(inputs, filters, size, stride, **options)
    return [convolution, batch_norm(filters, 0.001), nn.ReLU6(inplace=True)]


def mobilenet_v2() -> nn.Module:
    """`zoo.architectures.backbones.mobilenet_v2` on faces enlarged to 96×96."""
    layers = [Faces(1 / 127.5, -1.0, size=96), *convolved(3, 32, 3, 2)]
    channels = 32
    for expansion, filters, count, stride in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
        (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):  # fmt: skip
        for number in range(count):
            layers.append(InvertedResidual(channels, filters, 1 if number else stride, expansion))
            channels = filters
    layers += [*convolved(320, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2)]
    return nn.Sequential(*layers, nn.Linear(1280, CLASSES))


NETWORKS = {
    "handcrafted": handcrafted,
    "five_layer": five_layer,
    "vgg16": vgg16,
    "mobilenet_v2": mobilenet_v2,
}


def parameters(network: nn.Module) -> int:
    """All of them, batch norms' averages included, as Keras counts."""
    averages = (b for b in network.buffers() if b.is_floating_point())
    return sum(p.numel() for p in network.parameters()) + sum(b.numel() for b in averages)


class Training:
    """A network and its training on noise.

    Args:
        name: of the network.
        faces: how many.
        precision: what it computes in.
    """

    def __init__(self, name: str, faces: int, precision: str):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.dtype = getattr(torch, precision)
        self.network = NETWORKS[name]().train()
        self.network.to(self.device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), RATE, weight_decay=DECAY, fused=True
        )
        shape = (faces, 1, 48, 48)
        self.faces = torch.randint(256, shape, dtype=torch.uint8, device=self.device)
        self.labels = torch.randint(CLASSES, (faces,), device=self.device)
        self.autocast = partial(
            torch.autocast, self.device.type, torch.bfloat16, enabled=precision == "bfloat16"
        )
        convolutions = (m for m in self.network.modules() if isinstance(m, nn.Conv2d))
        self.penalised = [m.weight for m in convolutions] if name == "handcrafted" else []

    def train(self, steps: int) -> Rate:
        """Faces per second from the end of the first step on."""
        clock, order = Clock(), torch.randperm(steps * BATCH, device=self.device)
        for step in range(steps):
            loss = self._step(order[step * BATCH : (step + 1) * BATCH])
            if step == 0:
                loss.item()  # waits for a GPU
                clock.start()
        loss.item()
        return clock.rate((steps - 1) * BATCH)

    def multiply(self) -> Rate:
        """Operations per second in the product of two large matrices."""
        size = 4 * MATRIX if self.device.type == "cuda" else MATRIX
        matrix = torch.rand(size, size, device=self.device).to(self.dtype)
        rates = []
        for _ in range(PRODUCTS):
            clock = Clock()
            clock.start()
            (matrix @ matrix)[0, 0].item()
            rates.append(clock.rate(2 * size**3))
        return best_of(rates)

    def _step(self, chosen: torch.Tensor) -> torch.Tensor:
        with self.autocast():
            logits = self.network(self.faces[chosen])
        loss = functional.cross_entropy(logits.float(), self.labels[chosen])
        loss = loss + PENALTY * sum(weight.square().sum() for weight in self.penalised)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss


def main() -> None:
    """Say the version and the number of parameters, then obey."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=NETWORKS)
    parser.add_argument("faces", type=int)
    parser.add_argument("precision")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="Using padding='same' with even kernel lengths")
    torch.set_flush_denormal(True)
    training = Training(arguments.name, arguments.faces, arguments.precision)
    print(torch.__version__, parameters(training.network), flush=True)
    for line in sys.stdin:
        order, *steps = line.split()
        answer = training.train(int(steps[0])) if order == "train" else training.multiply()
        print(answer.wall, answer.processor, flush=True)


if __name__ == "__main__":
    main()
