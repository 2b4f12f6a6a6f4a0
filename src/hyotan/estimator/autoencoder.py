"""The estimator: parameters here, its verbs in the files beside, each a group with its documentation."""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  (of the example)
from sklearn import get_config
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from hyotan.artifact.describe import describe
from hyotan.estimator import html_repr
from hyotan.estimator._decode import DecodeMixin
from hyotan.estimator._encode import EncodeMixin
from hyotan.estimator._fit import FitMixin
from hyotan.estimator._persistence import PersistenceMixin
from hyotan.estimator._sample import SampleMixin
from hyotan.estimator._score import ScoreMixin


class Autoencoder(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    FitMixin,
    EncodeMixin,
    DecodeMixin,
    ScoreMixin,
    SampleMixin,
    PersistenceMixin,
):
    """An autoencoder of four parts, as a scikit-learn estimator and transformer.

    The loss of a row, in nats, is ``−log p(x|z) + Σ weight · term`` summed over its cells; see the latent for the
    terms.

    Parameters
    ----------
    latent : Part or str
        What sits at the bottleneck: ``hyotan.latents.Point``, ``Sparse``, ``Gaussian``; or its name.
    net : Part or str
        How a row is read and written: ``hyotan.nets.Dense``, ``Conv``, ``Recurrent``, ``Custom``; or its name.
    likelihood : Part or str
        What a decoded number means: ``hyotan.likelihoods.Bernoulli``, ``Gaussian``; or "auto": Bernoulli for images
        in [0, 1], Gaussian with learned σ for everything else.
    corruption : Part, str or None
        What the encoder is shown in training: ``hyotan.corruptions.GaussianNoise``, ``Masking``, ``SaltAndPepper``.
    kind : {"auto", "table", "images", "series"}
        What the rows are. "auto": two dimensions are a table, three or four images; a list of arrays of unequal
        length is series, and so is an array of two or three dimensions to a net that reads series (``Recurrent``,
        ``Conv(dimensions=1)``).
    scale : {"auto", "none", "unit", "standard", "minmax"}
        How cells are scaled for the network, fitted on the training rows only and undone on the way out; each column
        of a table and each channel of series by itself. "auto":
        bytes of images / 255; images in [0, 1], and whatever Bernoulli is to score, as they are; else standardised.
    epochs : int
        Passes over the training rows; exact, unless ``early_stopping``.
    batch_size : int
        Rows in a minibatch.
    optimizer : str or keras.optimizers.Optimizer
        By name ("adam", "rmsprop", …) or as an object, which is copied.
    learning_rate : float, keras schedule or None
        None leaves the optimizer's own.
    validation_fraction : float or None
        Share of the rows held out for ``val_*`` if no ``validation_data`` are given. None holds out none, or 0.1
        with ``early_stopping``.
    early_stopping : bool
        Stop when ``val_loss`` no longer improves; the best weights come back.
    patience : int
        Epochs without improvement before it stops.
    callbacks : list of keras.callbacks.Callback or None
        Run at every step and epoch, with every term in ``logs``.
    checkpoint : str, Path or None
        Write the model there after every epoch, as ``save(path, training=True)`` does.
    random_state : int, RandomState or None
        Initial weights, order of rows and noise follow from it.
    verbose : {0, 1, 2}
        Nothing; what was inferred, and a progress bar on a terminal; a line an epoch.

    Attributes
    ----------
    encoder_, decoder_, model_ : keras.Model
        Plain Keras models in network units: a row → the latent's parameters by name; a code → the mean of p(x|z);
        a row → both. For series of unequal length a row is ``{"x": …, "step_mask": …}``, with True for the
        steps before its end.
    history_ : dict of lists
        Per epoch: ``loss``, every term by name, ``val_*``, ``active_units``, ``kl_per_dim``, ``seconds``.
    scaler_ : Scaler
        The way between the data's units and the network's.
    schema_ : Schema
        What a row looks like.
    parts_ : Parts
        The four parts as they were used, "auto" resolved.
    warnings_ : list of str
        What was warned of during the fit.
    seed_ : int
        The seed that was used: given as ``random_state`` it makes the same model again.
    n_features_in_ : int
        Number of cells in a row.

    Examples
    --------
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(40, 5))
    >>> model = hy.Autoencoder(hy.latents.Point(2), hy.nets.Dense(()), epochs=2, random_state=0, verbose=0).fit(X)
    >>> model.transform(X).shape, model.reconstruct(X).shape, model.score_samples(X).shape
    ((40, 2), (40, 5), (40,))
    """

    def __init__(
        self,
        latent: Any = "point",
        net: Any = "dense",
        likelihood: Any = "auto",
        corruption: Any = None,
        *,
        kind: str = "auto",
        scale: str = "auto",
        epochs: int = 30,
        batch_size: int = 64,
        optimizer: Any = "adam",
        learning_rate: Any = None,
        validation_fraction: float | None = None,
        early_stopping: bool = False,
        patience: int = 5,
        callbacks: Any = None,
        checkpoint: Any = None,
        random_state: Any = None,
        verbose: int = 1,
    ) -> None:
        self.latent = latent
        self.net = net
        self.likelihood = likelihood
        self.corruption = corruption
        self.kind = kind
        self.scale = scale
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.patience = patience
        self.callbacks = callbacks
        self.checkpoint = checkpoint
        self.random_state = random_state
        self.verbose = verbose

    def _artifact_params(self) -> list[str]:
        return Autoencoder._get_param_names()

    def __sklearn_is_fitted__(self) -> bool:
        """Whether ``fit`` has run."""
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Any:
        """Missing cells are allowed, targets are not needed, codes are float32."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.non_deterministic = False
        return tags

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """Return the parameters, and what was inferred if the model is fitted."""
        text = super().__repr__(N_CHAR_MAX)
        return f"{text}\n# fitted: {describe(self._fitted)}" if hasattr(self, "_fitted") else text

    def _repr_html_(self) -> str | None:
        """Return the card a notebook shows; None where scikit-learn is set to show text."""
        return html_repr.html(self, getattr(self, "_fitted", None)) if get_config()["display"] == "diagram" else None

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """Return the text and, unless scikit-learn is set to show text, the card; a notebook asks for this first."""
        html = self._repr_html_()
        return {"text/plain": repr(self), **({} if html is None else {"text/html": html})}
