import { expect } from "vitest";
import { Plan } from "../../src/decoder/plan";
import { type Body, fresh, type Kind, type Value } from "../../src/decoder/values";

export interface Given {
  kind: Kind;
  shape: number[];
  cells: number[];
}

export const f4 = (shape: number[], cells: number[]): Given => ({ kind: "f4", shape, cells });
export const i4 = (shape: number[], cells: number[]): Given => ({ kind: "i4", shape, cells });
export const u1 = (shape: number[], cells: number[]): Given => ({ kind: "u1", shape, cells });

/** What a step makes of values, worked out once as a constant and twice while it runs. */
export function one(
  op: string,
  given: Given[],
  made: [Kind, number[]],
  params: Record<string, unknown> = {},
): number[] {
  const step = { op, ...params };
  const known = given.map(
    ({ kind, shape, cells }): Value => ({ ...fresh(kind, shape), known: true, ...at(kind, cells) }),
  );
  const inputs = given.map((_, i) => i);
  const running: Body = {
    values: [...given.map(({ kind, shape }): [Kind, number[]] => [kind, shape]), made],
    inputs: given.length,
    steps: [{ ...step, in: inputs, out: [given.length] }],
    outputs: [given.length],
  };
  const plan = new Plan(running, []);
  const run = (cells: number[][]) => {
    plan.inputs.forEach((value, i) => {
      value.cells.set(cells[i]!);
    });
    plan.run();
    return Array.from(plan.outputs[0]!.cells);
  };
  const cells = given.map((value) => value.cells);
  run(cells.map((value) => value.map(() => 1))); // whatever this leaves behind must not be seen later
  const found = run(cells);
  expect(run(cells)).toEqual(found);
  const constant: Body = {
    values: [made],
    inputs: 0,
    steps: [{ ...step, in: inputs.map((i) => -1 - i), out: [0] }],
    outputs: [0],
  };
  expect(Array.from(new Plan(constant, known).outputs[0]!.cells)).toEqual(found);
  return found;
}

function at(kind: Kind, cells: number[]) {
  const value = fresh(kind, [cells.length]);
  value.cells.set(cells);
  return { cells: value.cells };
}
