import { expect, test } from "vitest";
import { bySpread, components, dimensions, fading, layout, NEIGHBOURS, single, stretchOf } from "../src/plane";

// Numbers that look random and are the same every time.
function numbers(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

const data = { n: 40, d: 3, codes: numbers(120) };
const pca = {
  mean: [0.1, -0.2, 0.3],
  components: [
    [0.6, 0.8, 0],
    [-0.8, 0.6, 0],
    [0, 0, 1],
  ],
  share: [0.5, 0.3, 0.2],
};

test.each([
  ["dimensions", dimensions(data, 2, 0)],
  ["components", components(data, pca, 0, 2)],
])("a row's place stands for its code, if the slice goes through it: %s", (_, plane) => {
  for (let i = 0; i < data.n; i++) {
    const code = data.codes.slice(3 * i, 3 * i + 3);
    const found = plane.codeAt(plane.xy[2 * i], plane.xy[2 * i + 1], code);
    found.forEach((value, j) => {
      expect(value).toBeCloseTo(code[j], 5);
    });
    const [x, y] = plane.placeOf(code)!;
    expect(x).toBeCloseTo(plane.xy[2 * i], 5);
    expect(y).toBeCloseTo(plane.xy[2 * i + 1], 5);
  }
});

test("the plane of two dimensions leaves the third where it is", () => {
  expect(Array.from(dimensions(data, 2, 0).codeAt(5, 7, [1, 2, 3]))).toEqual([7, 2, 5]);
});

test("moving in a plane of components leaves what is off it: by hand", () => {
  const plane = components(data, pca, 0, 1);
  // From the mean one step along (0.6, 0.8, 0) and two along (-0.8, 0.6, 0).
  const code = plane.codeAt(1, 2, [0.1, -0.2, 9]);
  [0.1 + 0.6 - 1.6, -0.2 + 0.8 + 1.2, 9].forEach((value, j) => {
    expect(code[j]).toBeCloseTo(value, 5);
  });
});

test("off the slice counts only what the plane does not show", () => {
  const off = dimensions(data, 0, 1).offSlice([0, 0, 0.5])!;
  off.forEach((value, i) => {
    expect(value).toBeCloseTo((data.codes[3 * i + 2] - 0.5) ** 2, 5);
  });
  expect(dimensions({ n: 1, d: 2, codes: Float32Array.of(1, 2) }, 0, 1).offSlice([0, 0])).toBeNull();
});

test("the farther off the slice, the paler; the nearest quarter is not pale", () => {
  const off = Float32Array.from({ length: 100 }, (_, i) => i);
  const weights = fading(off);
  expect(Array.from(weights.slice(0, 25)).every((w) => w === 1)).toBe(true);
  for (let i = 1; i < 100; i++) expect(weights[i]).toBeLessThanOrEqual(weights[i - 1]);
  expect(weights[99]).toBeLessThan(0.2);
  expect(weights[99]).toBeGreaterThan(0);
});

test("in a layout a row's place is its code, and other places are means of the nearest", () => {
  const points = numbers(80, 7);
  const plane = layout(data, "t-SNE", points);
  for (let i = 0; i < data.n; i++) {
    const code = plane.codeAt(points[2 * i], points[2 * i + 1], []);
    expect(Array.from(code)).toEqual(Array.from(data.codes.slice(3 * i, 3 * i + 3)));
  }
  // By hand: all distances, sorted.
  const [x, y] = [0.123, -0.321];
  const distances = Array.from({ length: data.n }, (_, i) => ({
    i,
    weight: 1 / ((points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2),
  }));
  const near = distances.sort((a, b) => b.weight - a.weight).slice(0, NEIGHBOURS);
  const sum = near.reduce((total, { weight }) => total + weight, 0);
  const mean = [0, 1, 2].map((j) => near.reduce((t, { i, weight }) => t + (weight / sum) * data.codes[3 * i + j], 0));
  plane.codeAt(x, y, []).forEach((value, j) => {
    expect(value).toBeCloseTo(mean[j], 5);
  });
  expect(plane.placeOf([0, 0, 0])).toBeNull();
  expect(plane.note).toContain("mean of the codes of the 8 nearest rows");
});

test("a code of one dimension runs across", () => {
  const plane = single({ n: 3, d: 1, codes: Float32Array.of(1, 2, 3) }, Float32Array.of(9, 8, 7), "error");
  expect(Array.from(plane.codeAt(2.5, 100, [0]))).toEqual([2.5]);
  expect(plane.placeOf([2.5])).toEqual([2.5, 8]);
});

test("a strip is stretched, a map is not", () => {
  expect(stretchOf(Float32Array.of(0, 0, 2, 1))).toBe(1);
  expect(stretchOf(Float32Array.of(0, 0, 30, 1))).toBeCloseTo(20);
  expect(stretchOf(Float32Array.of(0, 0, 30, 0))).toBe(1);
  const codes = Float32Array.of(0, 0, 30, 1);
  const plane = dimensions({ n: 2, d: 2, codes }, 0, 1);
  expect(Array.from(plane.codeAt(plane.xy[2], plane.xy[3], [0, 0]))).toEqual([30, 1]);
  expect(plane.note).toContain("different length");
});

test("dimensions by how much they vary", () => {
  expect(bySpread({ n: 2, d: 3, codes: Float32Array.of(0, 5, 100, 1, -5, 100) })).toEqual([1, 0, 2]);
});
