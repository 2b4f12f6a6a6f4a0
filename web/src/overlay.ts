// What lies over the points: scales, names of the classes, cross-hair, picked row, region and walk.

import { type Label, pushedApart } from "./labels";
import type { Plane } from "./plane";
import { digitsOf, ticks, type View } from "./view";
import { number } from "./words";

export type Place = readonly [number, number];

export interface Marks {
  /** Where the cross-hair stands, on the map. */
  cross: Place | null;
  picked: Place | null;
  /** A region's corners, on the map. */
  region: Place[] | null;
  walk: { from: Place; to: Place; at: Place } | null;
  names: { text: string; place: Place }[];
}

interface Inks {
  ink: string;
  soft: string;
  ground: string;
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif';

function halo(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colour: string,
  ground: string,
): void {
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = ground;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

export function drawOverlay(
  context: CanvasRenderingContext2D,
  view: View,
  plane: Plane,
  marks: Marks,
  inks: Inks,
  focused: boolean,
): void {
  context.clearRect(0, 0, view.width, view.height);
  if (plane.across) scales(context, view, plane, inks);
  if (marks.region) region(context, view, marks.region, inks);
  if (marks.walk) walk(context, view, marks.walk, inks);
  names(context, view, marks, inks);
  if (marks.picked) ring(context, view, marks.picked, 8, inks);
  if (marks.cross) cross(context, view, marks.cross, inks, focused);
}

function scales(context: CanvasRenderingContext2D, view: View, plane: Plane, inks: Inks): void {
  const { width, height } = view;
  const [x0, y0] = view.toMap(0, height);
  const [x1, y1] = view.toMap(width, 0);
  context.font = `11px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  const across = ticks(x0, x1, width / 80);
  for (const value of across) {
    const x = Math.round(view.toPixel(value, 0)[0]) + 0.5;
    if (x < 44 || x > width - 16) continue;
    tick(context, [x, height], [x, height - 4], inks);
    halo(context, number(value, digitsOf(across)), x, height - 9, inks.soft, inks.ground);
  }
  context.textAlign = "left";
  context.textBaseline = "middle";
  const up = ticks(y0 / plane.stretch, y1 / plane.stretch, height / 75);
  for (const value of up) {
    const y = Math.round(view.toPixel(0, value * plane.stretch)[1]) + 0.5;
    if (y < 34 || y > height - 26) continue;
    tick(context, [0, y], [4, y], inks);
    halo(context, number(value, digitsOf(up)), 8, y, inks.soft, inks.ground);
  }
}

function tick(context: CanvasRenderingContext2D, from: Place, to: Place, inks: Inks): void {
  context.strokeStyle = inks.soft;
  context.lineWidth = 1;
  line(context, from, to);
}

function line(context: CanvasRenderingContext2D, [x0, y0]: Place, [x1, y1]: Place): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function names(context: CanvasRenderingContext2D, view: View, marks: Marks, inks: Inks): void {
  context.font = `600 15px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const labels = marks.names.map(({ text, place }): Label & { text: string } => {
    const [x, y] = view.toPixel(...place);
    return { x, y, text, width: context.measureText(text).width + 8, height: 19 };
  });
  const seen = labels.filter(({ x, y }) => x > 0 && y > 0 && x < view.width && y < view.height);
  for (const { x, y, text } of pushedApart(seen)) halo(context, text, x, y, inks.ink, inks.ground);
}

function region(context: CanvasRenderingContext2D, view: View, corners: Place[], inks: Inks): void {
  context.beginPath();
  corners.forEach((corner, k) => {
    const [x, y] = view.toPixel(...corner);
    context[k ? "lineTo" : "moveTo"](x, y);
  });
  context.closePath();
  context.globalAlpha = 0.06;
  context.fillStyle = inks.ink;
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = inks.ink;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.stroke();
  context.setLineDash([]);
}

function walk(
  context: CanvasRenderingContext2D,
  view: View,
  { from, to, at }: NonNullable<Marks["walk"]>,
  inks: Inks,
): void {
  const [start, end] = [view.toPixel(...from), view.toPixel(...to)];
  for (const [colour, wide] of [
    [inks.ground, 5],
    [inks.ink, 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = wide;
    line(context, start, end);
  }
  ring(context, view, from, 4, inks);
  ring(context, view, to, 4, inks);
  const [x, y] = view.toPixel(...at);
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fillStyle = inks.ink;
  context.fill();
  context.strokeStyle = inks.ground;
  context.lineWidth = 2;
  context.stroke();
}

function ring(context: CanvasRenderingContext2D, view: View, place: Place, radius: number, inks: Inks): void {
  const [x, y] = view.toPixel(...place);
  for (const [colour, wide] of [
    [inks.ground, 5],
    [inks.ink, 2],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = wide;
    context.stroke();
  }
}

function cross(context: CanvasRenderingContext2D, view: View, place: Place, inks: Inks, focused: boolean): void {
  const [x, y] = view.toPixel(...place);
  const [near, far] = [5, focused ? 20 : 13];
  for (const [colour, wide] of [
    [inks.ground, 5],
    [inks.ink, 2],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = wide;
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      line(context, [x + near * dx, y + near * dy], [x + far * dx, y + far * dy]);
    }
  }
}
