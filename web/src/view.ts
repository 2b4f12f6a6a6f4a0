// The view: from places of the map to pixels of the canvas and back.

export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The box that holds the points; of many points all but the farthest thousandth on each side, which may be anywhere. */
export function boxOf(xy: Float32Array): Box {
  const count = xy.length / 2;
  const side = (axis: number): [number, number] => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = xy[2 * i + axis];
    values.sort();
    const cut = count >= 2000 ? Math.floor(count / 1000) : 0;
    return [values[cut], values[count - 1 - cut]];
  };
  const [[x0, x1], [y0, y1]] = [side(0), side(1)];
  return { x0, y0, x1, y1 };
}

export class View {
  width = 1;
  height = 1;
  /** Zoom and shift, as d3-zoom gives them. */
  k = 1;
  x = 0;
  y = 0;
  /** Pixels on the right that something else covers: the map is fitted beside it. */
  inset = 0;

  constructor(public box: Box) {}

  /** Pixels of one map unit before any zoom: the box and a margin fill the canvas. */
  get unit(): number {
    const { x0, x1, y0, y1 } = this.box;
    const [wide, high] = [this.free * 0.9, this.height * 0.88];
    const fits = [wide / (x1 - x0), high / (y1 - y0)].filter(Number.isFinite);
    return fits.length ? Math.min(...fits) : Math.min(wide, high) / 4; // all points in one place
  }

  /** The width that nothing covers. */
  private get free(): number {
    return Math.max(this.width / 2, this.width - this.inset);
  }

  get scale(): number {
    return this.k * this.unit;
  }

  toPixel(x: number, y: number): [number, number] {
    const [cx, cy] = this.middle();
    return [
      this.x + this.k * (this.free / 2 + (x - cx) * this.unit),
      this.y + this.k * (this.height / 2 - (y - cy) * this.unit),
    ];
  }

  toMap(px: number, py: number): [number, number] {
    const [cx, cy] = this.middle();
    return [
      cx + ((px - this.x) / this.k - this.free / 2) / this.unit,
      cy - ((py - this.y) / this.k - this.height / 2) / this.unit,
    ];
  }

  private middle(): [number, number] {
    return [(this.box.x0 + this.box.x1) / 2, (this.box.y0 + this.box.y1) / 2];
  }
}

/** Round numbers between two ends, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** How many digits tell neighbouring ticks apart. */
export function digitsOf(values: readonly number[]): number {
  const largest = Math.max(...values.map(Math.abs));
  const apart = Math.ceil(Math.log10(largest / (values[1] - values[0]))) + 1;
  return Math.min(12, Math.max(3, apart || 0));
}

/** Whether a place lies in a polygon, by the even-odd rule. */
export function inside(x: number, y: number, polygon: readonly (readonly [number, number])[]): boolean {
  let found = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [polygon[i], polygon[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) found = !found;
  }
  return found;
}
