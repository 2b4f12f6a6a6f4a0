/** Steps that add up products: matrices and convolutions. Sums are kept in float64. */

import { size } from "../arrays";
import { type Cells, type Maker, type Run, strides, type Value, walk } from "./values";

const NARROW = 8; // fewer columns than this are summed one after the other

/** `y[to … to + n] += Σ_k x[at + k] · w[from + k · n …]`, four rows of w at a time; rows that count nothing are passed. */
function accumulate(y: Float64Array, x: Cells, at: number, w: Cells, from: number, depth: number, n: number): void {
  let k = 0;
  for (; k + 4 <= depth; k += 4) {
    const [a, b, c, d] = [x[at + k]!, x[at + k + 1]!, x[at + k + 2]!, x[at + k + 3]!];
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    let p = from + k * n;
    for (let j = 0; j < n; j++, p++) {
      y[j]! += a * w[p]! + b * w[p + n]! + c * w[p + 2 * n]! + d * w[p + 3 * n]!;
    }
  }
  for (; k < depth; k++) {
    const a = x[at + k]!;
    if (a === 0) continue;
    for (let j = 0, p = from + k * n; j < n; j++, p++) y[j]! += a * w[p]!;
  }
}

/** The same for few columns, where a row of w is too short to be worth a loop. */
function accumulateNarrow(y: Float64Array, x: Cells, at: number, w: Cells, from: number, depth: number, n: number) {
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let k = 0, p = from + j; k < depth; k++, p += n) sum += x[at + k]! * w[p]!;
    y[j]! += sum;
  }
}

/** A value with its axes in another order: itself where that changes nothing, a copy made before each run where not. */
function arranged(value: Value, order: number[]): { cells: Cells; copy: Run | undefined } {
  const own = strides(value.shape);
  const table = walk(
    order.map((axis) => value.shape[axis]!),
    order.map((axis) => own[axis]!),
  );
  if (table.every((from, i) => from === i)) return { cells: value.cells, copy: undefined };
  const [x, y] = [value.cells, value.cells.slice()];
  const copy = () => {
    for (let i = 0; i < y.length; i++) y[i] = x[table[i]!]!;
  };
  if (value.known) copy();
  return { cells: y, copy: value.known ? undefined : copy };
}

const rest = (shape: readonly number[], ...taken: number[][]) =>
  shape.map((_, axis) => axis).filter((axis) => !taken.flat().includes(axis));

const dotGeneral: Maker = (step, [a, b], [o]) => {
  const [[inA, inB], [batchA, batchB]] = [step.contract as number[][], step.batch as number[][]];
  const free = { a: rest(a!.shape, inA!, batchA!), b: rest(b!.shape, inB!, batchB!) };
  const left = arranged(a!, [...batchA!, ...free.a, ...inA!]);
  const right = arranged(b!, [...batchB!, ...inB!, ...free.b]);
  const of = (value: Value, axes: number[]) => size(axes.map((axis) => value.shape[axis]!));
  const [batches, rows, depth, n] = [of(a!, batchA!), of(a!, free.a), of(a!, inA!), of(b!, free.b)];
  const sum = new Float64Array(n);
  const add = n < NARROW ? accumulateNarrow : accumulate;
  const [x, w, y] = [left.cells, right.cells, o!.cells];
  return () => {
    left.copy?.();
    right.copy?.();
    for (let batch = 0; batch < batches; batch++) {
      for (let i = 0; i < rows; i++) {
        sum.fill(0);
        add(sum, x, (batch * rows + i) * depth, w, batch * depth * n, depth, n);
        y.set(sum, (batch * rows + i) * n);
      }
    }
  };
};

/** Of every place of the result, which places of the input meet which of the kernel: pairs, and where each place begins. */
function meetings(into: number[], from: number[], kernel: number[], step: Parameters<Maker>[0]) {
  const { window, padding, spread, dilation } = step as unknown as {
    window: number[];
    padding: [number, number][];
    spread: number[];
    dilation: number[];
  };
  // Along one axis: for each place of the result, [input, kernel] where they meet.
  const axes = into.map((places, axis) =>
    Array.from({ length: places }, (_, place) => {
      const pairs: [number, number][] = [];
      for (let k = 0; k < kernel[axis]!; k++) {
        const at = place * window[axis]! + k * dilation[axis]! - padding[axis]![0];
        const i = at / spread[axis]!; // between the cells that are spread out there is nothing
        if (Number.isInteger(i) && i >= 0 && i < from[axis]!) pairs.push([i, k]);
      }
      return pairs;
    }),
  );
  const [inputSteps, kernelSteps] = [strides(from), strides(kernel)];
  const pairs: number[] = [];
  const begins = [0];
  const at = into.map(() => 0);
  for (let place = 0; place < size(into); place++) {
    let met: [number, number][] = [[0, 0]];
    axes.forEach((axis, n) => {
      met = met.flatMap(([i, k]) =>
        axis[at[n]!]!.map(([j, l]): [number, number] => [i + j * inputSteps[n]!, k + l * kernelSteps[n]!]),
      );
    });
    for (const pair of met) pairs.push(...pair);
    begins.push(pairs.length);
    for (let axis = into.length - 1; axis >= 0; axis--) {
      if (++at[axis]! < into[axis]!) break;
      at[axis] = 0;
    }
  }
  return { pairs: Int32Array.from(pairs), begins: Int32Array.from(begins) };
}

/** A convolution along any number of axes. `lhs`, `rhs` and `result` tell where batch, channels and places lie. */
const conv: Maker = (step, [a, b], [o]) => {
  const [lhs, rhs, result] = [step.lhs as number[], step.rhs as number[], step.result as number[]];
  const places = (value: Value, order: number[]) => order.slice(2).map((axis) => value.shape[axis]!);
  // Input: batch, places, channels. Kernel: places, channels in, channels out. Result as the input.
  const left = arranged(a!, [lhs[0]!, ...lhs.slice(2), lhs[1]!]);
  const right = arranged(b!, [...rhs.slice(2), rhs[1]!, rhs[0]!]);
  const back = strides(o!.shape);
  const order = [result[0]!, ...result.slice(2), result[1]!];
  const target = walk(
    order.map((axis) => o!.shape[axis]!),
    order.map((axis) => back[axis]!),
  );
  const [into, from, kernel] = [places(o!, result), places(a!, lhs), places(b!, rhs)];
  const { pairs, begins } = meetings(into, from, kernel, step);
  const groups = step.groups as number;
  const [batches, inputs, outputs] = [a!.shape[lhs[0]!]!, a!.shape[lhs[1]!]!, o!.shape[result[1]!]!];
  const [depth, n] = [inputs / groups, outputs / groups];
  const weights = grouped(right.cells, size(kernel), depth, outputs, groups);
  const [reads, count] = [size(from) * inputs, size(into)];
  const sum = new Float64Array(n);
  const add = n < NARROW ? accumulateNarrow : accumulate;
  const [x, y] = [left.cells, o!.cells];
  return () => {
    left.copy?.();
    right.copy?.();
    const w = weights();
    for (let batch = 0, out = 0; batch < batches; batch++) {
      for (let place = 0; place < count; place++) {
        for (let group = 0; group < groups; group++, out += n) {
          sum.fill(0);
          for (let pair = begins[place]!; pair < begins[place + 1]!; pair += 2) {
            const at = batch * reads + pairs[pair]! * inputs + group * depth;
            add(sum, x, at, w, (group * size(kernel) + pairs[pair + 1]!) * depth * n, depth, n);
          }
          for (let j = 0; j < n; j++) y[target[out + j]!] = sum[j]!;
        }
      }
    }
  };
};

/** A kernel (places, in, out) with the outputs of each group side by side: (group, places, in, out of the group). */
function grouped(cells: Cells, places: number, depth: number, outputs: number, groups: number): () => Cells {
  if (groups === 1) return () => cells;
  const n = outputs / groups;
  const table = walk([groups, places, depth, n], [n, depth * outputs, outputs, 1]);
  const found = cells.slice();
  return () => {
    for (let i = 0; i < found.length; i++) found[i] = cells[table[i]!]!;
    return found;
  };
}

export const PRODUCTS: Record<string, Maker> = { dot_general: dotGeneral, conv };
