// The picked row: as it came, as it was reconstructed, how far the two are apart, and what is known of it.

import { toldBy } from "../csv";
import type { Data, Spans } from "../data";
import { dark, find, make, open } from "../dom";
import { canvasFor, drawBoth, drawEvent } from "../event";
import { apart, drawError, drawSeries, rastered } from "../picture";
import { comparison } from "../rowtable";
import { codeWords, counted, number, shortened } from "../words";

const OF_ALL = ["label", "error", "score"]; // what is known of the rows of any data

export class PickedPanel {
  private shown = -1;

  constructor(
    private readonly data: Data,
    private readonly spans: Spans,
  ) {}

  /** Show a row, or none for -1; `asked` for from elsewhere than the map, it is scrolled to. */
  show(i: number, asked = false): void {
    this.shown = i;
    if (i < 0) {
      find("picked-panel").hidden = true;
      return;
    }
    open(find("picked-panel")); // a canvas has its size only where it is shown
    const { data } = this;
    find("picked-title").textContent = `Row ${data.rows[i]}`;
    const original = data.original(i);
    const place = find("picked-pictures");
    place.replaceChildren();
    place.className = data.kind;
    if (data.kind === "table") place.tabIndex = 0; // it scrolls, by keyboard too
    this.pictures(place, i, original, data.reconstruct(i));
    const missing = original ? "" : `This page holds the originals of ${counted(data.held, "row")} of ${data.n}.`;
    find("picked-note").textContent = missing;
    find("picked-note").hidden = original !== null;
    find("picked-facts").replaceChildren(
      ...this.facts(i).flatMap(([name, value]) => [make("dt", {}, [name]), make("dd", {}, [value])]),
    );
    open(find("picked-panel"), asked);
  }

  redraw(): void {
    if (this.shown >= 0) this.show(this.shown);
  }

  private pictures(place: HTMLElement, i: number, original: Float64Array | null, decoded: Float64Array): void {
    const { data } = this;
    const row = `row ${data.rows[i]}`;
    if (data.kind === "table") {
      place.append(comparison(data, original, decoded, this.spans));
      return;
    }
    const figure = (name: string, label: string): HTMLCanvasElement => {
      const canvas = canvasFor(data, "pane", label);
      place.append(make("figure", {}, [canvas, make("figcaption", {}, [name])]));
      return canvas;
    };
    if (data.kind === "series") {
      this.series(figure, i, original, decoded);
      return;
    }
    if (original) drawEvent(figure("original", `The original of ${row}`), original, data);
    drawEvent(figure("reconstruction", `The reconstruction of ${row}`), decoded, data);
    if (original) drawError(figure("error", `Where ${row} and its reconstruction differ`), original, decoded, data);
  }

  private series(
    figure: (name: string, label: string) => HTMLCanvasElement,
    i: number,
    original: Float64Array | null,
    decoded: Float64Array,
  ): void {
    const { data } = this;
    const [cells, row] = [data.cells(i), `row ${data.rows[i]}`];
    if (rastered(data) && original) {
      drawEvent(figure("original", `The original of ${row}`), original, data, cells);
      drawEvent(figure("reconstruction", `The reconstruction of ${row}`), decoded, data, cells);
    } else {
      const name = original ? "original (pale) and reconstruction" : "reconstruction";
      drawBoth(figure(name, `${name} of ${row}`), original, decoded, data, cells);
    }
    if (!original) return;
    const error = apart(original, decoded, data.shape[1] ?? 1);
    const steps = Math.floor(cells / (data.shape[1] ?? 1));
    const high = Math.max(0, ...error.slice(0, steps).filter(Number.isFinite)) || 1;
    const scale = { ...data, shape: [data.shape[0], 1], range: [0, high] as [number, number] };
    const canvas = figure("error at each step", `How far ${row} and its reconstruction are apart at each step`);
    drawSeries(canvas, [{ values: error, cells: steps }], scale, dark());
  }

  private facts(i: number): [string, string][] {
    const { data } = this;
    // A table's own columns stand beside their reconstruction already.
    const known = data.kind === "table" ? data.columns.filter(({ name }) => OF_ALL.includes(name)) : data.columns;
    const told = known.map((column): [string, string] => {
      const value = toldBy(column, i);
      return [shortened(column.name, 24), typeof value === "number" ? number(value) : value || "missing"];
    });
    return [...told, ["code", codeWords(data.codeOf(i))]];
  }
}
