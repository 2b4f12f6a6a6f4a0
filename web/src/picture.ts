// Pictures of an event: an image in its pixels, a series as curves. (Rows of a table are words: see rowtable.ts.)

import { css, heat, type RGB, rgb, viridis } from "./colour";
import type { Data } from "./data";
import { number } from "./words";

const MISSING: RGB = [207, 227, 245]; // a missing cell of a grey picture: not a grey
const CURVES = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"];
const CURVES_DARK = ["#58B0EA", "#E69F00", "#14B488", "#E9701A", "#DC8DB8", "#B5E0F9"];
const MANY = CURVES.length; // more channels than that are rows of a picture

/** An event as bytes, four a pixel: grey, or in colour if it has three channels. */
export function imageBytes(
  values: ArrayLike<number>,
  shape: number[],
  [low, high]: [number, number],
): Uint8ClampedArray {
  const [height, width] = shape;
  const channels = shape[2] ?? 1;
  const bytes = new Uint8ClampedArray(4 * height * width);
  const span = high - low || 1;
  for (let p = 0; p < height * width; p++) {
    for (let c = 0; c < 3; c++) {
      const value = values[p * channels + (channels >= 3 ? c : 0)];
      bytes[4 * p + c] = Number.isNaN(value) ? MISSING[c] : (255 * (value - low)) / span;
    }
    bytes[4 * p + 3] = 255;
  }
  return bytes;
}

/** How far two events are apart, cell by cell; pixels of several channels by their mean. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>, channels: number): Float32Array {
  const cells = Math.floor(a.length / channels);
  return Float32Array.from({ length: cells }, (_, p) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += Math.abs(a[p * channels + c] - b[p * channels + c]);
    return sum / channels;
  });
}

function put(canvas: HTMLCanvasElement, bytes: Uint8ClampedArray, width: number, height: number): void {
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d")!.putImageData(new ImageData(new Uint8ClampedArray(bytes), width, height), 0, 0);
}

export function drawImage(canvas: HTMLCanvasElement, values: ArrayLike<number>, data: Data): void {
  put(canvas, imageBytes(values, data.shape, data.range), data.shape[1], data.shape[0]);
}

/** The error of an image as a picture: dark where both agree, bright where they are a whole range apart. */
export function drawError(canvas: HTMLCanvasElement, a: ArrayLike<number>, b: ArrayLike<number>, data: Data): void {
  const [height, width] = data.shape;
  const error = apart(a, b, data.shape[2] ?? 1);
  const bytes = new Uint8ClampedArray(4 * error.length);
  const span = data.range[1] - data.range[0] || 1;
  error.forEach((value, p) => {
    const [r, g, blue] = Number.isNaN(value) ? MISSING : viridis(value / span);
    bytes.set([r, g, blue, 255], 4 * p);
  });
  put(canvas, bytes, width, height);
}

export interface Curve {
  readonly values: ArrayLike<number>;
  /** Cells that count; what follows is padding. */
  readonly cells: number;
  readonly pale?: boolean;
}

/** Fit a canvas to the room it has on the screen and return its pen, scaled to CSS pixels. */
export function pen(canvas: HTMLCanvasElement): { context: CanvasRenderingContext2D; width: number; height: number } {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = canvas;
  const [width, height] = [clientWidth || 300, clientHeight || 150];
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** Draw series over their steps, on the scale that all series of the page share. */
export function drawSeries(canvas: HTMLCanvasElement, curves: Curve[], data: Data, dark: boolean, bare = false): void {
  const [steps, channels = 1] = data.shape;
  const { context, width, height } = pen(canvas);
  if (rastered(data)) {
    drawRaster(context, curves[curves.length - 1], data, width, height, dark);
    return;
  }
  const [low, high] = data.range;
  const ink = getComputedStyle(canvas).color;
  const [left, right, top, bottom] = bare ? [1, 1, 3, 3] : [34, 6, 8, 18];
  const x = (t: number) => left + ((width - left - right) * t) / Math.max(1, steps - 1);
  const y = (value: number) => top + (height - top - bottom) * (1 - (value - low) / (high - low || 1));
  if (!bare) scales(context, ink, { x, y, width, height, steps, low, high });
  for (const curve of curves) {
    for (let c = 0; c < channels; c++) {
      context.beginPath();
      let drawing = false;
      for (let t = 0; t * channels < curve.cells; t++) {
        const value = curve.values[t * channels + c];
        const known = Number.isFinite(value);
        if (known) context[drawing ? "lineTo" : "moveTo"](x(t), y(value));
        // A value alone, as the one step of a forecast is, has no line to stand on.
        if (known && !drawing && !Number.isFinite(curve.values[(t + 1) * channels + c] ?? Number.NaN)) {
          context.arc(x(t), y(value), bare ? 1 : 2, 0, 2 * Math.PI);
        }
        drawing = known;
      }
      context.strokeStyle = (dark ? CURVES_DARK : CURVES)[c];
      context.globalAlpha = curve.pale ? 0.35 : 1;
      context.lineWidth = (curve.pale ? 2 : 1) * (bare ? 1.3 : 1.7);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

interface Scales {
  x: (t: number) => number;
  y: (value: number) => number;
  width: number;
  height: number;
  steps: number;
  low: number;
  high: number;
}

function scales(
  context: CanvasRenderingContext2D,
  ink: string,
  { x, y, width, height, steps, low, high }: Scales,
): void {
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = context.strokeStyle = ink;
  context.globalAlpha = 0.25;
  context.lineWidth = 1;
  context.strokeRect(x(0) - 0.5, y(high) - 0.5, x(steps - 1) - x(0) + 1, y(low) - y(high) + 1);
  context.globalAlpha = 0.85;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(number(high, 2), x(0) - 4, y(high) + 4, 32);
  context.fillText(number(low, 2), x(0) - 4, y(low) - 4, 32);
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  context.fillText("step 0", x(0), height - 4);
  context.textAlign = "right";
  context.fillText(String(steps - 1), width - 6, height - 4);
  context.globalAlpha = 1;
}

/** Many channels: one row of colour each, over the steps. */
function drawRaster(
  context: CanvasRenderingContext2D,
  curve: Curve,
  data: Data,
  width: number,
  height: number,
  dark: boolean,
): void {
  const [steps, channels] = data.shape;
  const [low, high] = data.range;
  for (let i = 0; i < curve.cells; i++) {
    const share = (curve.values[i] - low) / (high - low || 1);
    context.fillStyle = css(Number.isNaN(share) ? MISSING : heat(Math.min(1, Math.max(0, share)), dark));
    // Edges on whole pixels leave no seams.
    const [t, c] = [Math.floor(i / channels), i % channels];
    const [x0, x1] = [t, t + 1].map((edge) => Math.round((edge * width) / steps));
    const [y0, y1] = [c, c + 1].map((edge) => Math.round((edge * height) / channels));
    context.fillRect(x0, y0, x1 - x0, y1 - y0);
  }
}

/** Whether a series has too many channels for curves. */
export function rastered({ kind, shape }: Data): boolean {
  return kind === "series" && (shape[1] ?? 1) > MANY;
}

/** The colours of a series' channels, for a legend of them; none if there is one channel or too many. */
export function channelColours(data: Data, dark: boolean): RGB[] {
  const channels = data.kind === "series" ? (data.shape[1] ?? 1) : 1;
  return channels > 1 && channels <= MANY ? (dark ? CURVES_DARK : CURVES).slice(0, channels).map(rgb) : [];
}
