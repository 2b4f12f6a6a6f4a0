// A row of a table in words: every column with its value, and where that stands among the rows.

import type { Data, Spans } from "./data";
import { make } from "./dom";
import { number, toldApart } from "./words";

const NAME = 18; // characters of a column's name
const cut = new WeakMap<Data, string[]>(); // they are asked for on every redraw

/** Where a value stands between the least and the largest, in percent. */
export function standing(value: number, low: number, high: number): number {
  if (!(high > low)) return 50;
  return Math.min(100, Math.max(0, (100 * (value - low)) / (high - low)));
}

export function columnName(data: Data, c: number): string {
  return data.names?.[c] ?? `column ${c + 1}`;
}

/** The columns' names, short enough for a table beside the map. */
export function shortNames(data: Data): string[] {
  let names = cut.get(data);
  if (!names) {
    names = toldApart(
      Array.from({ length: data.shape[0] }, (_, c) => columnName(data, c)),
      NAME,
    );
    cut.set(data, names);
  }
  return names;
}

/** A table whose values change in place: under the pointer they change sixty times a second. */
export class RowTable {
  private readonly values: Text[] = [];
  private readonly marks: HTMLElement[] = [];

  constructor(
    parent: HTMLElement,
    data: Data,
    private readonly spans: Spans,
  ) {
    const body = make("tbody");
    const names = shortNames(data);
    for (let c = 0; c < data.shape[0]; c++) {
      const text = document.createTextNode("");
      const mark = make("i");
      this.values.push(text);
      this.marks.push(mark);
      body.append(
        make("tr", {}, [
          make("th", { scope: "row", title: columnName(data, c) }, [names[c]]),
          make("td", { className: "value" }, [text]),
          make("td", { className: "track", ariaHidden: "true" }, [make("span", {}, [mark])]),
        ]),
      );
    }
    const head = make("thead", { className: "unseen" }, [
      make("tr", {}, [make("th", { scope: "col" }, ["Column"]), make("th", { scope: "col" }, ["Value"]), make("td")]),
    ]);
    parent.append(make("table", { className: "row" }, [head, body]));
  }

  show(values: ArrayLike<number>): void {
    for (let c = 0; c < this.values.length; c++) {
      this.values[c].data = number(values[c], 3, true);
      this.marks[c].style.left = `${standing(values[c], this.spans.low[c], this.spans.high[c])}%`;
    }
  }
}

/** How far a column of a row is off, as a share of the column's span; -1 where nothing is known. */
function far(original: ArrayLike<number>, decoded: ArrayLike<number>, spans: Spans, c: number): number {
  if (!Number.isFinite(original[c])) return -1;
  return Math.abs(original[c] - decoded[c]) / (spans.high[c] - spans.low[c] || 1);
}

/** The columns of a row, those farthest off first. */
export function byError(original: ArrayLike<number>, decoded: ArrayLike<number>, spans: Spans): number[] {
  const distances = Array.from(decoded as ArrayLike<number>, (_, c) => far(original, decoded, spans, c));
  return distances.map((_, c) => c).sort((a, b) => distances[b] - distances[a] || a - b);
}

/** The column of a row that is farthest off; -1 if nothing is known of any. */
export function worstColumn(original: ArrayLike<number>, decoded: ArrayLike<number>, spans: Spans): number {
  const first = byError(original, decoded, spans)[0] ?? -1;
  return first >= 0 && far(original, decoded, spans, first) >= 0 ? first : -1;
}

/** A row beside its reconstruction, the columns that are farthest off first. */
export function comparison(
  data: Data,
  original: ArrayLike<number> | null,
  decoded: ArrayLike<number>,
  spans: Spans,
): HTMLElement {
  const order = original ? byError(original, decoded, spans) : Array.from(decoded, (_, c) => c);
  const names = shortNames(data);
  const lines = order.map((c) => {
    const known = original !== null && Number.isFinite(original[c]);
    const numbers = [
      original ? number(original[c], 3, true) : "–",
      number(decoded[c], 3, true),
      known ? number(original[c] - decoded[c], 3, true) : "–",
    ];
    return make("tr", {}, [
      make("th", { scope: "row", title: columnName(data, c) }, [names[c]]),
      ...numbers.map((text) => make("td", { className: "value" }, [text])),
    ]);
  });
  const head = ["Column", "Original", "Decoded", "Error"].map((text) => make("th", { scope: "col" }, [text]));
  return make("table", { className: "row" }, [make("thead", {}, [make("tr", {}, head)]), make("tbody", {}, lines)]);
}
