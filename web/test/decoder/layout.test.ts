import { expect, test } from "vitest";
import { f4, i4, one } from "./one";

const six = f4([2, 3], [1, 2, 3, 4, 5, 6]);

test("the same cells in another shape", () => {
  expect(one("reshape", [six], ["f4", [3, 2]])).toEqual([1, 2, 3, 4, 5, 6]);
});

test("spread along new axes, and along those of length one", () => {
  expect(one("broadcast_in_dim", [f4([2], [1, 2])], ["f4", [2, 3]], { dims: [0] })).toEqual([1, 1, 1, 2, 2, 2]);
  expect(one("broadcast_in_dim", [f4([3], [1, 2, 3])], ["f4", [2, 3]], { dims: [1] })).toEqual([1, 2, 3, 1, 2, 3]);
  expect(one("broadcast_in_dim", [f4([2, 1], [1, 2])], ["f4", [2, 2]], { dims: [0, 1] })).toEqual([1, 1, 2, 2]);
});

test("axes in another order, and from the end", () => {
  expect(one("transpose", [six], ["f4", [3, 2]], { order: [1, 0] })).toEqual([1, 4, 2, 5, 3, 6]);
  expect(one("rev", [six], ["f4", [2, 3]], { dims: [1] })).toEqual([3, 2, 1, 6, 5, 4]);
  expect(one("rev", [six], ["f4", [2, 3]], { dims: [0, 1] })).toEqual([6, 5, 4, 3, 2, 1]);
});

test("parts, side by side or apart", () => {
  expect(one("slice", [six], ["f4", [1, 3]], { start: [1, 0] })).toEqual([4, 5, 6]);
  expect(one("slice", [six], ["f4", [2, 2]], { start: [0, 0], strides: [1, 2] })).toEqual([1, 3, 4, 6]);
});

test("one after the other along an axis", () => {
  const more = f4([2, 1], [8, 9]);
  expect(one("concatenate", [six, more], ["f4", [2, 4]], { axis: 1 })).toEqual([1, 2, 3, 8, 4, 5, 6, 9]);
  expect(one("concatenate", [six, six], ["f4", [4, 3]], { axis: 0 })).toEqual([...six.cells, ...six.cells]);
});

test("filled up around and between, and cut off", () => {
  const [row, zero] = [f4([1, 3], [1, 2, 3]), f4([], [0])];
  const pad = (shape: number[], low: number[], between: number[]) =>
    one("pad", [row, zero], ["f4", shape], { low, between });
  expect(pad([2, 5], [1, 1], [0, 0])).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3, 0]);
  expect(pad([1, 5], [0, 0], [0, 1])).toEqual([1, 0, 2, 0, 3]);
  expect(pad([1, 2], [0, -1], [0, 0])).toEqual([2, 3]);
});

test("a part whose place is told while it runs is pushed back inside", () => {
  const part = (row: number, column: number) =>
    one("dynamic_slice", [six, i4([], [row]), i4([], [column])], ["f4", [1, 2]]);
  expect(part(1, 0)).toEqual([4, 5]);
  expect(part(5, 5)).toEqual([5, 6]);
  expect(part(-3, 1)).toEqual([2, 3]);
});

test("a part is written over, and the rest is left", () => {
  const over = f4([1, 2], [8, 9]);
  const given = [six, over, i4([], [0]), i4([], [7])];
  expect(one("dynamic_update_slice", given, ["f4", [2, 3]])).toEqual([1, 8, 9, 4, 5, 6]);
});

test("rows by their numbers; those that are not there are the last, or filled", () => {
  const params = { offsets: [1], collapsed: [0], batching: [], placesBatching: [], map: [0], sizes: [1, 3] };
  const rows = (fill: boolean, filler?: number) =>
    one("gather", [six, i4([3, 1], [1, 0, 4])], ["f4", [3, 3]], { ...params, fill, filler });
  expect(rows(false)).toEqual([4, 5, 6, 1, 2, 3, 4, 5, 6]);
  expect(rows(true)).toEqual([4, 5, 6, 1, 2, 3, Number.NaN, Number.NaN, Number.NaN]);
  expect(rows(true, 7)).toEqual([4, 5, 6, 1, 2, 3, 7, 7, 7]);
});

test("cells of each row by numbers of its own", () => {
  const params = { offsets: [], collapsed: [1], batching: [0], placesBatching: [0], map: [1], sizes: [1, 1] };
  const found = one("gather", [six, i4([2, 2, 1], [2, 0, 1, 1])], ["f4", [2, 2]], { ...params, fill: false });
  expect(found).toEqual([3, 1, 5, 5]);
});
