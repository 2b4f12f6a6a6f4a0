/** Steps that make each cell from the cells at its place; a scalar stands for all places. */

import type { Cells, Maker, Run, Value } from "./values";

/** Each cell through a function. */
function one(f: (x: number) => number): Maker {
  return (_, [a], [o]) => {
    const [x, y] = [a!.cells, o!.cells];
    return () => {
      for (let i = 0; i < y.length; i++) y[i] = f(x[i]!);
    };
  };
}

/** Two cells through a function. */
function two(f: (x: number, y: number) => number): Maker {
  return (_, [a, b], [o]) => pairwise(f, a!, b!, o!.cells);
}

function pairwise(f: (x: number, y: number) => number, a: Value, b: Value, o: Cells): Run {
  const [x, y] = [a.cells, b.cells];
  const [dx, dy] = [x.length === o.length ? 1 : 0, y.length === o.length ? 1 : 0];
  return () => {
    for (let i = 0; i < o.length; i++) o[i] = f(x[i * dx]!, y[i * dy]!);
  };
}

/** Integers divide towards zero, as they do where the program was traced. */
const divide: Maker = (step, given, made) =>
  two(made[0]!.kind === "i4" ? (x, y) => (y === 0 ? -1 : Math.trunc(x / y)) : (x, y) => x / y)(step, given, made);

/** Whole powers by multiplication: a negative base is no trouble then. */
const integerPower: Maker = (step, given, made) => {
  const [n, whole] = [Math.abs(step.y as number), step.y >= 0];
  return one((x) => {
    let product = 1;
    for (let i = 0; i < n; i++) product *= x;
    return whole ? product : 1 / product;
  })(step, given, made);
};

const invert: Maker = (step, given, made) => one(made[0]!.kind === "u1" ? (x) => 1 - x : (x) => ~x)(step, given, made);

/** One of several by a number that is the same everywhere or given for each cell; truth counts as 0 and 1. */
const select: Maker = (_, [which, ...cases], [o]) => {
  const [w, out] = [which!.cells, o!.cells];
  const step = w.length === out.length ? 1 : 0;
  const from = cases.map((value) => value.cells);
  const steps = cases.map((value) => (value.cells.length === out.length ? 1 : 0));
  return () => {
    for (let i = 0; i < out.length; i++) {
      const k = w[i * step]!;
      out[i] = from[k]![i * steps[k]!]!;
    }
  };
};

const clamp: Maker = (_, [low, value, high], [o]) => {
  const [a, x, b, out] = [low!.cells, value!.cells, high!.cells, o!.cells];
  const [da, db] = [a.length === out.length ? 1 : 0, b.length === out.length ? 1 : 0];
  return () => {
    for (let i = 0; i < out.length; i++) out[i] = Math.min(Math.max(x[i]!, a[i * da]!), b[i * db]!);
  };
};

/** To whole numbers towards zero, to truth by what is not zero. */
const convert: Maker = (step, given, made) => {
  if (made[0]!.kind === given[0]!.kind) {
    made[0]!.cells = given[0]!.cells;
    return undefined;
  }
  return one(made[0]!.kind === "u1" ? (x) => (x !== 0 ? 1 : 0) : made[0]!.kind === "i4" ? Math.trunc : (x) => x)(
    step,
    given,
    made,
  );
};

/** The error function: its series near zero, the continued fraction of its complement beyond. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (a > 6) return Math.sign(x);
  if (a < 2) {
    let [term, sum] = [a, a];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

export const ELEMENTWISE: Record<string, Maker> = {
  abs: one(Math.abs),
  acos: one(Math.acos),
  acosh: one(Math.acosh),
  add: two((x, y) => x + y),
  and: two((x, y) => x & y),
  asin: one(Math.asin),
  asinh: one(Math.asinh),
  atan2: two(Math.atan2),
  atan: one(Math.atan),
  atanh: one(Math.atanh),
  cbrt: one(Math.cbrt),
  ceil: one(Math.ceil),
  clamp,
  convert,
  cos: one(Math.cos),
  cosh: one(Math.cosh),
  div: divide,
  eq: two((x, y) => (x === y ? 1 : 0)),
  erf: one(erf),
  erfc: one((x) => 1 - erf(x)),
  exp2: one((x) => 2 ** x),
  exp: one(Math.exp),
  expm1: one(Math.expm1),
  floor: one(Math.floor),
  ge: two((x, y) => (x >= y ? 1 : 0)),
  gt: two((x, y) => (x > y ? 1 : 0)),
  integer_pow: integerPower,
  is_finite: one((x) => (Number.isFinite(x) ? 1 : 0)),
  le: two((x, y) => (x <= y ? 1 : 0)),
  log1p: one(Math.log1p),
  log: one(Math.log),
  logistic: one((x) => 1 / (1 + Math.exp(-x))),
  lt: two((x, y) => (x < y ? 1 : 0)),
  max: two(Math.max),
  min: two(Math.min),
  mul: two((x, y) => x * y),
  ne: two((x, y) => (x !== y ? 1 : 0)),
  neg: one((x) => -x),
  not: invert,
  or: two((x, y) => x | y),
  pow: two((x, y) => x ** y),
  rem: two((x, y) => x % y),
  rsqrt: one((x) => 1 / Math.sqrt(x)),
  select_n: select,
  sign: one(Math.sign),
  sin: one(Math.sin),
  sinh: one(Math.sinh),
  sqrt: one(Math.sqrt),
  sub: two((x, y) => x - y),
  tan: one(Math.tan),
  tanh: one(Math.tanh),
  xor: two((x, y) => x ^ y),
};
