/** What a program is made of, as it is written down and while it runs. */

import { size } from "../arrays";

export type Kind = "f4" | "i4" | "u1";
export type Cells = Float32Array | Int32Array | Uint8Array;

/** A value while it runs: where its cells lie, and whether they are known before any code is. */
export interface Value {
  readonly kind: Kind;
  readonly shape: readonly number[];
  cells: Cells;
  known: boolean;
}

/** A step of a program. `in` and `out` are numbers of values; a negative one, −1 − k, is the constant k. */
export interface Step {
  op: string;
  in: number[];
  out: number[];
  // biome-ignore lint/suspicious/noExplicitAny: each kind of step has parameters of its own
  [parameter: string]: any;
}

/** Values by type and shape (the first ones are given), the steps that make the others, and what comes out. */
export interface Body {
  values: [Kind, number[]][];
  inputs: number;
  steps: Step[];
  outputs: number[];
}

/** A step made ready: it reads and writes the buffers it was planned with. */
export type Run = () => void;

/** From a step and its values to what runs; nothing where the result lies in the buffer of what was given. */
export type Maker = (step: Step, given: Value[], made: Value[]) => Run | undefined;

const ARRAYS = { f4: Float32Array, i4: Int32Array, u1: Uint8Array };

/** Zeros for a value of that type and shape. */
export function fresh(kind: Kind, shape: readonly number[]): Value {
  return { kind, shape, cells: new ARRAYS[kind](size(shape)), known: false };
}

/** How far apart two neighbours along each axis lie, in cells. */
export function strides(shape: readonly number[]): number[] {
  const steps = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) steps[axis] = steps[axis + 1]! * shape[axis + 1]!;
  return steps;
}

/** For every cell of `shape`, in order, where `start` and `steps` along the axes lead. */
export function walk(shape: readonly number[], steps: readonly number[], start = 0): Int32Array {
  const found = new Int32Array(size(shape));
  if (found.length === 0) return found;
  const at = new Array<number>(shape.length).fill(0);
  let here = start;
  for (let i = 0; i < found.length; i++) {
    found[i] = here;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      here += steps[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      here -= steps[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  return found;
}
