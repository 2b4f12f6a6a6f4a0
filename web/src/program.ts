/**
 * The decoder, run in the page: a traced program of a few dozen kinds of step, planned once and then repeated.
 *
 * All shapes are known when a program is read, so every value has its buffer from the start, every step is a closure
 * over typed arrays, and what depends on constants alone is worked out once.
 */

import { type Packed, unpack } from "./arrays";
import { Plan } from "./decoder/plan";
import type { Body, Cells, Kind, Value } from "./decoder/values";

export interface ProgramJSON {
  constants: Packed[];
  main: Body;
}

/** A decoder: from a code to the mean of p(x|z) in network units, flattened. */
export class Program {
  private constructor(private readonly plan: Plan) {}

  /** The program that Python wrote. */
  static async from(json: ProgramJSON): Promise<Program> {
    const constants = await Promise.all(
      json.constants.map(async (packed): Promise<Value> => {
        const cells = (await unpack(packed)) as Cells;
        return { kind: packed.dtype as Kind, shape: packed.shape, cells, known: true };
      }),
    );
    return new Program(new Plan(json.main, constants));
  }

  /** What is decoded from a code; the array is the caller's own. */
  run(z: ArrayLike<number>): Float32Array {
    this.plan.inputs[0]!.cells.set(z);
    this.plan.run();
    return Float32Array.from(this.plan.outputs[0]!.cells);
  }
}
