// The worst reconstructions, to be looked at first.

import type { Data, Spans } from "../data";
import { atLeisure, find, make } from "../dom";
import { canvasFor, drawBoth, drawEvent } from "../event";
import { rastered } from "../picture";
import { shortNames, worstColumn } from "../rowtable";
import { number } from "../words";

const SHOWN = { images: 24, series: 12, table: 10 };

/** The points with the largest error, largest first; those without one are left out. */
export function worstOf(error: Float32Array, count: number): number[] {
  const known = error.filter(Number.isFinite).sort();
  const least = known[Math.max(0, known.length - count)];
  const rows: number[] = [];
  error.forEach((value, i) => {
    if (Number.isFinite(value) && value >= least) rows.push(i);
  });
  return rows.sort((a, b) => error[b] - error[a] || a - b).slice(0, count);
}

export class WorstPanel {
  private readonly rows: number[];

  constructor(
    private readonly data: Data,
    private readonly spans: Spans,
    private readonly labelOf: (i: number) => string,
    private readonly go: (i: number) => void,
  ) {
    this.rows = worstOf(data.error, SHOWN[data.kind]);
    find("worst").className = data.kind;
    this.redraw();
  }

  redraw(): void {
    find("worst").replaceChildren();
    atLeisure(this.rows, (i) => find("worst").append(make("li", {}, [this.button(i)])));
  }

  private button(i: number): HTMLButtonElement {
    const { data } = this;
    const [original, decoded] = [data.original(i), data.reconstruct(i)];
    const label = this.labelOf(i);
    const words = `row ${data.rows[i]}${label && ` (label ${label})`}`;
    const button = make("button", { type: "button", title: words, onclick: () => this.go(i) });
    const caption = make("span", { className: "value" }, [`error ${number(data.error[i], 3, true)}`]);
    if (data.kind === "table") {
      button.append(make("b", {}, [words]), make("span", {}, [this.told(original, decoded)]), caption);
      return button;
    }
    button.append(make("span", { className: "unseen" }, [`${words}, `]));
    const canvas = () => {
      const made = canvasFor(data, "small", "");
      made.setAttribute("aria-hidden", "true");
      made.removeAttribute("role");
      return made;
    };
    if (data.kind === "images" || rastered(data)) {
      const pair = [original ? canvas() : null, canvas()];
      button.append(
        make(
          "span",
          { className: "pair" },
          pair.filter((made) => made !== null),
        ),
        caption,
      );
      // A canvas has its size only once it stands on the page.
      requestAnimationFrame(() => {
        if (pair[0]) drawEvent(pair[0], original!, data, data.cells(i));
        drawEvent(pair[1]!, decoded, data, data.cells(i));
      });
    } else {
      const chart = canvas();
      button.append(chart, caption);
      requestAnimationFrame(() => drawBoth(chart, original, decoded, data, data.cells(i)));
    }
    return button;
  }

  /** The column of a row that is farthest off. */
  private told(original: Float64Array | null, decoded: Float64Array): string {
    const c = original ? worstColumn(original, decoded, this.spans) : -1;
    if (c < 0) return "";
    return `${shortNames(this.data)[c]} ${number(original![c])} → ${number(decoded[c])}`;
  }
}
