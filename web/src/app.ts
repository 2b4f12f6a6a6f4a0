// The page: one code in hand, the map it stands on, and the panels that show what it decodes to.

import { Atlas } from "./atlas";
import type { Data } from "./data";
import { find, onceAFrame } from "./dom";
import { type Keys, listen } from "./keys";
import { LatentMap, type Listener, type Tool } from "./map";
import { Narrator } from "./narrator";
import type { Place } from "./overlay";
import { PickedPanel } from "./panels/picked";
import { PointerPanel } from "./panels/pointer";
import { SelectionPanel } from "./panels/selection";
import { Sliders } from "./panels/sliders";
import { Toolbar } from "./panels/toolbar";
import { WalkPanel } from "./panels/walk";
import { WorstPanel } from "./panels/worst";
import type { Plane } from "./plane";
import { codeWords, counted, number } from "./words";

const NEAR = 14; // pixels within which a click means a point

const TOLD: Record<Tool, string> = {
  look: "Move over the map to decode; click a point to pick its row; drag to move the map.",
  select: "Draw around rows to select them.",
  walk: "Draw a line to walk along it.",
};

export class App implements Listener, Keys {
  /** Milliseconds from a move of the pointer until its picture was drawn, and those of each drawing of the map. */
  readonly stats: { pointer: number[]; frames: number[] };
  private readonly map: LatentMap;
  private readonly atlas: Atlas;
  /** The code at the cross-hair, and where that stands. */
  private code: Float32Array;
  private cross: Place = [0, 0];
  private picked = -1;
  private chosen: number[] = [];
  private begun: Place | null = null;
  private pointed: { px: number; py: number; time: number } | null = null;
  private readonly look = onceAFrame(() => this.looked());
  private readonly narrator: Narrator;
  private readonly pointer: PointerPanel;
  private readonly pickedPanel: PickedPanel;
  private readonly sliders: Sliders;
  private readonly worst: WorstPanel;
  private readonly selection: SelectionPanel;
  private readonly walking: WalkPanel;

  constructor(readonly data: Data) {
    const spans = data.spans();
    const go = (i: number) => this.goTo(i);
    this.code = Float32Array.from(data.pca.mean);
    this.narrator = new Narrator(data);
    this.map = new LatentMap(find("points"), find("overlay"), find("legend"), this);
    this.stats = { pointer: [], frames: this.map.frames };
    this.pointer = new PointerPanel(data, spans);
    this.pickedPanel = new PickedPanel(data, spans);
    this.sliders = new Sliders(data, (j, value) => this.slid(j, value));
    this.selection = new SelectionPanel(data, this.narrator.labelOf, go, () => this.choose([]));
    this.walking = new WalkPanel(
      data,
      (code, at) => this.walked(code, at),
      () => this.endWalk(),
    );
    this.worst = new WorstPanel(data, spans, this.narrator.labelOf, go);
    this.atlas = new Atlas(data, this.map);
    const toolbar = new Toolbar(data, {
      tool: (tool) => this.setTool(tool),
      colour: (column) => this.atlas.paint(column),
      plane: (plane) => this.setPlane(plane),
      fade: (on) => {
        this.atlas.fades = on;
        this.weigh();
      },
      zoom: (factor) => this.map.zoomBy(factor),
      whole: () => this.whole(),
      inView: () => this.inView(),
    });
    listen(this.map.top, this);
    this.setPlane(toolbar.plane());
    this.map.marks.cross = null; // until it is used it is in the way
    this.narrator.say(TOLD.look);
    find("close-picked").addEventListener("click", () => this.pick(-1));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
  }

  /** The code a pixel of the map stands for. */
  codeAt(px: number, py: number): Float32Array {
    return this.atlas.plane.codeAt(...this.map.view.toMap(px, py), this.code);
  }

  /** The pixel at which a point stands. */
  pixelOf(i: number): Place {
    return this.map.view.toPixel(...this.atlas.placeOf(i));
  }

  // --- the pointer

  hover(px: number, py: number, time: number): void {
    if (this.walking.playing) return;
    this.pointed = { px, py, time };
    this.look();
  }

  leave(): void {
    this.pointed = null;
    if (!this.walking.playing) this.rest();
  }

  click(px: number, py: number): void {
    this.walking.stop();
    const [x, y] = this.map.view.toMap(px, py);
    const i = this.atlas.under([x, y], NEAR);
    if (i >= 0) {
      this.pick(i);
      return;
    }
    this.stand([x, y], this.atlas.plane.codeAt(x, y, this.code));
    this.narrator.say(`Cross-hair at ${codeWords(this.code)}.`);
  }

  private looked(): void {
    if (!this.pointed) return;
    const { px, py, time } = this.pointed;
    this.decoded("Under the pointer", this.codeAt(px, py), this.map.view.toMap(px, py));
    this.stats.pointer.push(performance.now() - time);
  }

  private decoded(title: string, code: Float32Array, place: Place): void {
    const near = `nearest: ${this.narrator.row(this.atlas.nearest(place))}`;
    this.pointer.show(title, code, this.data.decode(code), near);
  }

  /** Show the cross-hair's own picture. */
  private rest(): void {
    this.decoded("At the cross-hair", this.code, this.cross);
  }

  // --- the cross-hair and the picked row

  move(dx: number, dy: number): void {
    this.walking.stop();
    const [px, py] = this.map.view.toPixel(...this.cross);
    const [x, y] = this.map.view.toMap(px + dx, py + dy);
    this.stand([x, y], this.atlas.plane.codeAt(x, y, this.code));
    this.map.reveal([x, y]);
    const near = this.narrator.row(this.atlas.nearest([x, y]));
    this.narrator.say(`${codeWords(this.code, 4)}; nearest: ${near}.`);
  }

  nearest(): void {
    this.pick(this.atlas.nearest(this.cross));
  }

  private stand(place: Place, code: Float32Array): void {
    this.code = code;
    this.cross = place;
    this.map.marks.cross = place;
    this.sliders.set(code);
    this.weigh();
    this.rest();
  }

  private slid(dimension: number, value: number): void {
    this.walking.stop();
    const code = Float32Array.from(this.code);
    code[dimension] = value;
    const place = this.atlas.plane.placeOf(code);
    this.stand(place ?? this.cross, code);
    if (!place) this.map.marks.cross = null; // in a layout, a code of one's own has no place
  }

  private pick(i: number, asked = false): void {
    this.picked = i;
    this.map.marks.picked = i < 0 ? null : this.atlas.placeOf(i);
    this.pickedPanel.show(i, asked);
    this.map.remark();
    if (i < 0) return;
    this.stand(this.atlas.placeOf(i), this.data.codeOf(i));
    this.narrator.say(`Picked ${this.narrator.row(i)}, error ${number(this.data.error[i])}.`);
  }

  private goTo(i: number): void {
    this.walking.stop();
    this.pick(i, true);
    this.map.reveal(this.cross);
  }

  // --- regions and walks

  region(corners: Place[]): void {
    const chosen = this.atlas.within(corners);
    this.choose(chosen, corners);
    this.narrator.say(chosen.length ? `${counted(chosen.length, "row")} selected.` : "No row is selected.");
  }

  inView(): void {
    const { width, height } = this.map.view;
    const corners: Place[] = [
      [0, 0],
      [width, 0],
      [width, height],
      [0, height],
    ];
    this.region(corners.map((corner) => this.map.view.toMap(...corner)));
  }

  private choose(chosen: number[], corners: Place[] | null = null): void {
    this.chosen = chosen;
    this.map.marks.region = chosen.length ? corners : null;
    this.selection.show(chosen);
    this.weigh();
  }

  /** Begin a walk at the cross-hair, or end it there. */
  beginOrEnd(): void {
    if (this.begun) {
      this.walk(this.begun, this.cross);
      return;
    }
    this.begun = this.cross;
    this.narrator.say("The walk begins here: move the cross-hair and press W again.");
  }

  walk(from: Place, to: Place): void {
    this.begun = null;
    this.map.marks.walk = { from, to, at: from };
    this.walking.show({ from, to, plane: this.atlas.plane, base: Float32Array.from(this.code) });
    this.narrator.say("The walk plays once; the strip and the slider go along it.");
  }

  private walked(code: Float32Array, at: Place): void {
    if (this.map.marks.walk) this.map.marks.walk.at = at;
    this.map.remark();
    this.decoded("On the walk", code, at);
  }

  private endWalk(): void {
    this.begun = this.map.marks.walk = null;
    this.walking.show(null);
    this.rest();
    this.map.remark();
  }

  // --- what is shown how

  clear(): void {
    this.endWalk();
    this.choose([]);
    this.pick(-1);
    this.narrator.say("Cleared.");
  }

  whole(): void {
    this.map.whole();
  }

  zoom(factor: number): void {
    this.map.zoomBy(factor, this.cross);
  }

  private setTool(tool: Tool): void {
    this.map.tool = tool;
    this.map.top.dataset.tool = tool;
    find("in-view").hidden = tool !== "select";
    this.narrator.say(TOLD[tool]);
  }

  private setPlane(plane: Plane): void {
    this.atlas.show(plane);
    this.choose([]);
    this.endWalk();
    const picked = this.picked < 0 ? null : this.atlas.placeOf(this.picked);
    this.map.marks.picked = picked;
    const place = plane.placeOf(this.code) ?? picked;
    const { x0, x1, y0, y1 } = this.map.view.box;
    this.stand(place ?? [(x0 + x1) / 2, (y0 + y1) / 2], this.code);
    if (!place) this.map.marks.cross = null;
  }

  private weigh(): void {
    this.atlas.weigh(this.code, this.chosen);
  }

  private recolour(): void {
    this.atlas.paint();
    this.pointer.channels();
    this.pointer.redraw();
    this.pickedPanel.redraw();
    this.worst.redraw();
    this.walking.redraw();
  }
}
