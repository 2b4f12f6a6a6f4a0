import { expect, test } from "vitest";
import { size } from "../../src/arrays";
import { f4, type Given, one } from "./one";

const counted = (shape: number[]): Given =>
  f4(
    shape,
    Array.from({ length: size(shape) }, (_, i) => ((i * 7) % 11) - 5),
  );

test("a matrix times a vector, either way round", () => {
  const [w, x] = [f4([2, 3], [1, 2, 3, 4, 5, 6]), f4([3], [1, 0, -1])];
  const sides = { batch: [[], []] };
  expect(one("dot_general", [w, x], ["f4", [2]], { ...sides, contract: [[1], [0]] })).toEqual([-2, -2]);
  expect(one("dot_general", [x, w], ["f4", [2]], { ...sides, contract: [[0], [1]] })).toEqual([-2, -2]);
  const y = f4([2], [1, 10]);
  expect(one("dot_general", [y, w], ["f4", [3]], { ...sides, contract: [[0], [0]] })).toEqual([41, 52, 63]);
});

test("batches of products, and sums over several axes", () => {
  const [a, b] = [counted([2, 3, 4]), counted([4, 2, 5])];
  const found = one("dot_general", [a, b], ["f4", [2, 3, 5]], { contract: [[2], [0]], batch: [[0], [1]] });
  for (let n = 0; n < 2; n++)
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 5; j++) {
        let sum = 0;
        for (let k = 0; k < 4; k++) sum += a.cells[n * 12 + i * 4 + k]! * b.cells[k * 10 + n * 5 + j]!;
        expect(found[n * 15 + i * 5 + j]).toBe(sum);
      }
  const whole = one("dot_general", [a, a], ["f4", []], {
    contract: [
      [0, 1, 2],
      [0, 1, 2],
    ],
    batch: [[], []],
  });
  expect(whole).toEqual([a.cells.reduce((sum, x) => sum + x * x, 0)]);
});

test("wide products, whose rows are taken four at a time", () => {
  const [x, w] = [counted([3, 10]), counted([10, 16])];
  const found = one("dot_general", [x, w], ["f4", [3, 16]], { contract: [[1], [0]], batch: [[], []] });
  const expected = Array.from({ length: 48 }, (_, at) => {
    const [i, j] = [Math.floor(at / 16), at % 16];
    return Array.from({ length: 10 }, (_, k) => x.cells[i * 10 + k]! * w.cells[k * 16 + j]!).reduce((a, b) => a + b);
  });
  expect(found).toEqual(expected);
});

const line = { window: [1], padding: [[0, 0]], spread: [1], dilation: [1], groups: 1 };
const rows = { lhs: [0, 2, 1], rhs: [2, 1, 0], result: [0, 2, 1] }; // (batch, places, channels), (places, in, out)

test("a kernel moves along a line", () => {
  const [x, k] = [f4([1, 5, 1], [1, 2, 3, 4, 5]), f4([2, 1, 1], [1, 10])];
  const conv = (length: number, params = {}) =>
    one("conv", [x, k], ["f4", [1, length, 1]], { ...line, ...rows, ...params });
  expect(conv(4)).toEqual([21, 32, 43, 54]);
  expect(conv(2, { window: [2] })).toEqual([21, 43]);
  expect(conv(6, { padding: [[1, 1]] })).toEqual([10, 21, 32, 43, 54, 5]);
  expect(conv(3, { dilation: [2] })).toEqual([31, 42, 53]);
  // Spread out, 1 0 2 0 3 0 4 0 5: what a transposed convolution does.
  expect(conv(8, { spread: [2] })).toEqual([1, 20, 2, 30, 3, 40, 4, 50]);
  expect(conv(3, { padding: [[-1, -1]] }).slice(0, 2)).toEqual([32, 43]); // padding may cut off
});

test("channels in, channels out, in another order of axes", () => {
  // (batch, channels, places), (out, in, places): two channels to three by a kernel of one place.
  const [x, k] = [f4([1, 2, 2], [1, 2, 3, 4]), f4([3, 2, 1], [1, 0, 0, 1, 1, 1])];
  const order = { lhs: [0, 1, 2], rhs: [0, 1, 2], result: [0, 1, 2] };
  expect(one("conv", [x, k], ["f4", [1, 3, 2]], { ...line, ...order })).toEqual([1, 2, 3, 4, 4, 6]);
});

test("groups of channels do not see each other", () => {
  // Two channels, each with a kernel of its own that gives two.
  const [x, k] = [f4([1, 2, 2], [1, 10, 2, 20]), f4([1, 1, 4], [1, 2, 3, 4])];
  const found = one("conv", [x, k], ["f4", [1, 2, 4]], { ...line, ...rows, groups: 2 });
  expect(found).toEqual([1, 2, 30, 40, 2, 4, 60, 80]);
});

test("a picture, with many channels, against sums written out", () => {
  const [x, k] = [counted([2, 4, 3, 5]), counted([3, 2, 5, 9])];
  const found = one("conv", [x, k], ["f4", [2, 2, 3, 9]], {
    window: [2, 1],
    padding: [
      [1, 1],
      [0, 1],
    ],
    spread: [1, 1],
    dilation: [1, 1],
    groups: 1,
    lhs: [0, 3, 1, 2],
    rhs: [3, 2, 0, 1],
    result: [0, 3, 1, 2],
  });
  const cell = (n: number, i: number, j: number, c: number) =>
    i < 0 || i > 3 || j < 0 || j > 2 ? 0 : x.cells[((n * 4 + i) * 3 + j) * 5 + c]!;
  let at = 0;
  for (let n = 0; n < 2; n++)
    for (let i = 0; i < 2; i++)
      for (let j = 0; j < 3; j++)
        for (let o = 0; o < 9; o++, at++) {
          let sum = 0;
          for (let a = 0; a < 3; a++)
            for (let b = 0; b < 2; b++)
              for (let c = 0; c < 5; c++)
                sum += cell(n, 2 * i + a - 1, j + b, c) * k.cells[((a * 2 + b) * 5 + c) * 9 + o]!;
          expect(found[at]).toBe(sum);
        }
});
