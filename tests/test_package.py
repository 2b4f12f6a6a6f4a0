"""The package: what it imports, and what a built wheel carries, tested outside the checkout."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import hyotan

ROOT = Path(hyotan.__file__).parents[2]


def test_every_public_name_is_there():
    assert [name for name in hyotan.__all__ if not hasattr(hyotan, name)] == []
    assert set(hyotan.__all__) <= set(dir(hyotan))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = hyotan.nothing


def test_neither_tensorflow_nor_torch_is_imported(tmp_path):
    code = (
        "import sys, numpy as np, hyotan as hy\n"
        "m = hy.VAE(2, epochs=1, verbose=0).fit(np.random.rand(20, 4)); m.save('m.hyotan')\n"
        "X = np.random.rand(9, 4); m = hy.load('m.hyotan'); m.sample(3); m.log_likelihood(X, 9)\n"
        "hy.report(m, X, out='r.html')\n"
        "assert not {'tensorflow', 'torch'} & set(sys.modules), sorted(sys.modules)\n"
        "import keras; assert keras.backend.backend() == 'jax'"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_backend_is_only_set_before_keras_is_imported():
    code = "import os; os.environ.pop('KERAS_BACKEND', None); import hyotan; print(os.environ['KERAS_BACKEND'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "jax"
    kept = "import os; os.environ['KERAS_BACKEND'] = 'torch'; import hyotan; print(os.environ['KERAS_BACKEND'])"
    done = subprocess.run([sys.executable, "-c", kept], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "torch"


@pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="not run from a checkout")
def test_the_wheel(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "hyotan/py.typed" in names
    assert "hyotan/report/templates/report.html" in names
    assert any(name.endswith("/LICENSE") for name in names)
    assert not any(name.startswith(("tests", "benchmarks", "docs")) for name in names)

    # Unpacked alone into an environment that sees this one's packages, and run from elsewhere.
    venv.create(tmp_path / "env", system_site_packages=False, with_pip=False)
    site = next((tmp_path / "env" / "lib").glob("python3*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    here = next(p for p in map(Path, sys.path) if (p / "keras").is_dir())
    code = (
        f"import sys; sys.path.append({str(here)!r})\n"
        "import numpy as np, hyotan as hy; from pathlib import Path\n"
        f"assert Path(hy.__file__).is_relative_to({str(site)!r}), hy.__file__\n"
        "X = np.random.default_rng(0).normal(size=(30, 4))\n"
        "m = hy.AE(2, epochs=1, verbose=0).fit(X); hy.report(m, X, out='r.html')\n"
        "from importlib.metadata import entry_points\n"
        "(e,) = entry_points(group='console_scripts', name='hyotan'); assert callable(e.load())"
    )
    python = tmp_path / "env" / "bin" / "python"
    done = subprocess.run([python, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.html").exists()
