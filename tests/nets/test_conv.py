"""The convolutional net against explicit loops, on images of odd and even sides."""

from dataclasses import replace

import jax
import keras
import numpy as np
import pytest

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.nets import Conv
from hyotan.nets.conv import Up1D, Up2D, transposed


def relu(h):
    return np.maximum(h, 0)


def halved(image, kernel, bias):
    """Return the convolution of stride 2, zero-padded so that the side is half, rounded up."""
    k = kernel.shape[0]
    sides = [-(-n // 2) for n in image.shape[:2]]
    short = [max((out - 1) * 2 + k - n, 0) for out, n in zip(sides, image.shape[:2], strict=True)]
    padded = np.pad(image, [(s // 2, s - s // 2) for s in short] + [(0, 0)])
    out = np.empty((*sides, kernel.shape[3]))
    for i in range(sides[0]):
        for j in range(sides[1]):
            patch = padded[2 * i : 2 * i + k, 2 * j : 2 * j + k]
            out[i, j] = np.einsum("abc,abcf->f", patch, kernel) + bias
    return out


def doubled(image, kernel, bias):
    """Return the transposed convolution: every pixel stamps the kernel, two pixels apart."""
    (height, width, _), k = image.shape, kernel.shape[0]
    out = np.zeros((2 * height + k, 2 * width + k, kernel.shape[2]))
    for i in range(height):
        for j in range(width):
            out[2 * i : 2 * i + k, 2 * j : 2 * j + k] += np.einsum("abfc,c->abf", kernel, image[i, j])
    start = max(k - 2, 0) // 2
    return out[start : start + 2 * height, start : start + 2 * width] + bias


def decoded(layer, codes):
    return np.asarray(layer.decode(codes, Context(), lambda h: ({"h": h}, None))["h"])


@pytest.fixture
def images(event):
    return np.random.default_rng(0).normal(size=(2, *event)).astype("float32")


every_size = pytest.mark.parametrize(
    ("event", "kernel"), [((5, 7, 2), 3), ((8, 6, 1), 2), ((3, 1, 1), 4), ((6, 5, 2), 5)], ids=str
)


@every_size
def test_the_way_down_matches_loops(event, kernel, images, build):
    layer = build(Conv((3, 4), kernel), event)
    layer.spec = replace(layer.spec, layout="grid")
    found = np.asarray(layer.encode(images, Batch(images, None), Context()))
    for image, hidden in zip(images, found, strict=True):
        for level in layer.down:
            image = relu(halved(image, *map(np.asarray, level.weights)))
        np.testing.assert_allclose(hidden, image, rtol=1e-4, atol=1e-5)
    assert found.shape[1:] == layer.bottom == (-(-event[0] // 4), -(-event[1] // 4), 4)


@every_size
def test_the_way_up_matches_loops_and_is_cropped(event, kernel, build):
    layer = build(Conv((3, 4), kernel), event)
    codes = np.random.default_rng(1).normal(size=(2, *layer.bottom[:2], 6)).astype("float32")
    found = decoded(layer, codes)
    for code, hidden in zip(codes, found, strict=True):
        for level in layer.up:
            code = relu(doubled(code, *map(np.asarray, level.weights)))
        np.testing.assert_allclose(hidden, code[: event[0], : event[1]], rtol=1e-4, atol=1e-5)
    assert found.shape == (2, *event[:2], 3)


@pytest.mark.parametrize("event", [(5, 7, 2)])
def test_a_vector_code_is_narrowed_and_widened(event, images, build):
    layer = build(Conv((3, 4), hidden=(9, 5), activation="tanh"), event)
    narrow = np.asarray(layer.encode(images, Batch(images, None), Context()))
    vector, layer.spec = layer.spec, replace(layer.spec, layout="grid")
    bottom = np.asarray(layer.encode(images, Batch(images, None), Context())).reshape(2, -1)
    layer.spec = vector
    codes = np.random.default_rng(1).normal(size=(2, 3)).astype("float32")
    wide = decoded(layer, codes)
    for dense in layer.narrow:
        bottom = np.tanh(bottom @ np.asarray(dense.kernel) + np.asarray(dense.bias))
    np.testing.assert_allclose(narrow, bottom, rtol=1e-4, atol=1e-5)
    for dense in layer.widen:
        codes = np.tanh(codes @ np.asarray(dense.kernel) + np.asarray(dense.bias))
    np.testing.assert_allclose(wide, decoded(layer, codes.reshape(2, *layer.bottom)), rtol=1e-4, atol=1e-5)
    assert [dense.units for dense in layer.narrow] == [9, 5]
    assert [dense.units for dense in layer.widen] == [5, 9, 2 * 2 * 4]
    assert wide.shape == (2, 5, 7, 3)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"filters": ()}, ("'filters' parameter of Conv", "at least one whole number", "received: ()")),
        ({"filters": (8, 0)}, ("'filters'", "whole numbers >= 1", "received: (8, 0)")),
        ({"filters": None}, ("'filters'", "received: None")),
        ({"kernel": 0}, ("'kernel'", ">= 1", "received: 0")),
        ({"kernel": 2.5}, ("'kernel'", "whole number", "received: 2.5")),
        ({"kernel": (3, 3)}, ("'kernel'", "received: (3, 3)")),
        ({"hidden": (-1,)}, ("'hidden'", "received: (-1,)")),
        ({"activation": "mish"}, ("'activation' parameter of Conv", "received: 'mish'")),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(params, words, build, refused):
    with refused(ParameterError, *words):
        build(Conv(**params), (8, 8, 1))


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("layers", [(Up1D, keras.layers.Conv1DTranspose), (Up2D, keras.layers.Conv2DTranspose)])
def test_the_way_up_is_that_of_keras(layers, kernel):
    """Zeros between the positions and a plain convolution: the same numbers and gradients, in less time."""
    draws = np.random.default_rng(0)
    positions = (5, 4)[: 1 if layers[0] is Up1D else 2]
    x, found = draws.normal(size=(2, *positions, 3)).astype("float32"), []
    weights = [draws.normal(size=((kernel,) * len(positions)) + (6, 3)), draws.normal(size=6)]
    for layer in (cls(6, kernel, strides=2, padding="same", activation="relu") for cls in layers):
        layer.build(x.shape)
        layer.set_weights(weights)

        def total(values, x, layer=layer):
            mapping = list(zip(layer.trainable_variables, values, strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                return (layer(x) ** 2).sum()

        values = [v.value for v in layer.trainable_variables]
        found.append((layer(x), jax.grad(total, argnums=(0, 1))(values, x)))
    assert found[0][0].shape == (2, *(2 * n for n in positions), 6)
    for mine, theirs in zip(*map(jax.tree.leaves, found), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("shape", [(7,), (8,), (5, 4), (1, 3)])
def test_transposed_convolutions_are_keras_own(kernel, shape):
    rng = np.random.default_rng(kernel)
    layer = (Up1D if len(shape) == 1 else Up2D)(3, kernel, strides=2, padding="same", activation="tanh")
    x = rng.normal(size=(2, *shape, 4)).astype("float32")
    layer.build(x.shape)
    layer.bias.assign(rng.normal(size=3))
    ours = np.asarray(transposed(layer, x))
    layer.phased = False
    np.testing.assert_allclose(ours, layer(x), atol=1e-5)
