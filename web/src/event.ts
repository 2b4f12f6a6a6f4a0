// One event on the page, whatever kind it is: a small picture of it, drawn again at will.

import type { Data } from "./data";
import { dark, make } from "./dom";
import { drawImage, drawSeries } from "./picture";

/** A canvas for an image or a series, with its name for those who do not see it. */
export function canvasFor(data: Data, className: string, label: string): HTMLCanvasElement {
  const canvas = make("canvas", { className: `${className} ${data.kind}`, role: "img", ariaLabel: label });
  if (data.kind === "images") {
    const [height, width] = data.shape;
    canvas.style.aspectRatio = `${width} / ${height}`;
    canvas.classList.toggle("pixels", Math.max(width, height) < 128);
  }
  return canvas;
}

export function drawEvent(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  data: Data,
  cells = values.length,
): void {
  if (data.kind === "images") drawImage(canvas, values, data);
  else drawSeries(canvas, [{ values, cells }], data, dark(), canvas.classList.contains("small"));
}

/** A row beside its reconstruction in one small picture of a series. */
export function drawBoth(
  canvas: HTMLCanvasElement,
  original: ArrayLike<number> | null,
  decoded: ArrayLike<number>,
  data: Data,
  cells: number,
): void {
  const small = canvas.classList.contains("small");
  const first = original ? [{ values: original, cells, pale: true }] : [];
  drawSeries(canvas, [...first, { values: decoded, cells }], data, dark(), small);
}
