// The nearest points of a place, by a k-d tree.

import KDBush from "kdbush";
import { boxOf } from "./view";

export class Nearest {
  private readonly tree: KDBush;
  private readonly spacing: number;
  /** Where the outermost points lie. */
  private readonly ends: readonly [number, number, number, number];

  /** Points as x, y, x, y, …, all of them finite. */
  constructor(private readonly xy: Float32Array) {
    const count = xy.length / 2;
    this.tree = new KDBush(count, 64, Float32Array);
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      const [x, y] = [xy[2 * i], xy[2 * i + 1]];
      this.tree.add(x, y);
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x);
      y0 = Math.min(y0, y);
      y1 = Math.max(y1, y);
    }
    this.tree.finish();
    this.ends = [x0, x1, y0, y1];
    const box = boxOf(xy); // a few far points must not make the first circle hold all others
    this.spacing = (Math.hypot(box.x1 - box.x0, box.y1 - box.y0) || 1) / Math.sqrt(count || 1);
  }

  /** The nearest point no farther than `radius`, or -1. */
  one(x: number, y: number, radius: number, counts: (i: number) => boolean = () => true): number {
    let best = -1;
    let least = Infinity;
    for (const i of this.tree.within(x, y, radius)) {
      const distance = this.squared(i, x, y);
      if ((distance < least || (distance === least && i < best)) && counts(i)) [best, least] = [i, distance];
    }
    return best;
  }

  /** The `count` nearest points that count, nearest first, with their squared distances. */
  several(
    x: number,
    y: number,
    count: number,
    counts: (i: number) => boolean = () => true,
  ): { index: number; squared: number }[] {
    const enough = Math.min(count, this.xy.length / 2);
    const [x0, x1, y0, y1] = this.ends;
    const far = Math.hypot(Math.max(Math.abs(x - x0), Math.abs(x - x1)), Math.max(Math.abs(y - y0), Math.abs(y - y1)));
    let radius = this.spacing;
    let found = this.tree.within(x, y, radius).filter(counts);
    while (found.length < enough && radius <= far) {
      radius *= 2;
      found = this.tree.within(x, y, radius).filter(counts);
    }
    return found
      .map((index) => ({ index, squared: this.squared(index, x, y) }))
      .sort((a, b) => a.squared - b.squared || a.index - b.index)
      .slice(0, enough);
  }

  private squared(i: number, x: number, y: number): number {
    return (this.xy[2 * i] - x) ** 2 + (this.xy[2 * i + 1] - y) ** 2;
  }
}
