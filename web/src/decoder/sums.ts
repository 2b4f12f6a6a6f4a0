/** Steps that reduce along axes, or add up along one. */

import { type Maker, strides, walk } from "./values";

function reduce(start: number, f: (sum: number, x: number) => number): Maker {
  return (step, [a], [o]) => {
    const axes = step.axes as number[];
    const own = strides(a!.shape);
    const kept = a!.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const at = (chosen: number[]) =>
      walk(
        chosen.map((axis) => a!.shape[axis]!),
        chosen.map((axis) => own[axis]!),
      );
    const [outer, inner] = [at(kept), at(axes)];
    const [x, y] = [a!.cells, o!.cells];
    return () => {
      for (let i = 0; i < y.length; i++) {
        let sum = start;
        for (let k = 0; k < inner.length; k++) sum = f(sum, x[outer[i]! + inner[k]!]!);
        y[i] = sum;
      }
    };
  };
}

/** The sum of a cell and all before it along an axis; with `reverse`, all after it. */
const cumsum: Maker = (step, [a], [o]) => {
  const axis = step.axis as number;
  const own = strides(a!.shape);
  const [length, apart] = [a!.shape[axis]!, own[axis]!];
  const firsts = walk(
    a!.shape.map((n, i) => (i === axis ? 1 : n)),
    own,
  );
  const [x, y, back] = [a!.cells, o!.cells, step.reverse as boolean];
  return () => {
    for (const first of firsts) {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        const i = first + (back ? length - 1 - k : k) * apart;
        sum += x[i]!;
        y[i] = sum;
      }
    }
  };
};

export const SUMS: Record<string, Maker> = {
  cumsum,
  reduce_and: reduce(1, (a, b) => a & b),
  reduce_max: reduce(Number.NEGATIVE_INFINITY, Math.max),
  reduce_min: reduce(Number.POSITIVE_INFINITY, Math.min),
  reduce_or: reduce(0, (a, b) => a | b),
  reduce_prod: reduce(1, (a, b) => a * b),
  reduce_sum: reduce(0, (a, b) => a + b),
};
