// Planes: where a code stands on the map, and which code a place of the map stands for.

import { Nearest } from "./nearest";
import { boxOf } from "./view";
import { number, subscript } from "./words";

/** Rows whose codes a place of a layout is the mean of. */
export const NEIGHBOURS = 8;

export interface Plane {
  /** What the axes are; empty for a layout, whose axes mean nothing. */
  readonly across: string;
  readonly up: string;
  /** The points, as x, y, x, y, … of the map. */
  readonly xy: Float32Array;
  /** Map units of one unit upwards: not 1 where equal units would make a thin strip. */
  readonly stretch: number;
  /** What the page has to say about this plane. */
  readonly note: string;
  /** The code at a place; what the plane does not tell is taken from `base`. */
  codeAt(x: number, y: number, base: ArrayLike<number>): Float32Array;
  /** The place of a code, or null where codes have none. */
  placeOf(code: ArrayLike<number>): [number, number] | null;
  /** How far each point lies off the slice through `code`, squared; null where there is no slice. */
  offSlice(code: ArrayLike<number>): Float32Array | null;
}

export interface Codes {
  readonly codes: Float32Array;
  readonly n: number;
  readonly d: number;
}

/** The stretch that keeps a map from being a strip: 1 as long as one side is at most three times the other. */
export function stretchOf(xy: Float32Array): number {
  const sides = [0, 1].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < xy.length; i += 2) {
      low = Math.min(low, xy[i]);
      high = Math.max(high, xy[i]);
    }
    return high - low;
  });
  const ratio = sides[0] / sides[1];
  if (!(sides[0] > 0) || !(sides[1] > 0)) return 1;
  return ratio > 3 || ratio < 1 / 3 ? ratio / 1.5 : 1;
}

function stretched(xy: Float32Array): number {
  const stretch = stretchOf(xy);
  if (stretch !== 1) for (let i = 1; i < xy.length; i += 2) xy[i] *= stretch;
  return stretch;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>, from = 0): number {
  let sum = 0;
  for (let j = 0; j < b.length; j++) sum += a[from + j] * b[j];
  return sum;
}

/** A plane through `origin`, spanned by two orthonormal directions of the code. */
function linear(data: Codes, origin: number[], u: number[], v: number[], across: string, up: string): Plane {
  const { codes, n, d } = data;
  const [u0, v0] = [dot(u, origin), dot(v, origin)];
  const xy = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    xy[2 * i] = dot(codes, u, i * d) - u0;
    xy[2 * i + 1] = dot(codes, v, i * d) - v0;
  }
  const stretch = stretched(xy);
  const note = d > 2 ? "The dimensions that the map does not show keep the values of the sliders." : "";
  return {
    across,
    up,
    xy,
    stretch,
    note: stretch === 1 ? note : `${note} The two axes have units of different length.`.trim(),
    codeAt(x, y, base) {
      const a = x - (dot(base, u) - u0);
      const b = y / stretch - (dot(base, v) - v0);
      return Float32Array.from({ length: d }, (_, j) => base[j] + a * u[j] + b * v[j]);
    },
    placeOf: (code) => [dot(code, u) - u0, (dot(code, v) - v0) * stretch],
    offSlice(code) {
      if (d < 3) return null;
      const off = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        let [sum, a, b] = [0, 0, 0];
        for (let j = 0; j < d; j++) {
          const difference = codes[i * d + j] - code[j];
          sum += difference * difference;
          a += difference * u[j];
          b += difference * v[j];
        }
        off[i] = Math.max(0, sum - a * a - b * b);
      }
      return off;
    },
  };
}

/** Two of the code's own dimensions. */
export function dimensions(data: Codes, i: number, j: number): Plane {
  const unit = (k: number) => Array.from({ length: data.d }, (_, l) => Number(l === k));
  return linear(data, new Array(data.d).fill(0), unit(i), unit(j), subscript(i), subscript(j));
}

export interface Components {
  readonly mean: number[];
  readonly components: number[][];
  readonly share: number[];
}

/** Two of the codes' principal components. */
export function components(data: Codes, pca: Components, i: number, j: number): Plane {
  const name = (k: number) => `component ${k + 1} (${number(100 * pca.share[k], 2)} % of the variance)`;
  return linear(data, pca.mean, pca.components[i], pca.components[j], name(i), name(j));
}

/** A code of one dimension across; upwards stands something else, which decodes to nothing. */
export function single(data: Codes, upwards: Float32Array, up: string): Plane {
  const xy = new Float32Array(2 * data.n);
  for (let i = 0; i < data.n; i++) {
    xy[2 * i] = data.codes[i];
    xy[2 * i + 1] = Number.isFinite(upwards[i]) ? upwards[i] : 0;
  }
  const stretch = stretched(xy);
  const { y0, y1 } = boxOf(xy);
  return {
    across: subscript(0),
    up,
    xy,
    stretch,
    note: `The code has one dimension, which runs across; points stand higher the larger their ${up} is.`,
    codeAt: (x) => Float32Array.of(x),
    placeOf: (code) => [code[0], (y0 + y1) / 2],
    offSlice: () => null,
  };
}

/** A layout made elsewhere: the code of a place is the mean of the codes of the nearest rows, near ones weighing more. */
export function layout(data: Codes, name: string, points: Float32Array): Plane {
  const { codes, d } = data;
  const near = new Nearest(points);
  return {
    across: "",
    up: "",
    xy: points,
    stretch: 1,
    note:
      `${name} keeps neighbours together and nothing else: a place of it has no code of its own. The code decoded ` +
      `there is the mean of the codes of the ${Math.min(NEIGHBOURS, data.n)} nearest rows, the near ones weighing most.`,
    codeAt(x, y) {
      const found = near.several(x, y, NEIGHBOURS);
      const code = new Float64Array(d);
      // On a point the weights of all others vanish: a row's own place decodes to its own code.
      const on = found[0].squared === 0 ? found.filter((f) => f.squared === 0) : found;
      const weights = on.map((f) => (f.squared === 0 ? 1 : 1 / f.squared));
      const sum = weights.reduce((a, b) => a + b, 0);
      on.forEach((f, k) => {
        for (let j = 0; j < d; j++) code[j] += (weights[k] / sum) * codes[f.index * d + j];
      });
      return Float32Array.from(code);
    },
    placeOf: () => null,
    offSlice: () => null,
  };
}

/** The code's dimensions by how much they vary, most first: those that say nothing do not make the first map. */
export function bySpread({ codes, n, d }: Codes): number[] {
  const spread = Array.from({ length: d }, (_, j) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) {
      sum += codes[i * d + j];
      squares += codes[i * d + j] ** 2;
    }
    return squares / n - (sum / n) ** 2;
  });
  return spread.map((_, j) => j).sort((a, b) => spread[b] - spread[a] || a - b);
}

/** Weights of points off the slice: 1 for the nearest quarter, falling to a trace for the farthest. */
export function fading(off: Float32Array): Float32Array {
  const step = Math.max(1, Math.floor(off.length / 2000));
  const sample = Float32Array.from({ length: Math.ceil(off.length / step) }, (_, k) => off[k * step]).sort();
  const near = sample[Math.floor(sample.length / 4)] || 1e-12;
  return off.map((squared) => (squared <= near ? 1 : Math.max(0.12, Math.exp(1 - squared / near))));
}
