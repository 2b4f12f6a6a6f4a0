import { expect, test } from "vitest";
import { f4, one, u1 } from "./one";

const six = f4([2, 3], [1, 5, 3, 4, 2, 6]);

test("along one axis, several, or none", () => {
  expect(one("reduce_sum", [six], ["f4", [2]], { axes: [1] })).toEqual([9, 12]);
  expect(one("reduce_sum", [six], ["f4", [3]], { axes: [0] })).toEqual([5, 7, 9]);
  expect(one("reduce_sum", [six], ["f4", []], { axes: [0, 1] })).toEqual([21]);
  expect(one("reduce_sum", [six], ["f4", [2, 3]], { axes: [] })).toEqual(six.cells);
});

test("the largest, the least, the product, and what is true of all or some", () => {
  expect(one("reduce_max", [six], ["f4", [2]], { axes: [1] })).toEqual([5, 6]);
  expect(one("reduce_min", [six], ["f4", [3]], { axes: [0] })).toEqual([1, 2, 3]);
  expect(one("reduce_prod", [six], ["f4", [2]], { axes: [1] })).toEqual([15, 48]);
  const truth = u1([2, 2], [1, 1, 0, 1]);
  expect(one("reduce_and", [truth], ["u1", [2]], { axes: [1] })).toEqual([1, 0]);
  expect(one("reduce_or", [truth], ["u1", [2]], { axes: [1] })).toEqual([1, 1]);
});

test("running sums, from either end", () => {
  expect(one("cumsum", [six], ["f4", [2, 3]], { axis: 1, reverse: false })).toEqual([1, 6, 9, 4, 6, 12]);
  expect(one("cumsum", [six], ["f4", [2, 3]], { axis: 1, reverse: true })).toEqual([9, 8, 3, 12, 8, 6]);
  expect(one("cumsum", [six], ["f4", [2, 3]], { axis: 0, reverse: false })).toEqual([1, 5, 3, 5, 7, 9]);
});
