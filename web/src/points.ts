// Points, stamped into a buffer of pixels: fast without a graphics card, however many there are.

import type { Painting, RGB, Shape } from "./colour";

/** Bytes of a picture, four a pixel; `ImageData` is one. */
export interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** The pixels of one point around its middle, and how much of each the shape covers. */
export interface Stamp {
  readonly dx: Int32Array;
  readonly dy: Int32Array;
  readonly cover: Float32Array;
  readonly reach: number;
}

const INSIDE: Record<Shape, (x: number, y: number) => boolean> = {
  circle: (x, y) => x * x + y * y <= 1,
  up: (x, y) => y <= 0.8 && Math.abs(x) * 1.7 <= y + 1.15,
  down: (x, y) => -y <= 0.8 && Math.abs(x) * 1.7 <= -y + 1.15,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.88,
  diamond: (x, y) => Math.abs(x) + Math.abs(y) <= 1.2,
  plus: (x, y) => Math.min(Math.abs(x), Math.abs(y)) <= 0.36 && Math.max(Math.abs(x), Math.abs(y)) <= 1.1,
};
const FINE = 4; // samples of a pixel on each side, for smooth edges

export function stampOf(shape: Shape, radius: number): Stamp {
  const reach = Math.ceil(radius * 1.25);
  const [dx, dy, cover]: number[][] = [[], [], []];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      let count = 0;
      for (let s = 0; s < FINE * FINE; s++) {
        const [a, b] = [(s % FINE) + 0.5, Math.floor(s / FINE) + 0.5].map((v) => v / FINE - 0.5);
        if (INSIDE[shape]((x + a) / radius, (y + b) / radius)) count++;
      }
      if (!count) continue;
      dx.push(x);
      dy.push(y);
      cover.push(count / (FINE * FINE));
    }
  }
  return { dx: Int32Array.from(dx), dy: Int32Array.from(dy), cover: Float32Array.from(cover), reach };
}

/** The radius of a point in pixels of the screen: many points are small ones, and grow a little when coming near. */
export function radiusOf(count: number, zoom: number): number {
  const base = Math.min(4.5, Math.max(1.3, 14 / count ** 0.21));
  return base * Math.min(2.2, Math.max(1, zoom) ** 0.3);
}

export interface Scene {
  readonly xy: Float32Array;
  readonly painting: Painting;
  /** How strongly each point is drawn, 0 to 1; null for all alike. */
  readonly weights: Float32Array | null;
  readonly hidden: ReadonlySet<number>;
  readonly opacity: number;
  readonly radius: number;
  readonly ground: RGB;
  /** From the map to pixels of the buffer: a·x + b across, c·y + d down. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

/** Draw all points: weak ones below, strong ones on top. */
export function drawPoints(pixels: Pixels, scene: Scene): void {
  const { data } = pixels;
  const [r, g, b] = scene.ground;
  new Uint32Array(data.buffer, data.byteOffset, data.length / 4).fill((255 << 24) | (b << 16) | (g << 8) | r);
  const { swatches } = scene.painting;
  const stamps = new Map(swatches.map((swatch) => [swatch.shape, stampOf(swatch.shape, scene.radius)]));
  const inks = swatches.map((swatch) => ({ stamp: stamps.get(swatch.shape)!, colour: swatch.colour }));
  const shown = swatches.map((_, k) => !scene.hidden.has(k));
  for (const strong of scene.weights ? [false, true] : [true]) pass(pixels, scene, inks, shown, strong);
}

function pass(
  { data, width, height }: Pixels,
  scene: Scene,
  inks: { stamp: Stamp; colour: RGB }[],
  shown: boolean[],
  strong: boolean,
): void {
  const { xy, weights, opacity, a, b, c, d } = scene;
  const { of } = scene.painting;
  for (let i = 0; i < of.length; i++) {
    if (!shown[of[i]] || (weights !== null && weights[i] >= 0.5 !== strong)) continue;
    const { stamp, colour } = inks[of[i]];
    const px = Math.round(a * xy[2 * i] + b);
    const py = Math.round(c * xy[2 * i + 1] + d);
    const { reach, dx, dy, cover } = stamp;
    if (!(px >= reach && py >= reach && px < width - reach && py < height - reach)) continue;
    const alpha = weights === null ? opacity : opacity * weights[i];
    const [red, green, blue] = colour;
    const start = py * width + px;
    for (let s = 0; s < cover.length; s++) {
      const at = 4 * (start + dy[s] * width + dx[s]);
      const share = alpha * cover[s];
      data[at] += (red - data[at]) * share;
      data[at + 1] += (green - data[at + 1]) * share;
      data[at + 2] += (blue - data[at + 2]) * share;
    }
  }
}
