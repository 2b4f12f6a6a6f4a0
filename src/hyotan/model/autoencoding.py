"""The Keras model: corrupt, encode, draw, decode, score.

    x ──corrupt──► x̃ ──encoder──► q(z|x̃) ──draw──► z ──decoder──► p(x|z)

This class is used for every combination of parts. Masking and the sum over cells happen only here. The loss of a
batch is  Σ weight · Σ minimise / Σ weight  over its rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from hyotan.core import compilation_cache
from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.keras_defaults import settled
from hyotan.core.ops import to_numpy
from hyotan.core.spec import Seeds, Spec
from hyotan.core.terms import Term, Terms
from hyotan.latents._base import LatentLayer, Posterior
from hyotan.likelihoods._base import Emit
from hyotan.model.averages import TermAverages
from hyotan.model.parts import Parts
from hyotan.model.signature import parts_signature

TEACHING, FREE = Context(), Context(teacher_forcing=False)


class Scope(keras.Layer):
    """A layer that calls a function, so that ``training`` reaches the layers inside.

    Keras's JAX step runs ``model.call`` directly, without ``__call__``. The inner layers would then never receive the
    ``training`` flag: dropout would do nothing and batch statistics would not be updated. Calling this layer passes
    the flag on.
    """

    def __init__(self, function: Callable[[dict[str, Any], bool], dict[str, Any]]) -> None:
        super().__init__(name="scope")
        self.function = function
        self.built = True

    def call(self, batch: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return the result of the function."""
        return self.function(batch, training)


class Autoencoding(keras.Model):
    """An autoencoder built from four parts.

    Parameters
    ----------
    parts : Parts
    spec : Spec
    rows : int or None
        Number of training rows. Some terms need it, for estimates over the whole data set.
    seed : int
        Determines all initial weights and all random numbers in training.
    policy : str, optional
        Name of Keras's dtype policy, such as "mixed_bfloat16"; None takes the global one.

    Attributes
    ----------
    encoder, decoder, reconstructor : keras.Model
        Plain functional models that share the weights: row → parameters of q(z|x); code → mean of p(x|z); row → both.
        For series of unequal length, the input is ``{"x": …, "step_mask": …}``; the mask is True for the steps before
        the end of each series. The decoder then takes ``{"z": …, "step_mask": …}``. A decoder that sees the input also
        takes ``"x"``.
    code : tuple of int
        Shape of one code.
    draw_noise : callable
        ``(n, shape, rng)`` → the noise for n draws; see :meth:`~hyotan.latents.Posterior.noise`.
    progress : keras.Variable
        Fraction of the training that is done, from 0 to 1.
    rows : int or None
        Number of training rows.
    policy : str
        The dtype policy it was built with.
    about : dict of Term
        Label and unit of each term, by name.
    expects : bool
        Whether it was fitted on whole rows, and can say what it would expect in a missing cell.
    any_length : bool
        Whether the model can encode and decode series that are shorter or longer than the event shape says.
    masks : callable
        Takes the shape of an event and returns two masks: the cells the encoder may see, and the cells the loss
        counts. None means all cells.
    """

    traced: ClassVar[tuple[str, ...]] = ("rows",)  # as of parts: folds of unequal size share their programs

    def __init__(self, parts: Parts, spec: Spec, seed: int, rows: int | None = None, policy: str | None = None) -> None:
        compilation_cache.keep()
        with settled(policy):
            self._build(parts, spec, seed, rows)

    def _build(self, parts: Parts, spec: Spec, seed: int, rows: int | None) -> None:
        super().__init__(name="hyotan")
        self.policy = keras.config.dtype_policy().name
        seeds = Seeds(seed)
        self.spec, self.alike = spec, parts_signature(parts)
        if parts.corruption is not None:
            parts.corruption.check()
        self.corruption = parts.corruption
        self.likelihood = parts.likelihood.build(spec, seeds)
        self.latent = parts.latent.build(spec, seeds)
        if "noise" in parts.latent.abilities and type(self.latent).fixed_noise is LatentLayer.fixed_noise:
            raise ParameterError(
                f"The {type(parts.latent).__name__} latent draws codes and does not say which draws a score is made of",
                expected="a layer with fixed_noise(n, shape)",
                received=type(self.latent).__name__,
                do="return hyotan.latents._fixed_noise.score_noise(n, shape), or leave 'noise' out of its abilities",
            )
        parts.net.check_fits(spec, self.latent.layout)
        self.net = parts.net.build(replace(spec, layout=self.latent.layout), seeds)
        self.noise = keras.random.SeedGenerator(seeds())
        # A variable because it changes in training: a plain number would be a constant in the compiled step.
        self.progress = self.add_weight(shape=(), initializer="ones", trainable=False, name="progress")
        self.rows = rows
        self.about: dict[str, Term] = {}
        self.emit = Emit(self.likelihood)
        self.scope = Scope(self._described)

        self.sees_input = parts.net.decoder_sees == "input"
        self.expects = not spec.missing and not self.sees_input and parts.net.writes_past
        self.any_length = parts.net.any_length and not parts.net.future
        self.masks = parts.net.masks
        x = keras.Input(spec.event, name="x")
        # Series of unequal length need a step mask: without it, padding would be read as data.
        ends = {"step_mask": keras.Input(spec.event[:1], dtype="bool", name="step_mask")} if spec.ragged else {}
        inputs = {"x": x, **ends} if ends else x
        flags = ops.logical_and(ops.ones_like(x, dtype="bool"), ends["step_mask"][:, :, None]) if ends else None
        shown = Batch(x, None, seen=flags if spec.missing else None, step_mask=ends.get("step_mask"))
        parameters = self.heads(shown)
        q = self.latent.given(parameters)
        code = q.mean()
        self.code, self.draw_noise = tuple(code.shape[1:]), q.noise
        z = keras.Input(self.code, name="z")
        self.encoder = keras.Model(inputs, parameters, name="encoder")
        blank = (
            Batch(x if self.sees_input else ops.zeros_like(ends["step_mask"][:, :, None]), None, **ends)
            if ends
            else None
        )
        written = Batch(x, None) if self.sees_input and not ends else blank
        given = {"z": z, **({"x": x} if self.sees_input else {}), **ends}
        decoded = self.likelihood.point(self.params(z, written, FREE))
        self.decoder = keras.Model(given if len(given) > 1 else z, decoded, name="decoder")
        if ends or parts.net.future or parts.net.decoder_sees != "nothing":  # the decoder needs more than the code
            reconstruction = self.likelihood.point(self.params(code, shown, FREE))
        else:
            reconstruction = self.decoder(code)
        self.reconstructor = keras.Model(inputs, {**parameters, "reconstruction": reconstruction}, name="autoencoder")
        self.built = True

        # The objective alone determines which terms a step reports and their shapes, so nothing is encoded or decoded.
        draws = self.latent.draws
        given = {"log_px": (draws, 1), "z": (draws, 1, *self.code), "weight": (1,)}
        one = {name: keras.KerasTensor(shape) for name, shape in given.items()}
        one |= {f"q/{name}": keras.KerasTensor((1, *head.shape[1:])) for name, head in parameters.items()}
        described = Scope(self._objective).compute_output_spec(one)
        self.averages = TermAverages({name: tuple(t.shape[1:]) for name, t in _entries(described).items()})

    def context(self, batch: Batch | None = None, **more: Any) -> Context:
        """Return the context passed to the parts, with the condition and weights of a batch if one is given."""
        if batch is not None:
            more = {"condition": batch.condition, "weight": batch.weight, **more}
        return Context(**{"rows": self.rows, **more})

    def _hidden(self, batch: Batch, ctx: Context) -> Any:
        if batch.expected is not None:
            given = ops.logical_and(ops.logical_not(batch.seen), ops.logical_not(ops.isnan(batch.expected)))
            values = ops.where(given, batch.expected, batch.values)
            batch = replace(batch, values=values, seen=ops.logical_or(batch.seen, given), expected=None)
        return self.net.encode(self.likelihood.read(batch.values, batch.seen), batch, ctx)

    def params(self, z: Any, rows: Batch | None = None, ctx: Context = TEACHING) -> dict[str, Any]:
        """Return the parameters of p(x|z) for codes (B, *code); some decoders also need the ``rows`` to write."""
        return self.net.decode(z, ctx, self.emit, teacher=rows)

    def heads(self, batch: Batch) -> dict[str, Any]:
        """Return the parameters of q(z|x) by name."""
        return self.latent.heads(self._hidden(batch, self.context(batch)))

    def posterior(self, batch: Batch, ctx: Context | None = None) -> Posterior:
        """Return q(z|x) of a batch, without corruption."""
        ctx = self.context(batch) if ctx is None else ctx
        return self.latent.posterior(self._hidden(batch, ctx), ctx)

    def describe(self, batch: Batch) -> dict[str, Any]:
        """Return what the latent's ``describe`` reports for every row, by name, each of shape (B, …)."""
        ctx = self.context(batch)
        q = self.posterior(batch, ctx)
        return self.latent.describe(q, q.mean()[None], ctx)

    def cells(self, z: Any, batch: Batch, shown: Batch | None = None, ctx: Context | None = None) -> Any:
        """Return log p(x|z) of every cell, 0 where it is not scored, of shape (n, B, …), for draws (n, B, *code).

        The result has the event's shape for each row or, if the likelihood treats all cells alike, one flat axis.
        A decoder that reads the previous frame gets the true one (teacher forcing). A decoder that sees the input
        gets ``shown``: the rows as the encoder saw them, corrupted in training.
        """
        n, size = z.shape[0], ops.shape(z)[1]
        folded = ops.reshape(z, (-1, *self.code))
        rows = shown if self.sees_input and shown is not None else batch
        if n > 1:
            rows = Batch(**{name: ops.concatenate([array] * n) for name, array in rows.arrays().items()})
        ctx = self.context(batch) if ctx is None else ctx
        if n > 1:
            ctx = replace(ctx, condition=rows.condition, weight=rows.weight)
        params = self.params(folded, rows, ctx)
        # If all cells are scored alike, flatten them: XLA is many times slower over the short axes of an image.
        cells = (math.prod(batch.values.shape[1:]),) if self.likelihood.elementwise_iid else None
        params = {name: ops.reshape(p, (n, size, *(cells or p.shape[1:]))) for name, p in params.items()}
        values, scored = batch.values, batch.scored
        if cells is not None:
            values = ops.reshape(values, (-1, *cells))
            scored = None if scored is None else ops.reshape(scored, (-1, *cells))
        each = self.likelihood.log_prob(params, values)
        if scored is not None:
            each = ops.where(scored, each, 0.0)
        if batch.step_mask is not None:
            step_mask = ops.broadcast_to(batch.step_mask[:, :, None], batch.values.shape)
            each = ops.where(ops.reshape(step_mask, (-1, *cells)) if cells else step_mask, each, 0.0)
        return each

    def log_px(self, z: Any, batch: Batch, shown: Batch | None = None, ctx: Context | None = None) -> Any:
        """Return log p(x|z) summed over the scored cells, of shape (n, B), for draws (n, B, *code)."""
        each = self.cells(z, batch, shown, ctx)
        return ops.sum(each, axis=tuple(range(2, len(each.shape))))

    def terms(self, batch: Batch, ctx: Context, draws: int | None = None) -> Terms:
        """Return the terms of every row, from ``draws`` samples of the posterior (None: the latent's own number)."""
        shown = self.corruption(batch, ctx.seed) if ctx.training and self.corruption is not None else batch
        q = self.posterior(shown, ctx)
        z = q.sample(draws or self.latent.draws, ctx.seed)
        return self.latent.objective(self.log_px(z, batch, shown, ctx), q, z, ctx)

    def elbo(self, batch: Batch, noise: Any) -> Any:
        """Return the score of every row, shape (B,), in nats for data in network units, from given noise (n, *code)."""
        ctx = self.context(batch)
        q = self.posterior(batch, ctx)
        z = q.draw(noise)
        return self.latent.elbo(self.log_px(z, batch, ctx=ctx), q, z, ctx)

    def log_weights(self, batch: Batch, noise: Any) -> Any:
        """Return log p(x|z) + log p(z) − log q(z|x) of draws from the posterior, of shape (n, B)."""
        ctx = self.context(batch)
        q = self.posterior(batch, ctx)
        z = q.draw(noise)
        return self.log_px(z, batch, ctx=ctx) + self.latent.log_prior(z, ctx) - q.log_prob(z)

    def sample_prior(self, n: int, seed: int) -> np.ndarray:
        """Return n codes drawn from the prior, of shape (n, *code)."""
        with settled():
            ctx = Context(seed=keras.random.SeedGenerator(seed))
            return to_numpy(self.latent.sample_prior(n, self.code, ctx))

    def call(self, batch: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return the terms of a batch; Keras's training loop calls this."""
        return self.scope(batch, training=training)

    def _described(self, batch: dict[str, Any], training: bool) -> dict[str, Any]:
        rows = Batch(**batch)
        ctx = self.context(rows, training=training, seed=self.noise, progress=self.progress)
        terms = self.terms(rows, ctx)
        return {"minimise": terms.minimise, "report": terms.report}

    def _objective(self, given: dict[str, Any], training: bool) -> dict[str, Any]:
        q = self.latent.given({name[2:]: head for name, head in given.items() if name.startswith("q/")})
        ctx = self.context(weight=given["weight"], training=True, seed=self.noise, progress=self.progress)
        terms = self.latent.objective(given["log_px"], q, given["z"], ctx)
        self.about.update({term.name: term for term in terms.about})
        return {"minimise": terms.minimise, "report": terms.report}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return Σ weight · Σ minimise / Σ weight."""
        weight = x["weight"]
        return ops.sum(weight * _row_loss(y_pred)) / ops.maximum(ops.sum(weight), 1e-12)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Add the batch to the epoch's averages; the history uses those averages, not the value returned here."""
        self.averages.update_state(_entries(y_pred), x["weight"])
        return {"loss": self.averages.loss()}

    def get_metrics_result(self) -> dict[str, Any]:
        """Return the running loss."""
        return {"loss": self.averages.loss()}

    @property
    def state_variables(self) -> list[Any]:
        """All variables needed to resume training; ``progress`` is left out, because it follows from the epoch."""
        return [variable for variable in self.variables if variable is not self.progress]

    @property
    def scheduled(self) -> list[Any]:
        """The layers that have a ``schedule(epoch)`` method."""
        return [layer for layer in self._flatten_layers() if hasattr(layer, "schedule")]

    @property
    def metrics(self) -> list[Any]:
        """The epoch's averages; Keras's own loss tracker would also count the rows that only fill up a batch."""
        return [self.averages]


def _row_loss(described: dict[str, Any]) -> Any:
    return sum(described["minimise"].values())


def _entries(described: dict[str, Any]) -> dict[str, Any]:
    """Return the loss and all terms of a batch by name, each of shape (B,) or (B, d)."""
    return {"loss": _row_loss(described), **described["minimise"], **described["report"]}
