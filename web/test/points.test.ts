import { expect, test } from "vitest";
import { type Column, paint } from "../src/colour";
import { drawPoints, radiusOf, type Scene, stampOf } from "../src/points";

const column: Column = { name: "", type: "category", categories: ["a", "b"], values: Uint16Array.of(0, 1) };

function drawn(scene: Partial<Scene>): (x: number, y: number) => number[] {
  const pixels = { data: new Uint8ClampedArray(4 * 40 * 30), width: 40, height: 30 };
  drawPoints(pixels, {
    xy: Float32Array.of(0, 0, 5, 5),
    painting: paint(column, false),
    weights: null,
    hidden: new Set(),
    opacity: 1,
    radius: 2,
    ground: [255, 250, 245],
    a: 2,
    b: 10,
    c: -2,
    d: 20,
    ...scene,
  });
  return (x, y) => Array.from(pixels.data.slice(4 * (y * 40 + x), 4 * (y * 40 + x) + 4));
}

test("a point is where the map says, in its colour; the rest is ground", () => {
  const at = drawn({});
  expect(at(10, 20)).toEqual([0, 114, 178, 255]);
  expect(at(20, 10)).toEqual([230, 159, 0, 255]);
  expect(at(0, 0)).toEqual([255, 250, 245, 255]);
});

test("hidden points are not drawn, pale ones half", () => {
  expect(drawn({ hidden: new Set([0]) })(10, 20)).toEqual([255, 250, 245, 255]);
  const [r] = drawn({ weights: Float32Array.of(0.5, 1) })(10, 20);
  expect(Math.abs(r - 128)).toBeLessThan(2);
});

test("points beyond the edge are left out, and do not come back on the other side", () => {
  const at = drawn({ xy: Float32Array.of(-5.4, 0, 1e9, Number.NaN) });
  for (let y = 0; y < 30; y++) {
    expect(at(39, y)).toEqual([255, 250, 245, 255]);
    expect(at(0, y)).toEqual([255, 250, 245, 255]);
  }
});

test("a circle covers what a circle covers, and is the same turned around", () => {
  const { cover, dx, dy } = stampOf("circle", 4);
  expect(cover.reduce((a, b) => a + b, 0)).toBeCloseTo(Math.PI * 16, 0);
  const places = new Set(dx.map((x, k) => 1000 * x + dy[k]));
  dx.forEach((x, k) => {
    expect(places.has(-1000 * x - dy[k])).toBe(true);
  });
});

test("shapes differ", () => {
  const shapes = (["circle", "up", "square", "diamond", "down", "plus"] as const).map((s) => stampOf(s, 4));
  expect(new Set(shapes.map(({ cover, dy }) => `${cover.join()} ${dy.join()}`)).size).toBe(6);
});

test("many points are smaller, and near ones larger", () => {
  expect(radiusOf(100_000, 1)).toBeLessThan(radiusOf(1000, 1));
  expect(radiusOf(1000, 10)).toBeGreaterThan(radiusOf(1000, 1));
});
