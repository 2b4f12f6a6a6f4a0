import { expect, test } from "vitest";
import { shortened, toldApart } from "../src/words";

test("short names stay", () => {
  expect(toldApart(["a", "b"], 18)).toEqual(["a", "b"]);
});

test("names that differ look different, also where only their middle does", () => {
  const names = Array.from({ length: 12 }, (_, i) => `a_rather_long_name_of_a_measurement_${i}_in_metres_per_second`);
  const short = toldApart(names, 18);
  expect(new Set(names.map((name) => shortened(name, 18))).size).toBe(1);
  expect(new Set(short).size).toBe(12);
  for (const text of short) expect(text.length).toBeLessThanOrEqual(18);
  expect(short[3]).toContain("_3_");
});

test("names that differ at the end, or by being longer", () => {
  const stem = "x".repeat(40);
  expect(new Set(toldApart([`${stem}1`, `${stem}2`, stem], 12)).size).toBe(3);
});

test("equal names look equal", () => {
  const name = "y".repeat(40);
  expect(new Set(toldApart([name, name], 12)).size).toBe(1);
});
