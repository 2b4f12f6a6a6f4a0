"""The artifact: whole or not at all, equal numbers back, and no code from a stranger's file."""

import hashlib
import io
import json
import pickle
import subprocess
import sys
import zipfile

import joblib
import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.artifact import weights
from hyotan.artifact.archive import MARK

X = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    return hy.VAE(2, net=hy.nets.Dense((8,)), epochs=2, random_state=0, verbose=0).fit(X)


@pytest.fixture
def path(model, tmp_path):
    return model.save(tmp_path / "m.hyotan")


def resealed(content, **members):
    """The same file with members replaced and a right checksum: what an attacker would write."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts.update(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        archive.comment = MARK + b"0" * 64
    body = buffer.getvalue()[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def document(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return json.loads(archive.read("model.json"))


def test_everything_comes_back(model, path):
    loaded = hy.load(path)
    for method in ("transform", "reconstruct", "reconstruction_error", "score_samples", "kl_per_dim"):
        np.testing.assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X))
    np.testing.assert_array_equal(loaded.sample(4, random_state=1), model.sample(4, random_state=1))
    assert loaded.history_ == model.history_
    assert loaded.get_params(deep=False).keys() == model.get_params(deep=False).keys()
    assert repr(loaded) == repr(model)
    assert loaded.seed_ == model.seed_
    assert loaded._fitted.info["versions"]["keras"] == keras.__version__


def test_another_process_gives_equal_bits(model, path, tmp_path):
    np.save(tmp_path / "x.npy", X[::-1])
    code = (
        "import sys, numpy as np, hyotan as hy; m = hy.load(sys.argv[1]); X = np.load(sys.argv[2]); "
        "np.savez(sys.argv[3], z=m.transform(X), s=m.score_samples(X), r=m.reconstruct(X))"
    )
    subprocess.run([sys.executable, "-c", code, path, tmp_path / "x.npy", tmp_path / "o.npz"], check=True, timeout=120)
    other = np.load(tmp_path / "o.npz")
    np.testing.assert_array_equal(other["z"][::-1], model.transform(X))
    np.testing.assert_array_equal(other["s"][::-1], model.score_samples(X))
    np.testing.assert_array_equal(other["r"][::-1], model.reconstruct(X))


def test_any_zip_tool_opens_it_and_nothing_is_pickled(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["README.md", "model.json", "weights.safetensors"]
        assert b"# Model card" in archive.read("README.md")
    names = document(path.read_bytes())
    assert names["parts"]["latent"]["name"] == "gaussian"
    assert b"pickle" not in path.read_bytes()


def test_paths_of_tensors_do_not_depend_on_what_was_built_before(model):
    again = hy.VAE(2, net=hy.nets.Dense((8,)), epochs=1, random_state=1, verbose=0).fit(X)
    paths = [[p for p, _ in weights.tensors(m._fitted.network)] for m in (model, again)]
    assert paths[0] == paths[1]
    assert "net/encoder_0/kernel" in paths[0]


def test_pickle_and_joblib_carry_the_artifact(model, tmp_path):
    joblib.dump(model, tmp_path / "m.joblib")
    for copy in (pickle.loads(pickle.dumps(model)), joblib.load(tmp_path / "m.joblib")):
        np.testing.assert_array_equal(copy.transform(X), model.transform(X))
    state = model.__getstate__()
    assert state["artifact"].startswith(b"PK")


def test_optimizers_and_schedules_come_back(tmp_path):
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, 10, 0.9)
    adam = keras.optimizers.Adam(schedule, clipnorm=1.0)
    model = hy.AE(2, net=hy.nets.Dense(()), optimizer=adam, epochs=1, random_state=0, verbose=0).fit(X)
    loaded = hy.load(model.save(tmp_path / "m.hyotan"))
    assert type(loaded.optimizer).__name__ == "Adam"
    assert loaded.optimizer.clipnorm == 1.0
    np.testing.assert_array_equal(loaded.fit(X).transform(X), model.transform(X))


@pytest.mark.parametrize("cut", [0, 3, 100, -1, -65])
def test_truncated(path, cut):
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(hy.ArtifactError, match="expected: a .hyotan file"):
        hy.load(path)


def test_any_changed_byte_is_noticed(path):
    content = path.read_bytes()
    for at in np.linspace(2, len(content) - 1, 60).astype(int):
        changed = bytearray(content)
        changed[at] ^= 1
        path.write_bytes(changed)
        with pytest.raises(hy.ArtifactError):
            hy.load(path)


def test_foreign_files(tmp_path):
    other = tmp_path / "a.hyotan"
    other.write_bytes(b"not a model at all")
    with pytest.raises(hy.ArtifactError, match="is not a hyotan model"):
        hy.load(other)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(hy.ArtifactError, match="not a hyotan model"):
        hy.load(other)
    with pytest.raises(hy.ArtifactError, match="cannot be read"):
        hy.load(tmp_path / "gone.hyotan")
    with pytest.raises(hy.ArtifactError, match="cannot be read"):
        hy.load(tmp_path)


def test_newer_files(path):
    doc = document(path.read_bytes())
    doc["version"] += 1
    doc["versions"]["hyotan"] = "99.0"
    path.write_bytes(resealed(path.read_bytes(), **{"model.json": json.dumps(doc).encode()}))
    with pytest.raises(hy.ArtifactError, match=r"newer hyotan.*hyotan 99\.0.*--upgrade"):
        hy.load(path)


def _edit(doc, how):
    if how == "latent":
        doc["parts"]["latent"] = {"kind": "latent", "name": "os.system", "params": {"command": "true"}}
    elif how == "kind":
        doc["parts"]["net"] = {"kind": "subprocess", "name": "Popen", "params": {}}
    elif how == "optimizer":
        doc["params"]["optimizer"] = {"optimizer": "__loader__", "config": {}}
    elif how == "schedule":
        doc["params"]["learning_rate"] = {"schedule": "os", "config": {}}
    elif how == "deserialise":
        layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}, "registered_name": None}
        doc["params"]["optimizer"] = {"optimizer": "Adam", "config": {"learning_rate": layer}}
    elif how == "params":
        doc["parts"]["net"]["params"]["nonsense"] = 1
    elif how == "missing":
        del doc["spec"]
    elif how == "shape":
        doc["parts"]["net"]["params"]["hidden"] = [9]
    elif how == "list":
        doc = [doc]
    return doc


@pytest.mark.parametrize(
    "how", ["latent", "kind", "optimizer", "schedule", "deserialise", "params", "missing", "shape", "list"]
)
def test_a_strangers_file_runs_nothing(path, how):
    doc = _edit(document(path.read_bytes()), how)
    path.write_bytes(resealed(path.read_bytes(), **{"model.json": json.dumps(doc).encode()}))
    with pytest.raises(hy.ArtifactError):
        hy.load(path)


def test_broken_weights(path):
    path.write_bytes(resealed(path.read_bytes(), **{"weights.safetensors": b"\x80\x04not tensors"}))
    with pytest.raises(hy.ArtifactError, match="not a hyotan model"):
        hy.load(path)


def test_a_failed_save_leaves_what_was_there(model, path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *a: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(hy.ArtifactError, match="No space left.*untouched"):
        model.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["m.hyotan"]


def test_custom_nets_are_passed_back_in(tmp_path):
    def net(width=4):
        encoder = keras.Sequential([keras.Input((5,)), keras.layers.Dense(width, "tanh"), keras.layers.Dense(3)])
        decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(5)])
        return hy.nets.Custom(encoder, decoder, outputs="parameters")

    mine = net()
    start = [np.array(w.value) for w in mine.encoder.weights]
    model = hy.AE(2, net=mine, epochs=2, random_state=0, verbose=0).fit(X)
    assert all(np.array_equal(a, w.value) for a, w in zip(start, mine.encoder.weights, strict=True))
    path = model.save(tmp_path / "m.hyotan")
    with pytest.raises(hy.ArtifactError, match="net of its maker's own.*net=hyotan.nets.Custom"):
        hy.load(path)
    np.testing.assert_array_equal(hy.load(path, net=net()).transform(X), model.transform(X))
    with pytest.raises(hy.ArtifactError, match="do not fit the net"):
        hy.load(path, net=net(width=7))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).transform(X), model.transform(X))


def test_a_parameter_without_a_plain_form_is_refused():
    model = hy.AE(2, net=hy.nets.Dense(()), epochs=1, random_state=0, verbose=0).fit(X)
    mine = type("Adam", (keras.optimizers.Adam,), {})
    for optimizer in (mine(), object()):
        model.set_params(optimizer=optimizer)
        with pytest.raises(hy.ParameterError, match="'optimizer' parameter cannot be saved"):
            model.save("never.hyotan")
