"""The estimator class with its parameters; its methods are defined in mixins in the other modules of this package."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np  # noqa: F401  (of the example)
from sklearn import get_config
from sklearn.base import TransformerMixin

from hyotan.artifact.describe import describe
from hyotan.artifact.summary import Table, summary
from hyotan.estimator import html_repr
from hyotan.estimator._decode import DecodeMixin
from hyotan.estimator._encode import EncodeMixin
from hyotan.estimator._fit import FitMixin
from hyotan.estimator._persistence import PersistenceMixin
from hyotan.estimator._sample import SampleMixin
from hyotan.estimator._score import ScoreMixin
from hyotan.latents import Latent
from hyotan.likelihoods._base import CROSS_ENTROPY, SQUARES


class Autoencoder(
    TransformerMixin,
    FitMixin,
    EncodeMixin,
    DecodeMixin,
    ScoreMixin,
    SampleMixin,
    PersistenceMixin,
):
    """An autoencoder made of four parts, as a scikit-learn estimator and transformer.

    The loss of a row, in nats, is ``−log p(x|z) + Σ weight · term``, where log p(x|z) is summed over the cells of the
    row. The latent determines the other terms; see its documentation.

    Parameters
    ----------
    latent : Part or str
        The bottleneck: ``hyotan.latents.Point``, ``Sparse``, ``Gaussian``; or its name.
    net : Part or str
        The encoder and decoder: ``hyotan.nets.Dense``, ``Conv``, ``Recurrent``, ``Custom``; or its name.
    likelihood : Part or str
        The distribution p(x|z): ``hyotan.likelihoods.Bernoulli``, ``Gaussian``; or its name. "auto" chooses Bernoulli
        for images in [0, 1], and Gaussian with learned σ for everything else.
    corruption : Part, str or None
        Corruption of the encoder's input in training: ``hyotan.corruptions.GaussianNoise``, ``Masking``,
        ``SaltAndPepper``; or its name.
    kind : {"auto", "table", "images", "series"}
        What the rows are. "auto" reads an array of two dimensions as a table, and one of four as images, whose channels
        come last. It reads a list of arrays of unequal length as series, and with a net for series (``Recurrent``,
        ``Conv(dimensions=1)``) also an array of two or three dimensions. For other nets, an array of three dimensions
        is images if it holds bytes or its rows are square, else series; ``Conv()`` reads both, and asks. What was
        taken, and how to have it otherwise, stands in the summary of the fit.
    scale : {"auto", "none", "unit", "standard", "minmax"}
        Scaling of the cells for the network, separately for each column of a table and each channel of series. It is
        fitted on the training rows only, and undone in all results. "auto" divides images of bytes by 255, and images
        of 16 bits by the largest grey value of as many bits as they need; it leaves images in [0, 1] and all data for
        a Bernoulli likelihood unchanged, and standardises everything else.
    epochs : int
        Passes over the training rows; ``early_stopping`` may stop earlier.
    batch_size : int
        Rows in a minibatch.
    optimizer : str or keras.optimizers.Optimizer
        A name ("adam", "rmsprop", …) or an object, which is copied.
    learning_rate : float, keras schedule or None
        None uses the optimizer's default.
    validation_fraction : float or None
        Fraction of the rows held out for ``val_*`` if ``validation_data`` is not given. None holds out no rows, or
        0.1 with ``early_stopping``.
    early_stopping : bool
        Stop when ``val_loss`` no longer improves, and restore the best weights.
    patience : int
        Number of epochs without improvement after which training stops.
    callbacks : list of keras.callbacks.Callback or None
        Called at every step and epoch; at the end of an epoch, ``logs`` contains every term.
    checkpoint : str, Path or None
        Save the model to this file after every epoch, as ``save(path, training=True)`` does.
    random_state : int, RandomState or None
        Seed for the initial weights, the order of the rows and all noise.
    verbose : {0, 1, 2}
        0 prints nothing. 1 prints what was inferred from the data, and shows a progress bar on a terminal. 2 prints
        one line per epoch instead of the bar.

    Attributes
    ----------
    encoder_, decoder_, model_ : keras.Model
        Plain Keras models in network units: row → parameters of q(z|x) by name; code → mean of p(x|z); row → both.
        For series of unequal length, the input is ``{"x": …, "step_mask": …}``; the mask is True for the steps before
        the end of a series. ``sampling_encoder()`` gives an encoder that also draws z.
    history_ : dict of lists
        Per epoch: ``loss``, every term by name, ``val_*``, ``active_units``, ``kl_per_dim``, ``seconds``.
    scaler_ : Scaler
        Converts between the data's own units and network units.
    schema_ : Schema
        Kind, shape and columns of the rows.
    parts_ : Parts
        The four parts that were used, after "auto" and names are resolved.
    warnings_ : list of str
        The warnings of the fit.
    seed_ : int
        The seed that was used. Given as ``random_state``, it gives the same model again.
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

    foreign_parameters: ClassVar[dict[str, str]] = {
        **Latent.foreign_parameters,
        "loss": f"the likelihood is the loss; for binary_crossentropy {CROSS_ENTROPY}; for mse {SQUARES}",
        "lr": "give learning_rate",
    }

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
        """Return the tags: missing cells are allowed, targets are not needed, codes are float32."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.non_deterministic = False
        return tags

    def summary(self) -> Table:
        """Return a table of the layers of encoder and decoder, their output shapes and numbers of parameters.

        Returns
        -------
        str
            Plain text of at most 100 columns, which terminal and notebook show as it is.

        Examples
        --------
        >>> import hyotan as hy
        >>> X = np.random.default_rng(0).normal(size=(40, 5))
        >>> model = hy.AE(2, net=hy.nets.Dense(()), epochs=2, random_state=0, verbose=0).fit(X)
        >>> model.summary()  # doctest: +ELLIPSIS
        AE: table of 5 columns, 40 training rows, values standardised (training mean 0, variance 1)
        net:        Dense(hidden=())
        latent:     Point()
        likelihood: Gaussian()
        ...
        total                                                                                             28
        """
        self._require_fitted("summary")
        return summary(self._fitted, type(self).__name__)

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        """Return the parameters and, if the model is fitted, a summary of the fit."""
        text = super().__repr__(N_CHAR_MAX)
        return f"{text}\n# fitted: {describe(self._fitted)}" if hasattr(self, "_fitted") else text

    def _repr_html_(self) -> str | None:
        """Return the HTML card for a notebook; None if scikit-learn is configured to show text."""
        return html_repr.html(self, getattr(self, "_fitted", None)) if get_config()["display"] == "diagram" else None

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """Return the text, and the HTML card unless scikit-learn is configured to show text; notebooks call this."""
        html = self._repr_html_()
        return {"text/plain": repr(self), **({} if html is None else {"text/html": html})}
