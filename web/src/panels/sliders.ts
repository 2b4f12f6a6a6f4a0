// Sliders: one for each dimension of the code.

import type { Data } from "../data";
import { find, make } from "../dom";
import { fixed, subscript } from "../words";

const STEPS = 200;

export class Sliders {
  private readonly inputs: HTMLInputElement[] = [];
  private readonly outputs: HTMLElement[] = [];

  constructor(data: Data, moved: (dimension: number, value: number) => void) {
    const place = find("sliders");
    for (let j = 0; j < data.d; j++) {
      const [low, high] = ends(data, j);
      const id = `slider-${j}`;
      const input = make("input", { type: "range", id, min: low, max: high, step: (high - low) / STEPS || 1 });
      const output = make("output", { className: "value", htmlFor: id });
      input.addEventListener("input", () => moved(j, Number(input.value)));
      this.inputs.push(input);
      this.outputs.push(output);
      place.append(make("label", { htmlFor: id }, [subscript(j)]), input, output);
    }
  }

  set(code: ArrayLike<number>): void {
    this.inputs.forEach((input, j) => {
      input.value = String(code[j]);
      this.outputs[j].textContent = fixed(code[j]);
    });
  }
}

/** From the least to the largest code, with some room beyond. */
export function ends({ codes, n, d }: { codes: Float32Array; n: number; d: number }, j: number): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < n; i++) {
    low = Math.min(low, codes[i * d + j]);
    high = Math.max(high, codes[i * d + j]);
  }
  const room = 0.1 * (high - low) || 1;
  return [low - room, high + room];
}
