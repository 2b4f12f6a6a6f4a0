/** A body of steps made ready, and the steps that hold bodies of their own: loops and choices. */

import { ELEMENTWISE } from "./elementwise";
import { LAYOUT, row } from "./layout";
import { PRODUCTS } from "./products";
import { SUMS } from "./sums";
import { type Body, type Cells, fresh, type Run, type Step, type Value } from "./values";

const MAKERS = { ...ELEMENTWISE, ...LAYOUT, ...PRODUCTS, ...SUMS };

/**
 * A body made ready: fill `inputs`, call `run`, read `outputs`.
 *
 * The first inputs may be `bound` to values from outside, whose buffers are then read where they lie.
 */
export class Plan {
  readonly inputs: Value[];
  readonly outputs: Value[];
  private readonly steps: Run[] = [];

  constructor(
    body: Body,
    private readonly constants: Value[],
    bound: Value[] = [],
  ) {
    const values = body.values.slice(0, body.inputs).map(([kind, shape], i) => bound[i] ?? fresh(kind, shape));
    this.inputs = values.slice();
    const at = (n: number): Value => (n < 0 ? constants[-1 - n]! : values[n]!);
    for (const step of body.steps) {
      const given = step.in.map(at);
      const made = step.out.map((n) => fresh(...body.values[n]!));
      const run = this.planned(step, given, made);
      // What depends on nothing that changes is worked out now, once.
      const known = given.every((value) => value.known);
      for (const value of made) value.known = known;
      if (run && known) run();
      else if (run) this.steps.push(run);
      step.out.forEach((n, i) => {
        values[n] = made[i]!;
      });
    }
    this.outputs = body.outputs.map(at);
  }

  run(): void {
    for (let i = 0; i < this.steps.length; i++) this.steps[i]!();
  }

  private planned(step: Step, given: Value[], made: Value[]): Run | undefined {
    if (step.op === "scan") return this.scan(step, given, made);
    if (step.op === "while") return this.while(step, given, made);
    if (step.op === "cond") return this.cond(step, given, made);
    const maker = MAKERS[step.op];
    if (!maker) throw new Error(`there is no step named ${step.op}`);
    return maker(step, given, made);
  }

  /** A body repeated: what it carries goes round, what it is given and gives at each turn lies in rows. */
  private scan(step: Step, given: Value[], made: Value[]): Run {
    const [bound, carried, length] = [step.bound as number, step.carried as number, step.length as number];
    const plan = new Plan(step.body as Body, this.constants, given.slice(0, bound));
    const state = new Carried(plan.inputs.slice(bound, bound + carried), plan.outputs.slice(0, carried));
    const first = given.slice(bound, bound + carried);
    const reads = plan.inputs.slice(bound + carried).map((value, i): [Cells, Cells] => {
      return [given[bound + carried + i]!.cells, value.cells];
    });
    const writes = plan.outputs.slice(carried).map((value, i): [Cells, Cells] => {
      return [value.cells, made[carried + i]!.cells];
    });
    return () => {
      state.set(first);
      for (let turn = 0; turn < length; turn++) {
        const at = step.reverse ? length - 1 - turn : turn;
        for (const [from, to] of reads) to.set(row(from, at, to.length));
        plan.run();
        for (const [from, to] of writes) to.set(from, at * from.length);
        state.turn();
      }
      state.get(made);
    };
  }

  private while(step: Step, given: Value[], made: Value[]): Run {
    const [asked, bound] = [step.asked as number, step.bound as number];
    const ask = new Plan(step.ask as Body, this.constants, given.slice(0, asked));
    const plan = new Plan(step.body as Body, this.constants, given.slice(asked, asked + bound));
    const state = new Carried(plan.inputs.slice(bound), plan.outputs);
    const first = given.slice(asked + bound);
    const question = ask.inputs.slice(asked);
    return () => {
      state.set(first);
      for (;;) {
        state.get(question);
        ask.run();
        if (ask.outputs[0]!.cells[0] === 0) break;
        plan.run();
        state.turn();
      }
      state.get(made);
    };
  }

  /** One of several bodies, by a number that is pushed back inside. */
  private cond(step: Step, [which, ...given]: Value[], made: Value[]): Run {
    const plans = (step.branches as Body[]).map((body) => new Plan(body, this.constants, given));
    return () => {
      const plan = plans[Math.min(Math.max(which!.cells[0]!, 0), plans.length - 1)]!;
      plan.run();
      plan.outputs.forEach((value, i) => {
        made[i]!.cells.set(value.cells);
      });
    };
  }
}

/** What goes round in a loop. All of it is set aside before any is handed on: a result may lie where a state did. */
class Carried {
  private readonly aside: Cells[];

  constructor(
    private readonly before: Value[],
    private readonly after: Value[],
  ) {
    this.aside = before.map((value) => value.cells.slice());
  }

  set(values: Value[]): void {
    this.before.forEach((value, i) => {
      value.cells.set(values[i]!.cells);
    });
  }

  turn(): void {
    for (let i = 0; i < this.aside.length; i++) this.aside[i]!.set(this.after[i]!.cells);
    for (let i = 0; i < this.aside.length; i++) this.before[i]!.cells.set(this.aside[i]!);
  }

  get(values: Value[]): void {
    this.before.forEach((value, i) => {
      values[i]!.cells.set(value.cells);
    });
  }
}
