// The map: two canvases, points below and marks above, with zoom and gestures.

import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomBehavior, zoom, zoomIdentity } from "d3-zoom";
import { type Painting, rgb } from "./colour";
import { onceAFrame } from "./dom";
import { drawOverlay, type Marks, type Place } from "./overlay";
import type { Plane } from "./plane";
import { drawPoints, radiusOf } from "./points";
import { boxOf, View } from "./view";

export type Tool = "look" | "select" | "walk";

export interface Listener {
  /** The pointer is over a pixel; `time` is when that happened. */
  hover(px: number, py: number, time: number): void;
  leave(): void;
  click(px: number, py: number): void;
  region(corners: Place[]): void;
  walk(from: Place, to: Place): void;
}

const STILL = 4; // pixels a pointer may move and still click

export class LatentMap {
  readonly view = new View({ x0: 0, y0: 0, x1: 1, y1: 1 });
  readonly marks: Marks = { cross: null, picked: null, region: null, walk: null, names: [] };
  readonly frames: number[] = [];
  tool: Tool = "look";
  weights: Float32Array | null = null;
  hidden: ReadonlySet<number> = new Set();
  painting!: Painting;
  plane!: Plane;
  readonly redraw = onceAFrame(() => this.draw());
  readonly remark = onceAFrame(() => this.mark());
  private readonly zooming: ZoomBehavior<HTMLCanvasElement, unknown>;
  private pixels: ImageData | null = null;
  private panning = false;

  constructor(
    private readonly points: HTMLCanvasElement,
    readonly top: HTMLCanvasElement,
    private readonly legend: HTMLElement,
    private readonly listener: Listener,
  ) {
    this.zooming = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.4, 400])
      .clickDistance(STILL)
      .filter((event: MouseEvent) => event.type === "wheel" || (!event.button && !this.draws(event)))
      .on("start", () => {
        this.panning = true;
      })
      .on("end", () => {
        this.panning = false;
      })
      .on("zoom", ({ transform }: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
        Object.assign(this.view, transform);
        this.redraw();
      });
    select(top).call(this.zooming).on("dblclick.zoom", null);
    this.gestures();
    const observer = new ResizeObserver(() => this.fitted());
    for (const element of [top, legend]) observer.observe(element);
    top.addEventListener("focus", this.remark);
    top.addEventListener("blur", this.remark);
    this.fitted();
  }

  /** Show another plane, from its whole. */
  show(plane: Plane): void {
    this.plane = plane;
    this.view.box = boxOf(plane.xy);
    this.whole();
  }

  whole(): void {
    select(this.top).call(this.zooming.transform, zoomIdentity);
    this.redraw();
  }

  zoomBy(factor: number, around?: Place): void {
    const at = around && this.view.toPixel(...around);
    select(this.top).call(this.zooming.scaleBy, factor, at as [number, number] | undefined);
  }

  /** Bring a place into the picture, if it is outside. */
  reveal([x, y]: Place): void {
    const [px, py] = this.view.toPixel(x, y);
    const { width, height } = this.view;
    const margin = 30;
    if (px > margin && py > margin && px < width - margin && py < height - margin) return;
    const { k } = this.view;
    select(this.top).call(this.zooming.translateBy, (width / 2 - px) / k, (height / 2 - py) / k);
  }

  private fitted(): void {
    const { clientWidth, clientHeight } = this.top;
    const ratio = window.devicePixelRatio || 1;
    const beside = this.legend.getBoundingClientRect();
    const covers = beside.top < this.top.getBoundingClientRect().bottom && beside.height > 60;
    Object.assign(this.view, {
      width: clientWidth || 1,
      height: clientHeight || 1,
      inset: covers ? beside.width : 0,
    });
    for (const canvas of [this.points, this.top]) {
      canvas.width = Math.max(1, Math.round(clientWidth * ratio));
      canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    }
    this.pixels = null;
    if (this.plane) this.draw();
  }

  private draw(): void {
    const started = performance.now();
    const { points, view, plane } = this;
    const ratio = points.width / view.width;
    const context = points.getContext("2d", { alpha: false })!;
    this.pixels ??= context.createImageData(points.width, points.height);
    const [x, y] = view.toPixel(0, 0);
    const count = plane.xy.length / 2;
    const a = view.scale * ratio;
    drawPoints(this.pixels, {
      xy: plane.xy,
      painting: this.painting,
      weights: this.weights,
      hidden: this.hidden,
      opacity: count > 30_000 ? 0.6 : 0.8,
      radius: radiusOf(count, view.k) * ratio,
      ground: rgb(this.colour("--map")),
      a,
      b: x * ratio,
      c: -a,
      d: y * ratio,
    });
    context.putImageData(this.pixels, 0, 0);
    this.mark();
    this.frames.push(performance.now() - started);
  }

  private mark(): void {
    const context = this.top.getContext("2d")!;
    const ratio = this.top.width / this.view.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const inks = { ink: this.colour("--ink"), soft: this.colour("--soft"), ground: this.colour("--map") };
    drawOverlay(context, this.view, this.plane, this.marks, inks, document.activeElement === this.top);
  }

  private colour(name: string): string {
    return getComputedStyle(this.top).getPropertyValue(name).trim();
  }

  /** Whether dragging draws (a region or a walk) rather than moves the map. */
  private draws(event: MouseEvent): boolean {
    return this.tool !== "look" || event.shiftKey;
  }

  private gestures(): void {
    const { top, listener } = this;
    let path: Place[] | null = null; // in pixels
    let still = true;
    const place = (event: PointerEvent | MouseEvent): Place => {
      const box = top.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    top.addEventListener("pointerdown", (event) => {
      still = true;
      if (event.button || !this.draws(event)) return;
      path = [place(event)];
      top.setPointerCapture(event.pointerId);
    });
    top.addEventListener("pointermove", (event) => {
      const at = place(event);
      if (path === null) {
        if (!this.panning || event.buttons === 0) listener.hover(...at, event.timeStamp);
        return;
      }
      if (Math.hypot(at[0] - path[0][0], at[1] - path[0][1]) > STILL) still = false;
      path.push(at);
      if (!still) this.sketch(path);
    });
    const ended = (event: PointerEvent) => {
      if (path === null) return;
      const drawn = path.map((at): Place => this.view.toMap(...at));
      path = null;
      if (still || event.type === "pointercancel") return;
      if (this.tool === "walk") listener.walk(drawn[0], drawn[drawn.length - 1]);
      else listener.region(drawn);
    };
    top.addEventListener("pointerup", ended);
    top.addEventListener("pointercancel", ended);
    top.addEventListener("pointerleave", () => path === null && listener.leave());
    top.addEventListener("click", (event) => still && listener.click(...place(event)));
  }

  private sketch(path: Place[]): void {
    const [first, ...rest] = path.map((at): Place => this.view.toMap(...at));
    const last = rest[rest.length - 1];
    if (this.tool === "walk") this.marks.walk = { from: first, to: last, at: first };
    else this.marks.region = [first, ...rest];
    this.remark();
  }
}
