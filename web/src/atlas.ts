// The points as they stand on the map: in a plane, in colours, and strong or pale.

import { medians, type Painting, paint } from "./colour";
import type { Data } from "./data";
import { dark, find } from "./dom";
import type { LatentMap } from "./map";
import { Nearest } from "./nearest";
import type { Place } from "./overlay";
import { Legend } from "./panels/legend";
import { fading, type Plane } from "./plane";
import { inside } from "./view";

const NAMED = 20; // classes that are named on the map
const DIMMED = 0.12; // what is left of points that are not chosen

export class Atlas {
  plane!: Plane;
  /** Whether points off the slice are drawn pale. */
  fades = true;
  private near!: Nearest;
  private painting: Painting;
  private column = 0;
  private readonly legend: Legend;

  constructor(
    private readonly data: Data,
    private readonly map: LatentMap,
  ) {
    this.legend = new Legend(() => {
      this.name();
      map.redraw();
    });
    map.hidden = this.legend.hidden;
    this.painting = map.painting = paint(data.columns[0], dark());
    this.legend.show(this.painting, data.columns[0].name);
  }

  show(plane: Plane): void {
    this.plane = plane;
    this.near = new Nearest(plane.xy);
    this.map.show(plane);
    find("note").textContent = plane.note;
    find("note").hidden = !plane.note;
    find("axis-across").textContent = plane.across && `${plane.across} →`;
    find("axis-up").textContent = plane.up && `↑ ${plane.up}`;
    this.name();
  }

  /** Colour the points by a column: the same one again if none is told. */
  paint(column = this.column): void {
    this.column = column;
    this.painting = this.map.painting = paint(this.data.columns[column], dark());
    this.legend.show(this.painting, this.data.columns[column].name);
    this.name();
    this.map.redraw();
  }

  /** Draw strongly what is near the slice through a code, and chosen, and the rest pale. */
  weigh(code: Float32Array, chosen: readonly number[]): void {
    const off = this.fades ? this.plane.offSlice(code) : null;
    const near = off && fading(off);
    const kept = new Set(chosen);
    const strength = (_: number, i: number) => (kept.has(i) ? 1 : DIMMED * (near?.[i] ?? 1));
    const weights = kept.size ? Float32Array.from(this.data.rows, strength) : near;
    const same = weights === this.map.weights;
    this.map.weights = weights;
    if (same) this.map.remark();
    else this.map.redraw();
  }

  placeOf(i: number): Place {
    return [this.plane.xy[2 * i], this.plane.xy[2 * i + 1]];
  }

  /** The visible point nearest to a place, or -1. */
  nearest([x, y]: Place): number {
    return this.near.several(x, y, 1, (i) => this.visible(i))[0]?.index ?? -1;
  }

  /** The nearest visible point no farther than some pixels, or -1. */
  under([x, y]: Place, pixels: number): number {
    return this.near.one(x, y, pixels / this.map.view.scale, (i) => this.visible(i));
  }

  /** The visible points in a region. */
  within(corners: Place[]): number[] {
    const points = Array.from(this.data.rows.keys());
    return points.filter((i) => this.visible(i) && inside(...this.placeOf(i), corners));
  }

  private visible(i: number): boolean {
    return !this.legend.hidden.has(this.painting.of[i]);
  }

  /** Name the classes on the map, if they are few. */
  private name(): void {
    const { swatches, scale } = this.painting;
    const few = !scale && swatches.length > 1 && swatches.length <= NAMED;
    const places = few ? medians(this.painting, this.plane.xy) : [];
    this.map.marks.names = places.flatMap((place, k) =>
      place && !this.legend.hidden.has(k) ? [{ text: swatches[k].name, place }] : [],
    );
  }
}
