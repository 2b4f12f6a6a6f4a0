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

test("names that differ at two places, or in blanks only, or in two groups, are told apart too", () => {
  const stations = ["north", "south"].flatMap((place) =>
    ["temp", "pres"].map((what) => `station_${place}_sensor_reading_over_the_day_${what}_mean_of_ten_minutes`),
  );
  const twice = ["a", "b"].flatMap((one) =>
    ["1", "2"].map((two) => `measurement_${one}_${"x".repeat(20)}_${two}_at_the_end_of_it`),
  );
  for (const names of [stations, twice, ["a b", "a  b"]]) {
    const short = toldApart(names, 18);
    expect(new Set(short).size).toBe(names.length);
    for (const text of short) expect(text.length).toBeLessThanOrEqual(18);
  }
});

test("thousands of names take no time", () => {
  const names = Array.from({ length: 5000 }, (_, i) => `a_rather_long_name_of_a_measurement_${i}_in_metres_per_second`);
  const began = performance.now();
  expect(new Set(toldApart(names, 18)).size).toBe(5000);
  expect(performance.now() - began).toBeLessThan(500);
});
