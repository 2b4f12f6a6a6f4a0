// A walk: the pictures between two places, as a strip and as a film.

import type { Data } from "../data";
import { find, make, open } from "../dom";
import { canvasFor, drawEvent } from "../event";
import type { Place } from "../overlay";
import type { Plane } from "../plane";
import { fixed } from "../words";

const FRAMES = 9;
const LASTS = 4000; // milliseconds

export interface Path {
  readonly from: Place;
  readonly to: Place;
  readonly plane: Plane;
  /** What the plane does not tell. */
  readonly base: Float32Array;
}

/** The place at a share of the way, from 0 to 1. */
export function placeOn({ from, to }: Path, share: number): Place {
  return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
}

function codeOn(path: Path, share: number): Float32Array {
  return path.plane.codeAt(...placeOn(path, share), path.base);
}

export class WalkPanel {
  playing = false;
  private path: Path | null = null;
  private frame = 0;
  private readonly slider = find<HTMLInputElement>("walk-position");
  private readonly button = find<HTMLButtonElement>("walk-play");

  constructor(
    private readonly data: Data,
    private readonly step: (code: Float32Array, at: Place) => void,
    clear: () => void,
  ) {
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    find("clear-walk").addEventListener("click", clear);
    this.slider.addEventListener("input", () => {
      this.stop();
      this.to(Number(this.slider.value));
    });
  }

  show(path: Path | null): void {
    this.stop();
    this.path = path;
    if (!path) {
      find("walk-panel").hidden = true;
      return;
    }
    open(find("walk-panel"));
    this.slider.value = "0";
    this.redraw();
    // Who asked for less motion moves the slider.
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.to(0);
    else this.play();
  }

  stop(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.button.textContent = "Play";
  }

  redraw(): void {
    const { path, data } = this;
    if (!path || data.kind === "table") return;
    const shares = Array.from({ length: FRAMES }, (_, k) => k / (FRAMES - 1));
    const frames = shares.map(() => canvasFor(data, "small", ""));
    find("walk-strip").className = `strip ${data.kind}`;
    find("walk-strip").replaceChildren(
      ...frames.map((canvas, k) => {
        canvas.setAttribute("aria-hidden", "true");
        canvas.removeAttribute("role");
        const label = `Go to ${Math.round(100 * shares[k])} % of the walk`;
        const go = () => {
          this.stop();
          this.to(shares[k]);
        };
        return make("li", {}, [make("button", { type: "button", ariaLabel: label, onclick: go }, [canvas])]);
      }),
    );
    frames.forEach((canvas, k) => {
      drawEvent(canvas, data.decode(codeOn(path, shares[k])), data);
    });
  }

  private play(): void {
    this.playing = true;
    this.button.textContent = "Pause";
    const from = Number(this.slider.value) < 1 ? Number(this.slider.value) : 0;
    let began: number | null = null;
    const frame = (now: number) => {
      began ??= now;
      const share = Math.min(1, from + (now - began) / LASTS);
      this.to(share);
      if (share < 1) this.frame = requestAnimationFrame(frame);
      else this.stop();
    };
    this.frame = requestAnimationFrame(frame);
  }

  private to(share: number): void {
    this.slider.value = String(share);
    this.slider.setAttribute("aria-valuetext", `${fixed(share)} of the way`);
    if (this.path) this.step(codeOn(this.path, share), placeOn(this.path, share));
  }
}
