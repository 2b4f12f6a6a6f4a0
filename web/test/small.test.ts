import { expect, test } from "vitest";
import { cell, csv, single } from "../src/csv";
import { spansOf, undone } from "../src/data";
import { pushedApart } from "../src/labels";
import { Nearest } from "../src/nearest";
import { ends } from "../src/panels/sliders";
import { placeOn } from "../src/panels/walk";
import { worstOf } from "../src/panels/worst";
import { apart, imageBytes } from "../src/picture";
import { byError, standing, worstColumn } from "../src/rowtable";
import { codeWords, counted, fixed, number, shortened, subscript } from "../src/words";

test("numbers in few characters, as in the plots", () => {
  expect([1234.5, 0.01234, -2, 0, 2.345].map((v) => number(v))).toEqual(["1,235", "0.0123", "−2", "0", "2.35"]);
  expect(number(2, 3, true)).toBe("2.00");
  expect([Number.NaN, Infinity, 1.5e-7].map((v) => number(v))).toEqual(["missing", "∞", "1.50e−7"]);
  expect([fixed(-0.001), fixed(-1.5)]).toEqual(["0.00", "−1.50"]);
});

test("names", () => {
  expect(subscript(12)).toBe("z₁₂");
  expect(shortened("od280/od315_of_diluted_wines", 20)).toBe("od280/od31…ted_wines");
  expect([counted(1, "row"), counted(12345, "row")]).toEqual(["1 row", "12,345 rows"]);
  expect(codeWords([1.2, -0.333])).toBe("z₀\u00a01.20 · z₁\u00a0−0.33");
  expect(codeWords(new Array(20).fill(0), 2)).toBe("z₀\u00a00.00 · z₁\u00a00.00 · …");
});

test("cells of a file are quoted where they must be", () => {
  expect(['a"b', "a,b", "a\nb", "plain"].map(cell)).toEqual(['"a""b"', '"a,b"', '"a\nb"', "plain"]);
  expect(cell(Number.NaN)).toBe("");
});

test("float32 numbers are written in the fewest digits that give them back", () => {
  for (const value of [0.1, 1 / 3, 123456.789, -1e-12, 16777217]) {
    const float = Math.fround(value);
    expect(Math.fround(single(float))).toBe(float);
  }
  expect(single(Math.fround(0.1))).toBe(0.1);
});

test("the file of chosen rows", () => {
  const data = {
    rows: Int32Array.of(10, 11, 12),
    d: 2,
    codes: Float32Array.of(1, 2, 3, 4, 0.5, -6),
    columns: [
      { name: "label", type: "category" as const, categories: ["a,b", "c"], values: Uint16Array.of(0, 1, 0) },
      { name: "error", type: "number" as const, values: Float32Array.of(0.5, Number.NaN, 1.5) },
      { name: "age", type: "number" as const, values: Float32Array.of(7, 8, 9) },
    ],
  };
  expect(csv([2, 1], data)).toBe('row,label,error,age,z0,z1\r\n12,"a,b",1.5,9,0.5,-6\r\n11,c,,8,3,4\r\n');
});

test("network units become own units, by the last axis", () => {
  expect(Array.from(undone(Float32Array.of(1, 2, 3, 4), [1, 10], [0, 5]))).toEqual([1, 25, 3, 45]);
  expect(Array.from(undone(Float32Array.of(1, 2), 2, 1))).toEqual([3, 5]);
});

test("the span of each column, in own units, without what is missing", () => {
  const spans = spansOf(Float32Array.of(1, 20, Number.NaN, 10, 3, 30), 2, 2, 1);
  expect([Array.from(spans.low), Array.from(spans.high)]).toEqual([
    [3, 21],
    [7, 61],
  ]);
});

test("the nearest points are those that counting finds", () => {
  const xy = Float32Array.from({ length: 400 }, (_, i) => Math.sin(i * i) * (i % 7));
  const near = new Nearest(xy);
  for (const [x, y] of [
    [0, 0],
    [3, -2],
    [1000, 1000],
  ]) {
    const all = Array.from({ length: 200 }, (_, index) => ({
      index,
      squared: (xy[2 * index] - x) ** 2 + (xy[2 * index + 1] - y) ** 2,
    })).sort((a, b) => a.squared - b.squared || a.index - b.index);
    expect(near.several(x, y, 5).map(({ index }) => index)).toEqual(all.slice(0, 5).map(({ index }) => index));
    expect(near.one(x, y, 1e4)).toBe(all[0].index);
    expect(near.one(x, y, 1e4, (i) => i !== all[0].index)).toBe(all[1].index);
  }
  expect(near.one(1000, 1000, 1)).toBe(-1);
  expect(new Nearest(Float32Array.of(2, 2)).several(0, 0, 5)).toEqual([{ index: 0, squared: 8 }]);
});

test("names that lie on each other are moved apart, others stay", () => {
  const box = (x: number, y: number) => ({ x, y, width: 20, height: 10 });
  const placed = pushedApart([box(0, 0), box(4, 2), box(1, -3), box(200, 200)]);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [placed[i], placed[j]];
      expect(Math.abs(a.x - b.x) >= 20 || Math.abs(a.y - b.y) >= 10).toBe(true);
    }
  }
  expect(placed[3]).toEqual(box(200, 200));
});

test("grey, colour and missing pixels", () => {
  expect(Array.from(imageBytes([0, 0.5, 1, Number.NaN], [2, 2, 1], [0, 1]))).toEqual([
    ...[0, 0, 0, 255],
    ...[128, 128, 128, 255],
    ...[255, 255, 255, 255],
    ...[207, 227, 245, 255],
  ]);
  expect(Array.from(imageBytes([10, 20, 30], [1, 1, 3], [10, 30]))).toEqual([0, 128, 255, 255]);
});

test("how far events are apart, by the mean of the channels", () => {
  expect(Array.from(apart([1, 2, 3, 4], [1, 4, 0, 4], 2))).toEqual([1, 1.5]);
});

test("columns by how far they are off, as a share of their span", () => {
  const spans = { low: Float64Array.of(0, 0, 0), high: Float64Array.of(100, 1, 0) };
  expect(byError([50, 0.5, Number.NaN], [60, 0.9, 0], spans)).toEqual([1, 0, 2]);
  expect(worstColumn([50, 0.5, Number.NaN], [60, 0.9, 0], spans)).toBe(1);
  expect(worstColumn([Number.NaN], [1], spans)).toBe(-1);
  expect([standing(5, 0, 10), standing(-5, 0, 10), standing(3, 3, 3)]).toEqual([50, 0, 50]);
});

test("the worst rows, those without an error left out", () => {
  expect(worstOf(Float32Array.of(1, Number.NaN, 3, 2), 2)).toEqual([2, 3]);
  expect(worstOf(Float32Array.of(Number.NaN), 5)).toEqual([]);
});

test("sliders reach beyond the codes; walks go straight", () => {
  const [low, high] = ends({ codes: Float32Array.of(0, 5, 10, 5), n: 2, d: 2 }, 0);
  expect([low, high]).toEqual([-1, 11]);
  expect(ends({ codes: Float32Array.of(5, 5), n: 2, d: 1 }, 0)).toEqual([4, 6]);
  const path = { from: [0, 0], to: [4, 8] } as unknown as Parameters<typeof placeOn>[0];
  expect(placeOn(path, 0.25)).toEqual([1, 2]);
});
