// The payload, unpacked: what the page knows of the model and of its rows.

import { type Packed, unpack } from "./arrays";
import type { Column } from "./colour";
import type { Components } from "./plane";
import { Program, type ProgramJSON } from "./program";

export interface Payload {
  title: string;
  line: string;
  kind: "images" | "series" | "table";
  shape: number[];
  names: string[] | null;
  range: [number, number];
  d: number;
  codes: Packed;
  rows: Packed;
  pca: Components;
  layout: { name: string; points: Packed } | null;
  columns: { name: string; type: "category" | "number"; categories?: string[]; values: Packed }[];
  lengths: Packed | null;
  /** Which end of what is decoded belongs to a shorter series. */
  aligned: "start" | "end";
  originals: { at: Packed; values: Packed; scale: number | number[]; offset: number | number[] };
  undo: { scale: number | number[]; offset: number | number[] };
  program: ProgramJSON;
}

export interface Spans {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export interface Data {
  readonly kind: "images" | "series" | "table";
  readonly shape: number[];
  readonly names: string[] | null;
  readonly range: [number, number];
  readonly n: number;
  readonly d: number;
  readonly codes: Float32Array;
  readonly rows: Int32Array;
  readonly pca: Components;
  readonly layout: { name: string; points: Float32Array } | null;
  readonly columns: Column[];
  readonly error: Float32Array;
  /** How many rows the page holds the originals of. */
  readonly held: number;
  /** The least and the largest value of each place of the last axis, among those originals. */
  spans(): Spans;
  codeOf(i: number): Float32Array;
  /** A row as it came, in its own units; null where the page does not hold it. */
  original(i: number): Float64Array | null;
  /** What the decoder makes of a code, in the rows' own units. */
  decode(code: ArrayLike<number>): Float64Array;
  /** What the decoder makes of a row's code; of a shorter series only its own cells count. */
  reconstruct(i: number): Float64Array;
  /** How many cells of an event belong to this row: series end where they end. */
  cells(i: number): number;
}

/**
 * Times `scale` plus `offset`, which stand for the whole, or for each place of the last axis; in double precision, which
 * a column far from zero needs.
 */
export function undone(values: ArrayLike<number>, scale: number | number[], offset: number | number[]): Float64Array {
  const factor = typeof scale === "number" ? [scale] : scale;
  const added = typeof offset === "number" ? [offset] : offset;
  return Float64Array.from(values, (value, i) => value * factor[i % factor.length] + added[i % added.length]);
}

/** The least and the largest of each of `last` columns, in their own units; missing cells do not count. */
export function spansOf(
  values: ArrayLike<number>,
  last: number,
  scale: number | number[],
  offset: number | number[],
): Spans {
  const low = new Float64Array(last).fill(Infinity);
  const high = new Float64Array(last).fill(-Infinity);
  for (let i = 0, c = 0; i < values.length; i++, c = c + 1 === last ? 0 : c + 1) {
    if (values[i] < low[c]) low[c] = values[i];
    if (values[i] > high[c]) high[c] = values[i];
  }
  return { low: undone(low, scale, offset), high: undone(high, scale, offset) };
}

export async function opened(payload: Payload): Promise<Data> {
  const { d, originals, undo, shape } = payload;
  const [codes, rows, at, values, lengths, points, program, ...columns] = await Promise.all([
    unpack(payload.codes),
    unpack(payload.rows),
    unpack(originals.at),
    unpack(originals.values),
    payload.lengths && unpack(payload.lengths),
    payload.layout && unpack(payload.layout.points),
    Program.from(payload.program),
    ...payload.columns.map(async (column) => ({ ...column, values: await unpack(column.values) }) as Column),
  ]);
  const size = shape.reduce((a, b) => a * b, 1);
  const n = rows.length;
  const error = columns.find((column) => column.name === "error" && column.type === "number");
  const codeOf = (i: number) => (codes as Float32Array).slice(i * d, (i + 1) * d);
  const decode = (code: ArrayLike<number>) => undone(program.run(Float32Array.from(code)), undo.scale, undo.offset);
  const cells = (i: number) => (lengths ? lengths[i] * (shape[1] ?? 1) : size);
  return {
    kind: payload.kind,
    shape,
    names: payload.names,
    range: payload.range,
    n,
    d,
    codes: codes as Float32Array,
    rows: rows as Int32Array,
    pca: payload.pca,
    layout: payload.layout && { name: payload.layout.name, points: points as Float32Array },
    columns,
    error: error ? (error.values as Float32Array) : new Float32Array(n),
    held: originals.values.shape[0],
    spans: () => spansOf(values, shape[shape.length - 1], originals.scale, originals.offset),
    codeOf,
    decode,
    cells,
    reconstruct(i) {
      const decoded = decode(codeOf(i));
      return payload.aligned === "end" ? decoded.subarray(size - cells(i)) : decoded;
    },
    original(i) {
      if (at[i] < 0) return null;
      return undone(values.subarray(at[i] * size, (at[i] + 1) * size), originals.scale, originals.offset);
    },
  };
}
