// The toolbar: tools, colours, planes, zoom.

import type { Data } from "../data";
import { find, make } from "../dom";
import type { Tool } from "../map";
import { bySpread, components, dimensions, layout, type Plane, single } from "../plane";
import { shortened, subscript } from "../words";

export interface Wishes {
  tool(tool: Tool): void;
  colour(column: number): void;
  plane(plane: Plane): void;
  fade(on: boolean): void;
  zoom(factor: number): void;
  whole(): void;
  inView(): void;
}

export class Toolbar {
  private readonly axes = [find<HTMLSelectElement>("across"), find<HTMLSelectElement>("up")];
  private readonly kind = find<HTMLSelectElement>("plane");

  constructor(
    private readonly data: Data,
    private readonly wishes: Wishes,
  ) {
    for (const button of this.tools()) {
      button.addEventListener("click", () => {
        this.choose(button.dataset.tool as Tool);
        wishes.tool(button.dataset.tool as Tool);
      });
    }
    find("zoom-in").addEventListener("click", () => wishes.zoom(1.6));
    find("zoom-out").addEventListener("click", () => wishes.zoom(1 / 1.6));
    find("zoom-fit").addEventListener("click", () => wishes.whole());
    find("in-view").addEventListener("click", () => wishes.inView());
    const colour = find<HTMLSelectElement>("colour");
    colour.append(...data.columns.map(({ name }, k) => make("option", { value: String(k) }, [shortened(name, 32)])));
    colour.addEventListener("change", () => wishes.colour(Number(colour.value)));
    const fade = find<HTMLInputElement>("fade");
    fade.addEventListener("change", () => wishes.fade(fade.checked));
    this.planes();
  }

  choose(tool: Tool): void {
    for (const button of this.tools()) button.ariaPressed = String(button.dataset.tool === tool);
  }

  /** The plane that is chosen. */
  plane(): Plane {
    const { data } = this;
    const kind = this.kind.value;
    find("axes").hidden = kind === "layout" || data.d <= 2;
    find("fade").parentElement!.hidden = kind === "layout" || data.d <= 2;
    if (kind === "layout") return layout(data, data.layout!.name, data.layout!.points);
    if (data.d === 1) return single(data, data.error, "error");
    const [across, up] = this.axes.map(({ value }) => Number(value));
    return kind === "pca" ? components(data, data.pca, across, up) : dimensions(data, across, up);
  }

  private tools(): HTMLButtonElement[] {
    return Array.from(document.querySelectorAll<HTMLButtonElement>("[data-tool]"));
  }

  private planes(): void {
    const { data, kind } = this;
    const kinds: [string, string][] = [["dimensions", data.d === 1 ? "code and error" : "dimensions"]];
    if (data.d > 2) kinds.push(["pca", "principal components"]);
    if (data.layout) kinds.push(["layout", data.layout.name]);
    kind.append(...kinds.map(([value, text]) => make("option", { value }, [text])));
    kind.value = data.d > 3 ? "pca" : "dimensions";
    kind.parentElement!.hidden = kinds.length < 2;
    this.fill();
    kind.addEventListener("change", () => {
      this.fill();
      this.wishes.plane(this.plane());
    });
    this.axes.forEach((axis, which) => {
      axis.addEventListener("change", () => {
        const other = this.axes[1 - which];
        // The same twice is no plane: the other axis takes what is free.
        if (axis.value === other.value) other.value = axis.value === "0" ? "1" : "0";
        this.wishes.plane(this.plane());
      });
    });
  }

  /** Offer what the axes can be. */
  private fill(): void {
    const { data, kind } = this;
    const pca = kind.value === "pca";
    const count = pca ? data.pca.components.length : data.d;
    const first =
      pca || data.d < 3
        ? [0, 1]
        : bySpread(data)
            .slice(0, 2)
            .sort((a, b) => a - b);
    this.axes.forEach((axis, which) => {
      const names = Array.from({ length: count }, (_, j) => (pca ? `component ${j + 1}` : subscript(j)));
      axis.replaceChildren(...names.map((name, j) => make("option", { value: String(j) }, [name])));
      axis.value = String(first[which] ?? 0);
    });
  }
}
