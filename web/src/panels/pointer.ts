// What the decoder makes of the place under the pointer: large, and at once.

import { css } from "../colour";
import type { Data, Spans } from "../data";
import { dark, find, make } from "../dom";
import { canvasFor, drawEvent } from "../event";
import { channelColours } from "../picture";
import { RowTable } from "../rowtable";
import { codeWords } from "../words";

export class PointerPanel {
  private readonly canvas: HTMLCanvasElement | null = null;
  private readonly table: RowTable | null = null;
  private readonly title = find("pointer-title");
  private readonly code = find("pointer-code");
  private readonly near = find("pointer-near");
  private last: Float64Array | null = null;

  constructor(
    private readonly data: Data,
    spans: Spans,
  ) {
    const place = find("pointer-picture");
    if (data.kind === "table") {
      place.classList.add("scrolls");
      place.tabIndex = 0;
      this.table = new RowTable(place, data, spans);
    } else {
      this.canvas = canvasFor(data, "large", "The decoded picture at this place");
      place.append(this.canvas);
      new ResizeObserver(() => this.redraw()).observe(place);
    }
    this.channels();
  }

  show(title: string, code: ArrayLike<number>, values: Float64Array, near: string): void {
    this.title.textContent = title;
    this.code.textContent = codeWords(code);
    this.near.textContent = near;
    this.last = values;
    this.redraw();
  }

  redraw(): void {
    if (!this.last) return;
    if (this.canvas) drawEvent(this.canvas, this.last, this.data);
    this.table?.show(this.last);
  }

  /** Names of a series' channels, in their colours. */
  channels(): void {
    const list = find("channels");
    const colours = channelColours(this.data, dark());
    list.replaceChildren(
      ...colours.map((colour, c) => {
        const swatch = make("i");
        swatch.style.background = css(colour);
        return make("li", {}, [swatch, this.data.names?.[c] ?? `channel ${c}`]);
      }),
    );
    list.hidden = !colours.length;
  }
}
