import { expect, test } from "vitest";
import { erf } from "../../src/decoder/elementwise";
import { f4, i4, one, u1 } from "./one";

test("a scalar stands for every cell, on either side", () => {
  expect(one("sub", [f4([], [1]), f4([3], [1, 2, 3])], ["f4", [3]])).toEqual([0, -1, -2]);
  expect(one("sub", [f4([3], [1, 2, 3]), f4([], [1])], ["f4", [3]])).toEqual([0, 1, 2]);
  expect(one("sub", [f4([3], [1, 2, 3]), f4([3], [5, 5, 5])], ["f4", [3]])).toEqual([-4, -3, -2]);
});

test.each([
  ["logistic", [0, Math.log(3), -1000, 1000], [0.5, 0.75, 0, 1]],
  ["rsqrt", [4, 0.25], [0.5, 2]],
  ["exp2", [3, -1], [8, 0.5]],
  ["sign", [-2, 0, 5], [-1, 0, 1]],
  ["neg", [-2, 5], [2, -5]],
  ["expm1", [0, Math.log(2)], [0, 1]],
  ["log1p", [0, Math.E - 1], [0, 1]],
  ["tanh", [0, Math.log(3)], [0, 0.8]],
  ["erfc", [0], [1]],
])("%s", (op, given, expected) => {
  const found = one(op, [f4([given.length], given)], ["f4", [given.length]]);
  expected.forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, 6);
  });
});

test("the error function, against published tables (Abramowitz and Stegun, 7.1)", () => {
  const table: [number, number][] = [
    [0, 0],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [1.99, 0.99511143],
    [2.01, 0.99552485],
    [3, 0.9999779095],
    [7, 1],
  ];
  for (const [x, expected] of table) {
    expect(erf(x)).toBeCloseTo(expected, 7);
    expect(erf(-x)).toBeCloseTo(-expected, 7);
  }
  expect(erf(Number.NaN)).toBeNaN();
});

test("whole powers of negative numbers, and one over them", () => {
  expect(one("integer_pow", [f4([2], [-2, 3])], ["f4", [2]], { y: 3 })).toEqual([-8, 27]);
  expect(one("integer_pow", [f4([2], [-2, 4])], ["f4", [2]], { y: -1 })).toEqual([-0.5, 0.25]);
  expect(one("pow", [f4([2], [4, 9]), f4([], [0.5])], ["f4", [2]])).toEqual([2, 3]);
});

test("whole numbers divide towards zero", () => {
  expect(one("div", [i4([3], [7, -7, 7]), i4([3], [2, 2, 7])], ["i4", [3]])).toEqual([3, -3, 1]);
  expect(one("div", [f4([2], [7, -7]), f4([], [2])], ["f4", [2]])).toEqual([3.5, -3.5]);
  expect(one("rem", [i4([2], [7, -7]), i4([], [3])], ["i4", [2]])).toEqual([1, -1]);
});

test("comparisons and what is made of them", () => {
  const [a, b] = [f4([3], [1, 2, Number.NaN]), f4([3], [2, 2, 2])];
  expect(one("lt", [a, b], ["u1", [3]])).toEqual([1, 0, 0]);
  expect(one("ge", [a, b], ["u1", [3]])).toEqual([0, 1, 0]);
  expect(one("ne", [a, b], ["u1", [3]])).toEqual([1, 0, 1]);
  expect(one("is_finite", [a], ["u1", [3]])).toEqual([1, 1, 0]);
  expect(one("not", [u1([2], [0, 1])], ["u1", [2]])).toEqual([1, 0]);
  expect(one("not", [i4([2], [0, 5])], ["i4", [2]])).toEqual([-1, -6]);
  expect(one("and", [u1([2], [1, 1]), u1([2], [0, 1])], ["u1", [2]])).toEqual([0, 1]);
});

test("one of several, chosen everywhere alike or cell by cell", () => {
  const cases = [f4([3], [1, 2, 3]), f4([], [9])];
  expect(one("select_n", [u1([3], [0, 1, 0]), ...cases], ["f4", [3]])).toEqual([1, 9, 3]);
  expect(one("select_n", [u1([], [1]), ...cases], ["f4", [3]])).toEqual([9, 9, 9]);
});

test("clamped between scalars or cells", () => {
  expect(one("clamp", [f4([], [0]), f4([3], [-1, 0.5, 2]), f4([], [1])], ["f4", [3]])).toEqual([0, 0.5, 1]);
  expect(one("clamp", [f4([2], [0, 1]), f4([2], [-1, 3]), f4([2], [5, 2])], ["f4", [2]])).toEqual([0, 2]);
});

test("numbers become whole towards zero, and true where they are not zero", () => {
  expect(one("convert", [f4([3], [-1.7, 0.2, 2.9])], ["i4", [3]])).toEqual([-1, 0, 2]);
  expect(one("convert", [f4([3], [-1.7, 0, 0.2])], ["u1", [3]])).toEqual([1, 0, 1]);
  expect(one("convert", [u1([2], [1, 0])], ["f4", [2]])).toEqual([1, 0]);
  expect(one("convert", [f4([1], [1.5])], ["f4", [1]])).toEqual([1.5]);
});
