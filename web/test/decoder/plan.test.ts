import { expect, test } from "vitest";
import { Plan } from "../../src/decoder/plan";
import { type Body, fresh, type Kind, type Value } from "../../src/decoder/values";
import { f4, i4, one } from "./one";

const scalar: [Kind, number[]] = ["f4", []];

function constant(kind: Kind, shape: number[], cells: number[]): Value {
  const value = fresh(kind, shape);
  value.cells.set(cells);
  return { ...value, known: true };
}

test("a loop carries, reads and writes at every turn", () => {
  // sum ← sum · factor + x, which is also written down
  const body: Body = {
    values: [scalar, scalar, scalar, scalar, scalar],
    inputs: 3, // factor, sum, x
    steps: [
      { op: "mul", in: [1, 0], out: [3] },
      { op: "add", in: [3, 2], out: [4] },
    ],
    outputs: [4, 4],
  };
  const loop = (reverse: boolean) => {
    const outer: Body = {
      values: [scalar, scalar, ["f4", [3]], scalar, ["f4", [3]]],
      inputs: 3,
      steps: [{ op: "scan", in: [0, 1, 2], out: [3, 4], bound: 1, carried: 1, length: 3, reverse, body }],
      outputs: [3, 4],
    };
    const plan = new Plan(outer, []);
    plan.inputs[0]!.cells.set([2]);
    plan.inputs[1]!.cells.set([10]);
    plan.inputs[2]!.cells.set([1, 2, 3]);
    plan.run();
    plan.run(); // begins anew
    return plan.outputs.map((value) => Array.from(value.cells));
  };
  expect(loop(false)).toEqual([[91], [21, 44, 91]]);
  expect(loop(true)).toEqual([[97], [97, 48, 23]]);
});

test("what a loop carries may change places", () => {
  const body: Body = { values: [scalar, scalar], inputs: 2, steps: [], outputs: [1, 0] };
  const outer: Body = {
    values: [scalar, scalar, scalar, scalar],
    inputs: 2,
    steps: [{ op: "scan", in: [0, 1], out: [2, 3], bound: 0, carried: 2, length: 3, reverse: false, body }],
    outputs: [2, 3],
  };
  const plan = new Plan(outer, []);
  plan.inputs[0]!.cells.set([1]);
  plan.inputs[1]!.cells.set([2]);
  plan.run();
  expect(plan.outputs.map((value) => value.cells[0])).toEqual([2, 1]);
});

test("a loop goes on as long as it is told", () => {
  const ask: Body = {
    values: [scalar, scalar, ["u1", []]],
    inputs: 2, // limit, state
    steps: [{ op: "lt", in: [1, 0], out: [2] }],
    outputs: [2],
  };
  const body: Body = {
    values: [scalar, scalar, scalar],
    inputs: 2, // factor, state
    steps: [{ op: "mul", in: [1, 0], out: [2] }],
    outputs: [2],
  };
  const grown = (limit: number, start: number) =>
    one("while", [f4([], [limit]), f4([], [3]), f4([], [start])], ["f4", []], { asked: 1, bound: 1, ask, body });
  expect(grown(100, 2)).toEqual([162]);
  expect(grown(1, 2)).toEqual([2]); // not once
});

test("one of several bodies, by a number that is pushed back inside", () => {
  const branch = (op: string): Body => ({
    values: [scalar, scalar],
    inputs: 1,
    steps: [{ op, in: [0], out: [1] }],
    outputs: [1],
  });
  const branches = [branch("neg"), branch("exp2")];
  const chosen = (which: number) => one("cond", [i4([], [which]), f4([], [3])], ["f4", []], { branches });
  expect([chosen(0), chosen(1), chosen(9), chosen(-1)]).toEqual([[-3], [8], [8], [-3]]);
});

test("what depends on constants alone is worked out when the plan is made", () => {
  const table = constant("f4", [2], [1, 2]);
  const body: Body = {
    values: [
      ["f4", [2]],
      ["f4", [2]],
      ["f4", [2]],
    ],
    inputs: 1,
    steps: [
      { op: "exp2", in: [-1], out: [1] },
      { op: "add", in: [0, 1], out: [2] },
    ],
    outputs: [2],
  };
  const plan = new Plan(body, [table]);
  table.cells.set([9, 9]); // too late to matter
  plan.run();
  expect(Array.from(plan.outputs[0]!.cells)).toEqual([2, 4]);
});

test("a step that there is not is named", () => {
  expect(() => one("sort", [f4([1], [1])], ["f4", [1]])).toThrow("no step named sort");
});
