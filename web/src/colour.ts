// Colours: a class has a colour and a shape of its own, a quantity a scale; the same as in the plots.

import { toldApart } from "./words";

export type RGB = readonly [number, number, number];
export type Shape = "circle" | "up" | "square" | "diamond" | "down" | "plus";

export interface Column {
  readonly name: string;
  readonly type: "category" | "number";
  readonly categories?: string[];
  readonly values: Uint16Array | Float32Array;
}

export interface Swatch {
  readonly name: string;
  readonly colour: RGB;
  readonly shape: Shape;
}

/** What every point is drawn with: swatch number `of[i]`. */
export interface Painting {
  readonly swatches: Swatch[];
  readonly of: Uint8Array;
  /** The ends of the scale of a quantity; null for classes. */
  readonly scale: { low: number; high: number; clipped: [boolean, boolean]; missing: boolean } | null;
}

// Okabe and Ito's palette without its yellow, which is lost on white; black turns white in the dark.
const COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000"];
const DARK = ["#2F8FD0", "#E69F00", "#14B488", "#E9701A", "#DC8DB8", "#8ED1F7", "#F2F2F2"];
const SHAPES: Shape[] = ["circle", "up", "square", "diamond", "down", "plus"];
const CLASSES = COLOURS.length * SHAPES.length;
const GREY: RGB = [154, 154, 154];

// Viridis at equal steps.
const VIRIDIS = "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725";
const STEPS = 64;

export function rgb(hex: string): RGB {
  const value = Number.parseInt(hex.replace("#", ""), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

export function css([r, g, b]: RGB): string {
  return `rgb(${r}, ${g}, ${b})`;
}

/** The colour of a share from 0 to 1. */
export function viridis(share: number): RGB {
  const stops = VIRIDIS.split(" ").map(rgb);
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const k = Math.min(Math.floor(place), stops.length - 2);
  const mix = (c: number) => Math.round(stops[k][c] + (stops[k + 1][c] - stops[k][c]) * (place - k));
  return [mix(0), mix(1), mix(2)];
}

/** A quantity's colour: the end of the scale that is lost on the page's ground is left out. */
export function heat(share: number, dark: boolean): RGB {
  return viridis(dark ? 0.36 + 0.64 * share : 0.84 * share);
}

export function paint(column: Column, dark: boolean): Painting {
  return column.type === "category" ? classes(column, dark) : quantity(column, dark);
}

function classes(column: Column, dark: boolean): Painting {
  const names = column.categories ?? [];
  const counts = new Array(names.length).fill(0);
  for (const k of column.values) if (k < names.length) counts[k]++;
  const present = names.map((_, k) => k).filter((k) => counts[k] > 0);
  const many = present.length > CLASSES;
  const largest = new Set([...present].sort((a, b) => counts[b] - counts[a] || a - b).slice(0, CLASSES - 1));
  const kept = many ? present.filter((k) => largest.has(k)) : present;
  const colours = (dark ? DARK : COLOURS).map(rgb);
  const short = toldApart(
    kept.map((k) => names[k]),
    20,
  );
  const swatches: Swatch[] = kept.map((_, i) => ({
    name: short[i],
    colour: colours[i % colours.length],
    shape: SHAPES[Math.floor(i / colours.length)],
  }));
  const place = new Uint8Array(2 ** 16).fill(kept.length);
  kept.forEach((k, i) => {
    place[k] = i;
  });
  const of = new Uint8Array(column.values.length);
  for (let i = 0; i < of.length; i++) of[i] = place[column.values[i]];
  if (of.includes(kept.length)) swatches.push({ name: many ? "others" : "missing", colour: GREY, shape: "circle" });
  return { swatches, of, scale: null };
}

function quantity(column: Column, dark: boolean): Painting {
  const known = Float32Array.from(column.values).filter(Number.isFinite).sort();
  const at = (share: number) => known[Math.round(share * (known.length - 1))] ?? 0;
  // A few far values must not press all others into one colour.
  const cut = known.length >= 100 ? 0.01 : 0;
  const [low, high] = [at(cut), at(1 - cut)];
  const swatches: Swatch[] = Array.from({ length: STEPS }, (_, k) => ({
    name: "",
    colour: heat(k / (STEPS - 1), dark),
    shape: "circle",
  }));
  swatches.push({ name: "missing", colour: GREY, shape: "circle" });
  const of = Uint8Array.from(column.values, (value) => {
    if (!Number.isFinite(value)) return STEPS;
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return Math.round(Math.min(1, Math.max(0, share)) * (STEPS - 1));
  });
  const clipped: [boolean, boolean] = [known[0] < low, known[known.length - 1] > high];
  return { swatches, of, scale: { low, high, clipped, missing: known.length < column.values.length } };
}

/**
 * Where the name of every class stands: at the point next to the median of its points, which far points do not move. The
 * median itself may lie where the class is not, as in the middle of a ring.
 */
export function medians(painting: Painting, xy: Float32Array): ([number, number] | null)[] {
  return painting.swatches.map((_, k) => {
    const rows: number[] = [];
    for (let i = 0; i < painting.of.length; i++) if (painting.of[i] === k) rows.push(i);
    if (!rows.length) return null;
    const middle = (axis: number) => Float32Array.from(rows, (i) => xy[2 * i + axis]).sort()[rows.length >> 1];
    const [x, y] = [middle(0), middle(1)];
    const far = (i: number) => (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
    const next = rows.reduce((best, i) => (far(i) < far(best) ? i : best));
    return [xy[2 * next], xy[2 * next + 1]];
  });
}
