import { expect, test } from "vitest";
import { Program } from "../src/program";
import { packed } from "./packed";

test("a layer of two units decodes codes one after the other", async () => {
  const program = await Program.from({
    constants: [
      await packed("f4", [2, 2], Float32Array.of(1, 2, 3, 4)),
      await packed("f4", [1, 2], Float32Array.of(0.5, -100)),
    ],
    main: {
      values: [
        ["f4", [2]],
        ["f4", [1, 2]],
        ["f4", [1, 2]],
        ["f4", [1, 2]],
        ["f4", [1, 2]],
      ],
      inputs: 1,
      steps: [
        { op: "reshape", in: [0], out: [1] },
        { op: "dot_general", in: [1, -1], out: [2], contract: [[1], [0]], batch: [[], []] },
        { op: "add", in: [2, -2], out: [3] },
        { op: "max", in: [3, -2], out: [4] },
      ],
      outputs: [4],
    },
  });
  const first = program.run(Float32Array.of(1, 1));
  expect(Array.from(first)).toEqual([4.5, -94]);
  expect(Array.from(program.run([0, -1]))).toEqual([0.5, -100]);
  expect(Array.from(first)).toEqual([4.5, -94]); // the caller's own
});
