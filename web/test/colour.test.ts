import { expect, test } from "vitest";
import { type Column, css, heat, medians, paint, rgb, viridis } from "../src/colour";

function classes(values: number[], categories: string[]): Column {
  return { name: "label", type: "category", categories, values: Uint16Array.from(values) };
}

function quantity(values: number[]): Column {
  return { name: "error", type: "number", values: Float32Array.from(values) };
}

test("a class has the colour and the shape it has in the plots", () => {
  const names = Array.from({ length: 10 }, (_, k) => String(k));
  const { swatches, of, scale } = paint(classes([3, 7, 0, 1, 2, 4, 5, 6, 8, 9], names), false);
  expect(css(swatches[0].colour)).toBe("rgb(0, 114, 178)"); // Okabe and Ito's blue
  expect([swatches[0].shape, swatches[7].shape]).toEqual(["circle", "up"]);
  expect(swatches[7].colour).toEqual(swatches[0].colour);
  expect(Array.from(of).slice(0, 3)).toEqual([3, 7, 0]);
  expect(scale).toBeNull();
});

test("a class without rows is left out", () => {
  const { swatches, of } = paint(classes([0, 2, 2], ["a", "b", "c"]), false);
  expect(swatches.map(({ name }) => name)).toEqual(["a", "c"]);
  expect(Array.from(of)).toEqual([0, 1, 1]);
});

test("of more classes than can be told apart the smaller ones go together", () => {
  const names = Array.from({ length: 60 }, (_, k) => `class ${k}`);
  const values = [...names.keys(), 59, 59];
  const { swatches, of } = paint(classes(values, names), false);
  expect(swatches).toHaveLength(42);
  expect(swatches[41].name).toBe("others");
  expect(swatches.some(({ name }) => name === "class 59")).toBe(true);
  expect(of[50]).toBe(41);
  expect(new Set(swatches.map(({ colour, shape }) => css(colour) + shape)).size).toBe(42);
});

test("a quantity has a scale from its least to its largest value; what is missing is grey", () => {
  const { swatches, of, scale } = paint(quantity([1, 3, 2, Number.NaN]), false);
  expect(scale).toEqual({ low: 1, high: 3, clipped: [false, false], missing: true });
  expect(Array.from(of)).toEqual([0, 63, 32, 64]);
  expect(css(swatches[64].colour)).toBe("rgb(154, 154, 154)");
});

test("a few far values do not press all others into one colour", () => {
  const values = Array.from({ length: 1000 }, (_, i) => i % 10);
  values[500] = 1e6;
  const { scale, of } = paint(quantity(values), false);
  expect(scale).toMatchObject({ low: 0, high: 9, clipped: [false, true] });
  expect(of[9]).toBe(63);
  expect(of[500]).toBe(63);
});

test("a constant has a colour", () => {
  expect(new Set(paint(quantity([5, 5]), false).of)).toEqual(new Set([32]));
});

test("viridis at its ends and in the middle", () => {
  expect(viridis(0)).toEqual(rgb("#440154"));
  expect(viridis(1)).toEqual(rgb("#fde725"));
  expect(viridis(2)).toEqual(viridis(1));
  expect(viridis(1 / 9)).toEqual(rgb("#482878"));
});

/** Relative luminance, by the definition of WCAG. */
function light(colour: readonly number[]): number {
  const [r, g, b] = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.each([
  [false, rgb("#ffffff"), 1.6],
  [true, rgb("#0f1419"), 3],
])("every colour is seen on its ground (dark: %s)", (dark, ground, least) => {
  const column = classes([0, 1, 2, 3, 4, 5, 6], [..."abcdefg"]);
  const colours = [...paint(column, dark).swatches.map(({ colour }) => colour), heat(0, dark), heat(1, dark)];
  for (const colour of colours) {
    const [a, b] = [light(colour), light(ground)].sort((x, y) => y - x);
    expect((a + 0.05) / (b + 0.05), css(colour)).toBeGreaterThan(least);
  }
});

test("the name of a ring stands on the ring", () => {
  const painting = paint(classes([0, 0, 0, 0], ["a"]), false);
  expect(medians(painting, Float32Array.of(4, 1, 0, 4, -4, 0, 0, -4))[0]).toEqual([0, 4]);
});

test("the middle of a class is its median", () => {
  const painting = paint(classes([0, 0, 0, 1], ["a", "b"]), false);
  const xy = Float32Array.of(0, 0, 1, 5, 1000, 6, 7, 8);
  expect(medians(painting, xy)).toEqual([
    [1, 5],
    [7, 8],
  ]);
});
