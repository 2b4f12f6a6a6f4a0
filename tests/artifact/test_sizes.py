"""Artifacts with wrong content and a right checksum: one clear error each, and every good file loads afterwards."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from safetensors import numpy as safetensors

import hyotan as hy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5))


def repaired(members):
    """Pack members as an artifact with a right checksum."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        archive.comment = b"hyotan sha256:" + b"0" * 64
    return sealed(buffer.getvalue()[:-64])


def sealed(body):
    """Return the bytes of an artifact with a right checksum behind them."""
    return body + hashlib.sha256(body).hexdigest().encode()


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    return saved(tmp_path_factory.mktemp("models"))


def saved(folder):
    """Return the path, the rows and the members of a good file of each kind of rows."""
    quiet = {"epochs": 1, "random_state": 0, "verbose": 0}
    made = {
        "table": (hy.VAE(2, net=hy.nets.Dense((4,)), **quiet), X),
        "series": (hy.AE(2, net=hy.nets.Recurrent(3), **quiet), RNG.normal(size=(20, 6, 2))),
        "images": (hy.VAE(2, net=hy.nets.Conv((3,)), **quiet), RNG.random((20, 8, 8))),
    }
    found = {}
    for name, (model, rows) in made.items():
        path = model.fit(rows).save(folder / f"{name}.hyotan", training=name == "table")
        with zipfile.ZipFile(path) as archive:
            found[name] = path, rows, {each: archive.read(each) for each in archive.namelist()}
    return found


def still_good(models):
    """Load and use a good file, and fit a new model."""
    path, rows, _ = models["table"]
    assert np.isfinite(hy.load(path).score_samples(rows)).all()


def places(document, path=()):
    """Yield the path of every value inside a document."""
    if path:
        yield path
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield from places(value, (*path, key))


def changed(document, path, value):
    copy = json.loads(json.dumps(document))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


VALUES = [10**12, -1, 0, 1.5, "x", None, [], {}, [10**12] * 3, True, 2**70, "..", [[[]]]]


@pytest.mark.parametrize("name", ["table", "series", "images"])
def test_any_value_in_the_document_may_be_another(name, models, tmp_path):
    _, _, members = models[name]
    document = json.loads(members["model.json"])
    every = [
        path
        for path in places(document)
        if path[0] in ("parts", "spec", "schema", "scaler", "params", "seed", "policy")
    ]
    rng = np.random.default_rng(0)
    for number in range(60):
        path, value = every[rng.integers(len(every))], VALUES[rng.integers(len(VALUES))]
        file = tmp_path / "a.hyotan"
        file.write_bytes(repaired({**members, "model.json": json.dumps(changed(document, path, value)).encode()}))
        try:
            model = hy.load(file)
        except hy.core.errors.HyotanError:
            pass
        else:
            model.get_params()
        if number % 20 == 0:
            still_good(models)
    still_good(models)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "event", 0), 10**12),
        (("spec", "event"), [5, 10**9]),
        (("schema", "shape"), [7]),
        (("parts", "latent", "params", "dim"), 2**40),
        (("parts", "net", "params", "hidden"), [65536, 65536]),
        (("parts", "net", "params", "hidden"), [2**31]),
        (("scaler", "constant"), [True] * 9),
    ],
)
def test_sizes_are_checked_before_anything_is_built(path, value, models, tmp_path):
    _, _, members = models["table"]
    document = json.loads(members["model.json"])
    file = tmp_path / "a.hyotan"
    file.write_bytes(repaired({**members, "model.json": json.dumps(changed(document, path, value)).encode()}))
    with pytest.raises(hy.ArtifactError):
        hy.load(file)
    still_good(models)
    assert hy.VAE(2, net=hy.nets.Dense((4,)), epochs=1, random_state=0, verbose=0).fit(X).transform(X).shape == (40, 2)


def test_deep_and_broken_documents(models, tmp_path):
    _, _, members = models["table"]
    file = tmp_path / "a.hyotan"
    for content in (b"[" * 100_000 + b"]" * 100_000, b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": {}}'):
        file.write_bytes(repaired({**members, "model.json": content}))
        with pytest.raises(hy.ArtifactError):
            hy.load(file)
    for content in (b"", b"\xff" * 100, (2**62).to_bytes(8, "little") + b"{}"):
        file.write_bytes(repaired({**members, "weights.safetensors": content}))
        with pytest.raises(hy.ArtifactError):
            hy.load(file)
    file.write_bytes(repaired({name: content for name, content in members.items() if name != "weights.safetensors"}))
    with pytest.raises(hy.ArtifactError):
        hy.load(file)
    still_good(models)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value, models, tmp_path):
    _, _, members = models["images"]
    arrays = safetensors.load(members["weights.safetensors"])
    name = next(name for name in arrays if name.endswith("kernel"))
    arrays[name] = np.array(arrays[name])
    arrays[name].flat[0] = value
    file = tmp_path / "a.hyotan"
    file.write_bytes(repaired({**members, "weights.safetensors": safetensors.save(arrays)}))
    with pytest.raises(hy.ArtifactError, match=f"not all numbers.*{name}"):
        hy.load(file)


def test_any_bit_of_the_zip_may_be_another(models, tmp_path):
    path, _, _ = models["table"]
    content, file = path.read_bytes(), tmp_path / "a.hyotan"
    rng = np.random.default_rng(0)
    for _ in range(150):
        body = bytearray(content[:-64])
        for at in rng.integers(0, len(body), rng.integers(1, 4)):
            body[at] = rng.integers(256)
        file.write_bytes(bytes(body) + hashlib.sha256(bytes(body)).hexdigest().encode())
        try:
            hy.load(file)
        except hy.core.errors.HyotanError:
            pass
    still_good(models)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_a_scale_that_is_none_is_refused(value, models, tmp_path):
    _, _, members = models["table"]
    arrays = safetensors.load(members["weights.safetensors"])
    arrays["scaler/scale"] = np.full_like(arrays["scaler/scale"], value)
    file = tmp_path / "a.hyotan"
    file.write_bytes(repaired({**members, "weights.safetensors": safetensors.save(arrays)}))
    with pytest.raises(hy.ArtifactError):
        hy.load(file)
