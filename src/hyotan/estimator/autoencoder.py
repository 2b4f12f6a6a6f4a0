"""The estimator: read → split → scale → build → train → keep, and everything a fitted model answers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from hyotan.artifact import archive
from hyotan.artifact.describe import describe
from hyotan.artifact.fitted import Assembly, Fitted
from hyotan.core import files
from hyotan.core.batch import Batch
from hyotan.core.errors import DataError, ParameterError, not_fitted, shown
from hyotan.core.part import Configurable, registered
from hyotan.core.validation import is_whole
from hyotan.core.warn import Say
from hyotan.data.arrays import read_array
from hyotan.data.missing import known_cells
from hyotan.data.series.ragged import unpadded
from hyotan.data.series.windows import Windows
from hyotan.estimator import density, fitting, html_repr, parameters, preparation, reading
from hyotan.estimator.batches import batch_of, blank_rows, row_norms
from hyotan.estimator.preparation import seeds_of
from hyotan.inference.predictor import Tiles
from hyotan.inference.rows import Rows
from hyotan.training.state import TrainingState


class Autoencoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Configurable):
    """An autoencoder of four parts, as a scikit-learn estimator and transformer.

    The loss of a row, in nats, is ``−log p(x|z) + Σ weight · term`` summed over its cells; see the latent for the
    terms.

    Parameters
    ----------
    latent : Part or str
        What sits at the waist: ``hyotan.latents.Point``, ``Sparse``, ``Gaussian``; or its name.
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
        a row → both. For series of unequal length a row is ``{"x": …, "there": …}``, with True for the
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

    # -- fitting ------------------------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        validation_data: Any = None,
        resume: bool = False,
    ) -> Autoencoder:
        """Fit the model.

        Parameters
        ----------
        X : array or frame
            (n, features), (n, height, width[, channels]), (n, steps[, channels]), a list of series (steps, channels),
            ``hyotan.data.Windows``, or a frame of numeric columns. NaN is a missing cell.
        y : ignored
        sample_weight : array of shape (n,), optional
            Weight of each row in the loss of its batch, Σ weight · loss / Σ weight, in the scaling and in the
            history. A row of weight 0 is left out.
        validation_data : array or frame, optional
            Rows that ``val_*`` is measured on after each epoch; of a tuple the first element counts.
        resume : bool
            Go on with the training of the fit before, on the same rows, until there are ``epochs`` in all. Optimizer,
            random numbers, order of the rows, schedules and early stopping go on where they stood, so that on one
            machine the weights are, to the bit, those of a fit that was not interrupted. Only ``epochs`` and
            ``patience`` may be others than before; what callbacks of your own remember is theirs to keep. A model from
            a file can go on if it was saved with ``save(path, training=True)``.

        Returns
        -------
        Autoencoder
            Itself. If anything fails, an earlier fit is still there.

        Raises
        ------
        DataError, ParameterError, TrainingError

        Examples
        --------
        >>> import hyotan as hy
        >>> X = np.random.default_rng(0).normal(size=(40, 5))
        >>> model = hy.VAE(2, epochs=2, random_state=0, verbose=0).fit(X)
        >>> model = model.set_params(epochs=3).fit(X, resume=True)  # a third epoch
        >>> at_once = hy.VAE(2, epochs=3, random_state=0, verbose=0).fit(X)
        >>> bool((model.transform(X) == at_once.transform(X)).all()), len(model.history_["loss"])
        (True, 3)
        """
        began, say = time.perf_counter(), Say(type(self).__name__)
        parameters.check(self)
        before = self._stood() if resume else None
        seeds = seeds_of(self.random_state if before is None else before.about["seed"])
        began -= 0 if before is None else before.about["seconds"]
        rows = {"sample_weight": sample_weight, "validation_data": validation_data}

        # read → split → scale → build
        ready = preparation.prepare(self, X, **rows, seeds=seeds, split_seed=seeds[1], read_rows=self._rows, say=say)

        # train
        def write(stands: TrainingState) -> None:
            seconds = time.perf_counter() - began
            self._write_checkpoint(
                fitting.outcome(ready, training, seconds, early_stopping=self.early_stopping, done=False)
            )

        keep = None if self.checkpoint is None else write
        training = fitting.training_of(ready, self, verbose=self.verbose, before=before, keep=keep)
        if self.verbose:
            print(f"{say.owner}: {ready.summary()}", flush=True)
        if self.checkpoint is not None:
            files.check_writable(self.checkpoint)  # before hours of training, not after the first of them
        training.run()

        # keep
        fitted = fitting.outcome(ready, training, time.perf_counter() - began, early_stopping=self.early_stopping)
        if self.checkpoint is not None:  # with the best weights, if they came back
            self._write_checkpoint(fitted)
        self._take(fitted, X)
        return self

    def _stood(self) -> TrainingState:
        """Return where the training of the fit before stood, or refuse to go on."""
        found = self._fitted.state if hasattr(self, "_fitted") else None
        if found is None:
            raise ParameterError(
                "There is no training to go on with",
                expected="a model that was fitted, or loaded from a file with its training state",
                received="one without: not fitted, saved without training=True, or ended at a loss that is not finite",
                do="call fit(X) without resume; model.save(path, training=True) keeps the state",
            )
        return found

    def _write_checkpoint(self, fitted: Fitted) -> None:
        files.write(self.checkpoint, self._packed(fitted, training=True))

    def _packed(self, fitted: Fitted, training: bool = False) -> bytes:
        params = {name: getattr(self, name) for name in Autoencoder._get_param_names()}
        return archive.pack(fitted, params, training, self._recipe())

    def _recipe(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name of a recipe and the parameters that are its own; None for a model that is none."""
        return None

    def _take(self, fitted: Fitted, X: Any) -> None:
        """Take on what a fit on ``X`` left behind."""
        if fitted.schema.kind == "table":
            validate_data(self, X, reset=True, skip_check_array=True)
        self._keep(fitted)

    def _keep(self, fitted: Fitted) -> None:
        """Take on what a fit, or a file, left behind."""
        network = fitted.network
        self._fitted, self._tiles = fitted, Tiles(network)
        self.encoder_, self.decoder_, self.model_ = network.encoder, network.decoder, network.reconstructor
        self.history_, self.scaler_, self.schema_ = fitted.history, fitted.scaler, fitted.schema
        self.parts_, self.warnings_, self.seed_ = fitted.parts, fitted.warnings, fitted.seed
        self.n_features_in_ = network.spec.size
        self._n_features_out = int(np.prod(network.code))
        if hasattr(self, "feature_names_in_"):
            del self.feature_names_in_  # of an earlier fit
        if fitted.schema.columns is not None and fitted.schema.kind == "table":
            self.feature_names_in_: np.ndarray = np.asarray(fitted.schema.columns, dtype=object)

    # -- asking -------------------------------------------------------------------------------------------------

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes: the posterior mean of each row.

        Parameters
        ----------
        X : array or frame of the kind the model was fitted on

        Returns
        -------
        ndarray of shape (n, code), float32
            A code on a grid is flattened.
        """
        codes = self._ask("transform").encode(self._pieces(X))
        return codes.reshape(len(codes), -1)

    def inverse_transform(self, Z: Any, lengths: Any = None) -> Any:
        """Return the mean of p(x|z) of each code, in the data's own units.

        Parameters
        ----------
        Z : array of shape (n, code)
        lengths : array of int of shape (n,), optional
            For series: how many steps to write from each code, which then come as a list. None writes as many as the
            training series (or the longest of them) had.

        Returns
        -------
        ndarray of shape (n, *row), or a list

        Raises
        ------
        ParameterError
            If the decoder sees the input, and so cannot do with a code alone.
        """
        tiles = self._ask("inverse_transform")
        self._check_decodes_alone("inverse_transform")
        codes = self._codes(Z)
        if lengths is None:
            return self._own(tiles.decode(codes))
        ends, rows = blank_rows(self.schema_, lengths, len(codes))
        return unpadded(self._own(tiles.decode(codes, Rows.blank(rows))), ends)

    def reconstruct(self, X: Any, *, teacher_forcing: bool = False, codes: Any = None) -> Any:
        """Return each row decoded from its posterior mean, in the data's own units; missing cells are filled in.

        A net with ``future`` gives what the encoder saw, reconstructed, and what follows it, predicted.

        Parameters
        ----------
        X : array, frame or list of the kind the model was fitted on
        teacher_forcing : bool
            A conditional decoder is fed the true frames; without, its own means, so that it runs free.
        codes : array of shape (n, code), optional
            Decode these instead of the rows' own: what a decoder that looks at the data makes of another's code.

        Returns
        -------
        ndarray of shape (n, *row)
            A list for a list of series. Where the model was fitted on series of unequal length, NaN after the end.
        """
        tiles = self._ask("reconstruct")
        if codes is None and self.schema_.kind != "series":
            pieces = self._pieces(X)
            return self._written(tiles.reconstruct(pieces), len(pieces[0] if isinstance(pieces, list) else X))
        rows = Rows.of(self._rows(X))
        chosen = tiles.encode([rows]) if codes is None else self._codes(codes)
        if len(chosen) != len(rows):
            raise DataError("The codes do not fit X", expected=f"{len(rows)} codes", received=f"{len(chosen)}")
        # Only series are written differently from one row to the next.
        written = tiles.decode(chosen, rows if self.schema_.kind == "series" else None, forced=bool(teacher_forcing))
        return self._own(written, X)

    def forecast(self, X: Any) -> np.ndarray:
        """Return the steps that follow, predicted by a net with ``future``, in the data's own units.

        Parameters
        ----------
        X : array of shape (n, T, channels) or (n, T + future, channels)
            What came before; of whole rows the last ``future`` steps are not looked at.

        Returns
        -------
        ndarray of shape (n, future, channels)

        Raises
        ------
        ParameterError
            If the net predicts nothing.

        Examples
        --------
        >>> import hyotan as hy
        >>> X = np.sin(np.arange(12) + np.arange(40)[:, None])[..., None]
        >>> net = hy.nets.Recurrent(4, future=3)
        >>> model = hy.AE(2, net=net, epochs=1, random_state=0, verbose=0).fit(X)
        >>> model.forecast(X[:5, :9]).shape  # the three steps after the nine that are given
        (5, 3, 1)
        """
        self._ask("forecast")
        future = self.parts_.net.future
        if not future:
            raise ParameterError(
                "forecast() needs a net that predicts",
                expected="hyotan.nets.Recurrent(future=…)",
                received=repr(self.parts_.net),
                do="fit rows of past and future steps with Recurrent(future=…)",
            )
        rows = Rows.of(self._rows(X))
        written = self._tiles.decode(self._tiles.encode([rows]), rows)[:, -future:]
        own = self.scaler_.undo(written)
        return own[..., 0] if np.ndim(X) == 2 else own

    def reconstruction_error(self, X: Any) -> np.ndarray:
        """Return ‖x − x̂‖₂ of each row over its known cells, in the data's own units.

        Of a net with ``future`` only what the encoder saw counts, or the future if that is all it writes.

        Returns
        -------
        ndarray of shape (n,), float64
        """
        return row_norms(self._residuals(X))

    def residuals(self, X: Any) -> Any:
        """Return x − x̂ of each cell in the data's own units, 0 where x is missing.

        Returns
        -------
        ndarray of shape (n, *row), float64
            A list for a list of series.
        """
        difference = self._residuals(X)
        return self.schema_.rows(difference, X) if isinstance(X, (list, tuple)) else difference

    def _residuals(self, X: Any) -> np.ndarray:
        own = self._array(X).astype(np.float64)
        reconstruction = self.reconstruct(own if self.schema_.kind == "series" else X)
        net, past = self.parts_.net, self.schema_.shape[0] - self.parts_.net.future
        if net.future and self._reconstructs():
            own[:, past:] = np.nan
        else:
            self._check_future("reconstruction_error", X)
        return np.nan_to_num(own - reconstruction, nan=0.0)

    def _reconstructs(self) -> bool:
        """Whether the net writes what its encoder sees, rather than the future alone."""
        counted = self.parts_.net.masks(self.schema_.event)[1]
        return counted is None or bool(counted[0].all())

    def score_samples(self, X: Any) -> np.ndarray:
        """Return the score of each row in nats; higher is more normal.

        log p(x|z) of a deterministic latent; for a Gaussian one the evidence lower bound
        E_q log p(x|z) − KL(q ‖ p), with β = 1 and the same 16 fixed draws for every row. Densities are in the data's
        own units. Bernoulli on grey values is unnormalised: compare such scores with each other only.

        The draws have exact first and second moments while the code has at most 8 dimensions. Above that their mean
        keeps an error that does not average out over rows, because all rows share it: it is the same for each call,
        so rows can be compared, but small differences between models want :meth:`log_likelihood`.

        A conditional decoder is fed the true frames: log p(x|z) = Σ_t log p(x_t | x_<t, z).

        Returns
        -------
        ndarray of shape (n,), float64

        Raises
        ------
        ParameterError
            If the decoder sees the input: what it gives is no likelihood of it.
        """
        tiles = self._ask("score_samples")
        self._check_decodes_alone("score_samples")
        pieces = density.Jacobians(self._fitted, self._pieces(X))
        self._check_future("score_samples", X)
        return tiles.score(pieces).astype(np.float64) + pieces.all()

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean of :meth:`score_samples`, what a grid search maximises."""
        return float(np.mean(self.score_samples(X)))

    def log_likelihood(self, X: Any, n_samples: int = 5000, *, random_state: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return log p(x) of each row by importance sampling, and its standard error, in nats.

        log p(x) ≈ log 1/K Σ_k p(x|z_k) p(z_k) / q(z_k|x) with z_k ~ q(z|x). It lies between the ELBO and the truth
        in expectation and tends to the truth as K grows (Burda, Grosse and Salakhutdinov, 2016).

        Parameters
        ----------
        X : array or frame
        n_samples : int
            K.
        random_state : int
            Seed of the draws, which are the same for every row.

        Returns
        -------
        log_p, stderr : ndarray of shape (n,), float64

        Raises
        ------
        ParameterError
            If the latent has no prior, or the likelihood is not normalised on these data.
        """
        tiles = self._ask("log_likelihood")
        self._require("density", "log_likelihood", "a likelihood")
        self._check_decodes_alone("log_likelihood")
        _check_count(n_samples)
        pieces = density.Jacobians(self._fitted, density.normalised(self._fitted, self._pieces(X)))
        self._check_future("log_likelihood", X)
        log_p, stderr = tiles.log_likelihood(pieces, int(n_samples), random_state)
        return log_p + pieces.all(), stderr

    def sample(self, n_samples: int = 1, *, random_state: Any = None, noise: bool = False) -> Any:
        """Return new rows: codes drawn from the prior, decoded, in the data's own units.

        Parameters
        ----------
        n_samples : int
        random_state : int, RandomState or None
        noise : bool
            Draw from p(x|z) instead of giving its mean: what the model says rows look like, noise included. A
            conditional decoder is fed its own mean and so gives one path of it; noise is refused, as it would have to
            be fed too.

        Returns
        -------
        ndarray of shape (n_samples, *row)
            Where the model was fitted on series of unequal length, a list with lengths drawn from theirs.

        Raises
        ------
        ParameterError
            If the latent has no prior, the decoder sees the input, or ``noise`` is asked of a conditional decoder.
        """
        tiles = self._ask("sample")
        self._require("sample", "sample", "a prior to draw from")
        self._check_decodes_alone("sample")
        if noise and self.parts_.net.decoder_sees == "previous frames":
            raise ParameterError(
                "A conditional decoder cannot be sampled with noise",
                expected="noise=False, or a decoder that sees nothing but the code",
                received=f"noise=True and {self.parts_.net!r}",
                do="sample without noise, or fit with decoder='unconditional'",
            )
        _check_count(n_samples)
        seeds = check_random_state(random_state).randint(2**31 - 1, size=2).tolist()
        network = self._fitted.network
        codes = network.sample_prior(int(n_samples), seeds[0])
        ends = rows = None
        if self.schema_.lengths is not None:
            lengths = np.random.default_rng(seeds[1]).choice(self.schema_.lengths, len(codes))
            ends, blank = blank_rows(self.schema_, lengths, len(codes))
            rows = Rows.blank(blank)
        drawn = self._own(tiles.decode_noisy(codes, seeds[1], rows) if noise else tiles.decode(codes, rows))
        return drawn if ends is None else unpadded(drawn, ends)

    def draw(self, X: Any, *, random_state: int = 0) -> np.ndarray:
        """Return one draw from the posterior of each row, of shape (n, code); without a Gaussian, the code itself.

        The noise goes by position: unlike codes and scores, a row's draw depends on where it stands.
        """
        codes = self._ask("draw").draw(self._pieces(X), random_state)
        return codes.reshape(len(codes), -1)

    def kl_per_dim(self, X: Any) -> np.ndarray:
        """Return KL(q(z_j|x) ‖ p(z_j)) of each row and dimension in nats, of shape (n, code); Gaussian latents only."""
        self._ask("kl_per_dim")
        self._require("divergence", "kl_per_dim", "a divergence")
        return self.describe_latent(X)["kl_per_dim"]

    def describe_latent(self, X: Any) -> dict[str, np.ndarray]:
        """Return what the latent says of each row, by name, each of shape (n, …); for a Gaussian ``kl_per_dim``."""
        return self._ask("describe_latent").describe(self._pieces(X))

    # -- keeping ------------------------------------------------------------------------------------------------

    def save(self, path: str | Path, *, training: bool = False) -> Path:
        """Write the fitted model to one ``.hyotan`` file, whole or not at all, and return its path.

        The file holds no code. Callbacks are not saved; a ``Custom`` net stores its weights only.

        Parameters
        ----------
        path : str or Path
        training : bool
            Keep where the training stands, too (some three times as large with Adam): a model loaded from the file
            can go on with ``fit(X, resume=True)``.
        """
        self._ask("save")
        return files.write(path, self._packed(self._fitted, training))

    def __getstate__(self) -> dict[str, Any]:
        """Pickle a fitted model as its artifact: joblib and worker processes get what a file would hold."""
        if not hasattr(self, "_fitted"):
            return dict(super().__getstate__())
        params = {**self.get_params(deep=False), "callbacks": None}
        return {"params": params, "artifact": self._packed(self._fitted)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild from :meth:`__getstate__`."""
        if "artifact" not in state:
            super().__setstate__(state)
            return
        self.__init__(**state["params"])  # type: ignore[misc]
        net = self.net if getattr(self.net, "not_saved", ()) else None
        self._keep(archive.unpack(state["artifact"], "the pickled model", net)[0])

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

    # -- helpers ------------------------------------------------------------------------------------------------

    def _ask(self, method: str) -> Tiles:
        if not hasattr(self, "_fitted"):
            raise not_fitted(self, method)
        return self._tiles

    def _rows(self, X: Any, fitted: Assembly | None = None, say: Say | None = None) -> Batch:
        """Return the user's rows in network units, checked against what the model was (or is being) fitted on."""
        during = fitted is not None
        fitted, say = fitted or self._fitted, say or Say(type(self).__name__)
        if during and isinstance(X, tuple):
            X = X[0]
        array, schema = read_array(X, owner=say.owner, series=fitted.schema.kind == "series"), fitted.schema
        future = fitted.parts.net.future if not during else 0
        past_alone = future > 0 and array.ndim > 1 and array.shape[1] == schema.shape[0] - future
        if past_alone:  # what is to be predicted need not be given
            array = np.concatenate([array, np.full((len(array), future, *array.shape[2:]), np.nan)], axis=1)
        schema.check(array, say.owner)
        schema.check_names(X, say.owner)
        if fitted.scaler.method == "unit" and array.dtype.kind == "f" and 0 < np.nanmax(array) <= 1:
            say(reading.DARK)
        if not during and schema.kind == "table":
            validate_data(self, X, reset=False, skip_check_array=True)
        windows = isinstance(X, Windows)
        events = schema.events(array, windows)
        ends = schema.ends(events, windows)
        # A future that is not given is not missing, and nothing to warn of.
        told = np.full(len(array), schema.shape[0] - future) if past_alone else ends
        known = known_cells(events, fitting=False, say=say, ends=told, series=schema.kind == "series")
        return batch_of(fitted, events, known, np.ones(len(array)), ends)

    def _pieces(self, X: Any) -> Iterable[Rows]:
        """Return the same rows as what a fitted model is asked about, in pieces where they are a plain array."""
        if not reading.plain(X, self.schema_):
            return [Rows.of(self._rows(X))]
        if self.schema_.kind == "table":
            validate_data(self, X, reset=False, skip_check_array=True)
        say = Say(type(self).__name__)
        return reading.Pieces(self._fitted, X, self._tiles.piece, say, lambda: self._rows(X))

    def _array(self, X: Any) -> np.ndarray:
        return read_array(X, owner=type(self).__name__, series=self.schema_.kind == "series")

    def _codes(self, Z: Any) -> np.ndarray:
        """Return codes to be decoded, (n, *code), or refuse them."""
        Z = read_array(Z, owner=type(self).__name__)
        code = self._fitted.network.code
        if Z.reshape(len(Z), -1).shape[1] != int(np.prod(code)) or not np.isfinite(Z).all():
            raise DataError(
                f"Codes of shape {Z.shape} cannot be decoded",
                expected=f"finite numbers of shape (n, {int(np.prod(code))})",
                received=f"{Z.shape}" + ("" if np.isfinite(Z).all() else " with NaN"),
                do="give what transform() returns",
            )
        return Z.reshape(len(Z), *code)

    def _written(self, pieces: Iterable[np.ndarray], n: int) -> np.ndarray:
        """Return what was written of n rows that are no series in the data's own units, a piece at a time."""
        rows: Any = None
        at = 0
        for piece in pieces:
            own = self._own(piece)
            if rows is None:
                rows = np.empty((n, *own.shape[1:]), own.dtype)
            rows[at : at + len(own)] = own
            at += len(own)
        return np.asarray(rows)

    def _own(self, events: np.ndarray, X: Any = None) -> Any:
        """Return events in the data's own units, in the form of the rows ``X`` they answer."""
        own = self.scaler_.undo(events)
        counted = self.parts_.net.masks(own.shape[1:])[1]
        if counted is not None:
            own = np.where(counted, own, np.nan)  # nobody wrote the rest
        return self.schema_.rows(own, X, isinstance(X, Windows))

    def _check_future(self, method: str, X: Any) -> None:
        """Refuse rows without the future a net is scored on: that of nothing would be the best of scores."""
        if self.parts_.net.future and self._array(X).shape[1] != self.schema_.shape[0]:
            raise DataError(
                f"{method}() of a net that predicts needs what came to be",
                expected=f"rows of {self.schema_.shape[0]} steps",
                received=f"{self._array(X).shape[1]} steps",
                do="give past and future; forecast() needs the past alone",
            )

    def _check_decodes_alone(self, method: str) -> None:
        net = self.parts_.net
        if (
            net.decoder_sees == "previous frames"
            and method in ("sample", "inverse_transform")
            and not self._reconstructs()
        ):
            raise ParameterError(
                f"{method}() cannot do with a predictor that goes on from the last frame it is given",
                expected="a decoder that writes a row from its code",
                received=repr(net),
                do="use forecast(X), or fit with decoder='unconditional' or reconstruct=True",
            )
        if net.decoder_sees == "input":
            raise ParameterError(
                f"{method}() cannot do with a decoder that sees the input",
                expected="a decoder that writes a row from its code",
                received=repr(net),
                do="use reconstruct(X) and reconstruction_error(X), or fit with decoder='conditional'",
            )

    def _require(self, ability: str, method: str, what: str) -> None:
        """Refuse a method that needs an ability the latent does not have."""
        latent = self.parts_.latent
        if ability not in latent.abilities:
            able = [part.__name__ for part in registered("latent").values() if ability in part.abilities]
            raise ParameterError(
                f"{method}() needs {what}, and a {type(latent).__name__} latent has none",
                expected=f"a {' or '.join(able)} latent",
                received=repr(latent),
                do="fit a VAE (hyotan.VAE), or use reconstruct() and score_samples()",
            )


def _check_count(n_samples: Any) -> None:
    if not is_whole(n_samples, 1):
        raise ParameterError(
            "The 'n_samples' parameter is not valid", expected="a whole number >= 1", received=shown(n_samples)
        )
