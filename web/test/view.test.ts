import { expect, test } from "vitest";
import { boxOf, inside, ticks, View } from "../src/view";

function view(): View {
  const made = new View({ x0: -2, y0: -1, x1: 4, y1: 3 });
  return Object.assign(made, { width: 800, height: 600, k: 2.5, x: -130, y: 40, inset: 90 });
}

test("a place goes to a pixel and back", () => {
  const made = view();
  for (const [x, y] of [
    [-2, -1],
    [0.3, 2.9],
    [11, -40],
  ]) {
    const [mx, my] = made.toMap(...made.toPixel(x, y));
    expect(mx).toBeCloseTo(x, 9);
    expect(my).toBeCloseTo(y, 9);
  }
});

test("upwards on the map is upwards on the screen, and a unit is as long both ways", () => {
  const made = view();
  const [[x0, y0], [x1, y1]] = [made.toPixel(0, 0), made.toPixel(1, 1)];
  expect(y1).toBeLessThan(y0);
  expect(x1 - x0).toBeCloseTo(y0 - y1, 9);
  expect(x1 - x0).toBeCloseTo(made.scale, 9);
});

test("before any zoom the whole box is seen, beside what covers the map", () => {
  const made = Object.assign(view(), { k: 1, x: 0, y: 0 });
  for (const corner of [
    [-2, -1],
    [4, 3],
  ] as const) {
    const [px, py] = made.toPixel(corner[0], corner[1]);
    expect(px).toBeGreaterThanOrEqual(0);
    expect(px).toBeLessThanOrEqual(800 - 90);
    expect(py).toBeGreaterThanOrEqual(0);
    expect(py).toBeLessThanOrEqual(600);
  }
});

test("a box without a width or a height is seen too", () => {
  const made = Object.assign(new View({ x0: 1, y0: 2, x1: 1, y1: 2 }), { width: 100, height: 50 });
  expect(made.toPixel(1, 2)).toEqual([50, 25]);
});

test("the box of a few points holds them all; of many the farthest do not count", () => {
  expect(boxOf(Float32Array.of(0, 5, -3, 1, 2, 9))).toEqual({ x0: -3, y0: 1, x1: 2, y1: 9 });
  const many = new Float32Array(2 * 5000).map((_, i) => (i / 2) % 1);
  many[0] = 1e6;
  expect(boxOf(many).x1).toBeLessThan(1);
});

test("ticks are round, in between, and about as many as asked for", () => {
  expect(ticks(-1.3, 2.6, 4)).toEqual([-1, 0, 1, 2]);
  expect(ticks(0, 0.31, 3)).toEqual([0, 0.2]);
  expect(ticks(5, 5, 4)).toEqual([]);
});

test("what lies in a region with a bay, and what does not", () => {
  const bay = [
    [0, 0],
    [4, 0],
    [4, 4],
    [2, 1],
    [0, 4],
  ] as const;
  expect(inside(0.5, 1, bay)).toBe(true);
  expect(inside(2, 3, bay)).toBe(false);
  expect(inside(5, 1, bay)).toBe(false);
  expect(inside(2, 0.5, [])).toBe(false);
});
