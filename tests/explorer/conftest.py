"""Models with weights at random, and the decoder's runtime as the page has it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import hyotan as hy
from hyotan.artifact.fitted import Fitted
from hyotan.core.part import resolve
from hyotan.core.spec import Spec
from hyotan.data.arrays import read_array
from hyotan.data.schema import Schema
from hyotan.data.series.ragged import is_ragged
from hyotan.estimator.build import built, parts_of
from hyotan.estimator.preparation import scaler_of

WEB = Path(__file__).parents[2] / "web"
RUN = """
import fs from "node:fs";
import { Program } from "./program.mjs";
const { program, codes } = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const decoder = await Program.from(program);
const out = codes.map((code) => Array.from(decoder.run(code), (x) => (Number.isNaN(x) ? null : x)));
console.log(JSON.stringify(out));
"""


@pytest.fixture(scope="session")
def decode(tmp_path_factory):
    """Return a function from a program and codes (n, d) to what the page's own runtime makes of them, (n, cells)."""
    esbuild = WEB / "node_modules" / ".bin" / "esbuild"
    if shutil.which("node") is None or not esbuild.exists():
        pytest.skip("the page's runtime is not there: needs Node, and `npm ci` in web/")
    folder = tmp_path_factory.mktemp("runtime")
    args = ["--bundle", "--format=esm", "--log-level=error", f"--outfile={folder / 'program.mjs'}"]
    subprocess.run([esbuild, WEB / "src" / "program.ts", *args], check=True)
    (folder / "run.mjs").write_text(RUN)

    def run(program, codes):
        job = folder / "job.json"
        job.write_text(json.dumps({"program": program, "codes": np.asarray(codes, float).tolist()}, allow_nan=False))
        done = subprocess.run(
            ["node", folder / "run.mjs", job], check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return np.asarray(json.loads(done.stdout), float)

    return run


@pytest.fixture(scope="session")
def ready():
    """Return a function that makes a model that is not trained: every weight, biases too, is drawn at random."""
    return _ready


def _ready(X, net, latent="point", likelihood="gaussian", kind="auto", scale="standard"):
    model = hy.Autoencoder(latent, net, likelihood, kind=kind, scale=scale, verbose=0)
    array = read_array(X, owner="Autoencoder", series=kind == "series")
    series, whole = net.reads_series or is_ragged(X), isinstance(X, hy.data.Windows)
    schema = Schema.infer(array, kind, None, series=series, open_ended=net.any_length and not net.future, whole=whole)
    events = schema.events(array, whole)
    scaler = scaler_of(events, scale, schema.kind, np.ones(len(events)))
    parts = parts_of(model, resolve("net", net), likelihood)
    missing = schema.ragged and not net.any_length
    network = built(parts, Spec(schema.event, missing=missing, ragged=schema.ragged), 0)
    rng = np.random.default_rng(1)
    for weight in network.weights:
        if "seed" not in weight.path:
            drawn = rng.normal(scale=0.4, size=weight.shape)
            weight.assign(np.abs(drawn) if "variance" in weight.path else drawn)
    model._take_fitted(Fitted(network, parts, schema, scaler, 0))
    return model
