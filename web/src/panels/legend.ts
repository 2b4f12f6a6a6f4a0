// The legend: classes as switches, a quantity as its scale.

import { css, type Painting, type Shape } from "../colour";
import { find, make } from "../dom";
import { number } from "../words";

const PATHS: Record<Shape, string> = {
  circle: "M6 1.5a4.5 4.5 0 1 0 .01 0Z",
  up: "M6 1.2 11 10H1Z",
  down: "M6 10.8 1 2h10Z",
  square: "M2 2h8v8H2Z",
  diamond: "M6 .6 11.4 6 6 11.4 .6 6Z",
  plus: "M4.4 1h3.2v3.4H11v3.2H7.6V11H4.4V7.6H1V4.4h3.4Z",
};

export class Legend {
  readonly hidden = new Set<number>();

  constructor(private readonly changed: () => void) {}

  show(painting: Painting, name: string): void {
    this.hidden.clear();
    find("legend-title").textContent = name;
    const place = find("legend-entries");
    place.replaceChildren(...(painting.scale ? this.scale(painting) : this.classes(painting)));
  }

  private classes(painting: Painting): HTMLElement[] {
    return painting.swatches.map(({ name, colour, shape }, k) => {
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      mark.setAttribute("viewBox", "0 0 12 12");
      mark.setAttribute("aria-hidden", "true");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", PATHS[shape]);
      path.setAttribute("fill", css(colour));
      mark.append(path);
      const button = make("button", { type: "button", title: "Show or hide", ariaPressed: "true" }, [mark, name]);
      button.addEventListener("click", () => {
        if (!this.hidden.delete(k)) this.hidden.add(k);
        button.ariaPressed = String(!this.hidden.has(k));
        this.changed();
      });
      return make("li", {}, [button]);
    });
  }

  private scale({ swatches, scale }: Painting): HTMLElement[] {
    const { low, high, clipped, missing } = scale!;
    const bar = make("span", { className: "bar" });
    const stops = swatches.slice(0, -1).filter((_, k) => k % 7 === 0);
    bar.style.background = `linear-gradient(to right, ${stops.map(({ colour }) => css(colour)).join(", ")})`;
    const ends = make("span", { className: "ends value" }, [
      make("span", {}, [`${clipped[0] ? "≤ " : ""}${number(low)}`]),
      make("span", {}, [`${clipped[1] ? "≥ " : ""}${number(high)}`]),
    ]);
    const entries = [make("li", {}, [bar, ends])];
    if (missing) {
      const swatch = make("i");
      swatch.style.background = css(swatches[swatches.length - 1].colour);
      entries.push(make("li", { className: "plain" }, [swatch, "missing"]));
    }
    return entries;
  }
}
