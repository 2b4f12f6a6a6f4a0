import { expect, test } from "vitest";
import { size, unpack } from "../src/arrays";
import { packed } from "./packed";

test("what Python packed comes back", async () => {
  // hyotan.explorer._arrays.pack([[1, 2, 3]], "u1")
  const found = await unpack({ dtype: "u1", shape: [1, 3], data: "eJxjZGIGAAANAAc=" });
  expect(found).toEqual(Uint8Array.of(1, 2, 3));
});

test.each([
  ["f4", Float32Array.of(1.5, -2, Number.NaN)],
  ["i4", Int32Array.of(-1, 2 ** 31 - 1, 0)],
  ["u1", Uint8Array.of(0, 255, 7)],
  ["u2", Uint16Array.of(0, 65535, 258)],
] as const)("numbers of type %s", async (dtype, numbers) => {
  const found = await unpack(await packed(dtype, [3], numbers));
  expect(found).toEqual(numbers);
});

test("an array without cells", async () => {
  expect(await unpack(await packed("f4", [0, 2], new Uint8Array(0)))).toEqual(new Float32Array(0));
});

test("an array that is cut off is refused", async () => {
  await expect(unpack(await packed("f4", [3], new Uint8Array(8)))).rejects.toThrow("came as 8 bytes");
});

test("the size of a shape", () => {
  expect([size([]), size([2, 3]), size([4, 0])]).toEqual([1, 6, 0]);
});
