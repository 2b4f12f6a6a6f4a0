/** Steps that only move cells: each cell of the result is one of those given, found by a table made beforehand. */

import { size } from "../arrays";
import { type Cells, type Maker, type Run, strides, type Value, walk } from "./values";

/** Cells by a table. One that only counts up needs no copying: the result is a part of what was given. */
function moved(given: Value, made: Value, table: Int32Array): Run | undefined {
  if (table.every((from, i) => from === table[0]! + i)) {
    const start = table.length > 0 ? table[0]! : 0;
    made.cells = given.cells.subarray(start, start + table.length);
    return undefined;
  }
  const [x, y] = [given.cells, made.cells];
  return () => {
    for (let i = 0; i < y.length; i++) y[i] = x[table[i]!]!;
  };
}

const reshape: Maker = (_, [a], [o]) => {
  o!.cells = a!.cells;
  return undefined;
};

const broadcast: Maker = (step, [a], [o]) => {
  const own = strides(a!.shape);
  const steps = o!.shape.map(() => 0);
  (step.dims as number[]).forEach((axis, i) => {
    if (a!.shape[i] !== 1) steps[axis] = own[i]!;
  });
  return moved(a!, o!, walk(o!.shape, steps));
};

const transpose: Maker = (step, [a], [o]) => {
  const own = strides(a!.shape);
  const steps = (step.order as number[]).map((axis) => own[axis]!);
  return moved(a!, o!, walk(o!.shape, steps));
};

const rev: Maker = (step, [a], [o]) => {
  const steps = strides(a!.shape);
  let start = 0;
  for (const axis of step.dims as number[]) {
    start += (a!.shape[axis]! - 1) * steps[axis]!;
    steps[axis] = -steps[axis]!;
  }
  return moved(a!, o!, walk(o!.shape, steps, start));
};

const slice: Maker = (step, [a], [o]) => {
  const own = strides(a!.shape);
  const start = (step.start as number[]).reduce((sum, n, axis) => sum + n * own[axis]!, 0);
  const steps = own.map((n, axis) => n * (step.strides?.[axis] ?? 1));
  return moved(a!, o!, walk(o!.shape, steps, start));
};

/** Writes all cells of `from` into `to`, which has the same rank, from `start` on. */
function laid(from: Value, to: Value, start: number, apart?: readonly number[]): Run {
  const own = strides(to.shape);
  const table = walk(
    from.shape,
    own.map((n, axis) => n * (apart?.[axis] ?? 1)),
    start,
  );
  const [x, y] = [from.cells, to.cells];
  return () => {
    for (let i = 0; i < x.length; i++) y[table[i]!] = x[i]!;
  };
}

const concatenate: Maker = (step, given, [o]) => {
  const apart = strides(o!.shape)[step.axis as number]!;
  let start = 0;
  const parts = given.map((value) => {
    const part = laid(value, o!, start);
    start += value.shape[step.axis as number]! * apart;
    return part;
  });
  return () => {
    for (const part of parts) part();
  };
};

/** Around, between, or (negative) cut off: each cell goes to low + i · (1 + between), if that is within. */
const pad: Maker = (step, [a, filler], [o]) => {
  const [low, between] = [step.low as number[], step.between as number[]];
  const own = strides(o!.shape);
  const inside: number[] = [];
  const places: number[] = [];
  const from = a!.shape.map((n) => n);
  const at = from.map(() => 0);
  for (let i = 0; i < size(from); i++) {
    const to = at.map((n, axis) => low[axis]! + n * (1 + between[axis]!));
    if (to.every((n, axis) => n >= 0 && n < o!.shape[axis]!)) {
      inside.push(i);
      places.push(to.reduce((sum, n, axis) => sum + n * own[axis]!, 0));
    }
    for (let axis = from.length - 1; axis >= 0; axis--) {
      if (++at[axis]! < from[axis]!) break;
      at[axis] = 0;
    }
  }
  const [x, y, fill] = [a!.cells, o!.cells, filler!.cells];
  return () => {
    y.fill(fill[0]!);
    for (let i = 0; i < inside.length; i++) y[places[i]!] = x[inside[i]!]!;
  };
};

/** The first cell of a slice whose place is known only while it runs; it is pushed back inside. */
function origin(starts: Value[], shape: readonly number[], part: readonly number[]): () => number {
  const own = strides(shape);
  const cells = starts.map((value) => value.cells);
  return () => {
    let start = 0;
    for (let axis = 0; axis < cells.length; axis++) {
      const last = shape[axis]! - part[axis]!;
      start += Math.min(Math.max(cells[axis]![0]!, 0), last) * own[axis]!;
    }
    return start;
  };
}

const dynamicSlice: Maker = (_, [a, ...starts], [o]) => {
  const table = walk(o!.shape, strides(a!.shape));
  const start = origin(starts, a!.shape, o!.shape);
  const [x, y] = [a!.cells, o!.cells];
  return () => {
    const first = start();
    for (let i = 0; i < y.length; i++) y[i] = x[first + table[i]!]!;
  };
};

const dynamicUpdateSlice: Maker = (_, [a, part, ...starts], [o]) => {
  const table = walk(part!.shape, strides(a!.shape));
  const start = origin(starts, a!.shape, part!.shape);
  const [x, p, y] = [a!.cells, part!.cells, o!.cells];
  return () => {
    const first = start();
    y.set(x);
    for (let i = 0; i < p.length; i++) y[first + table[i]!] = p[i]!;
  };
};

/** Slices of a value at places that another one tells; one that does not fit is pushed back inside, or filled. */
const gather: Maker = (step, [a, where], [o]) => {
  const offsets = step.offsets as number[]; // axes of the result along which a slice lies
  const gone = [...(step.collapsed as number[]), ...(step.batching as number[])]; // axes that slices have none of
  const batch = o!.shape.map((_, axis) => axis).filter((axis) => !offsets.includes(axis));
  const width = where!.shape[where!.shape.length - 1]!;
  const own = strides(a!.shape);
  const kept = a!.shape.map((_, axis) => axis).filter((axis) => !gone.includes(axis));
  const within = strides(o!.shape).map(() => 0); // steps in the operand along the axes of the result
  offsets.forEach((axis, i) => {
    within[axis] = own[kept[i]!]!;
  });
  // A batched axis of the operand moves along with the same axis of the places.
  (step.batching as number[]).forEach((axis, i) => {
    within[batch[(step.placesBatching as number[])[i]!]!] = own[axis]!;
  });
  const offset = walk(o!.shape, within);
  const apart = o!.shape.map(() => 0);
  const placeSteps = strides(where!.shape.slice(0, -1));
  batch.forEach((axis, i) => {
    apart[axis] = placeSteps[i]! * width;
  });
  const place = walk(o!.shape, apart);
  const axes = step.map as number[];
  const last = axes.map((axis) => a!.shape[axis]! - (step.sizes as number[])[axis]!);
  const filled = step.fill as boolean;
  const filler: number = step.filler ?? (o!.kind === "f4" ? Number.NaN : o!.kind === "i4" ? -2147483648 : 1);
  const [x, p, y] = [a!.cells, where!.cells, o!.cells];
  return () => {
    for (let i = 0; i < y.length; i++) {
      let from = offset[i]!;
      let fits = true;
      for (let k = 0; k < width; k++) {
        const wanted = p[place[i]! + k]!;
        const got = Math.min(Math.max(wanted, 0), last[k]!);
        fits &&= got === wanted;
        from += got * own[axes[k]!]!;
      }
      y[i] = fits || !filled ? x[from]! : filler;
    }
  };
};

/** A part of a value along its first axis: what a loop reads at a turn, or writes. */
export function row(cells: Cells, index: number, width: number): Cells {
  return cells.subarray(index * width, (index + 1) * width);
}

export const LAYOUT: Record<string, Maker> = {
  broadcast_in_dim: broadcast,
  concatenate,
  dynamic_slice: dynamicSlice,
  dynamic_update_slice: dynamicUpdateSlice,
  gather,
  pad,
  reshape,
  rev,
  slice,
  transpose,
};
