// The rows of a region: counted, listed, exported.

import { csv } from "../csv";
import type { Data } from "../data";
import { find, make, open } from "../dom";
import { counted, number } from "../words";

const LISTED = 200;

export class SelectionPanel {
  private chosen: number[] = [];

  constructor(
    private readonly data: Data,
    private readonly labelOf: (i: number) => string,
    private readonly go: (i: number) => void,
    clear: () => void,
  ) {
    find("export").addEventListener("click", () => this.save());
    find("clear-selection").addEventListener("click", clear);
  }

  show(chosen: number[]): void {
    this.chosen = chosen;
    if (!chosen.length) {
      find("selection-panel").hidden = true;
      return;
    }
    const { data } = this;
    find("selection-title").textContent = `Selected: ${counted(chosen.length, "row")}`;
    find("selection-note").textContent = this.summary();
    const named = this.labelOf(chosen[0]) !== "";
    const lines = chosen.slice(0, LISTED).map((i) => {
      const button = make("button", { type: "button", className: "link", onclick: () => this.go(i) });
      button.append(String(data.rows[i]));
      button.ariaLabel = `Go to row ${data.rows[i]}`;
      const cells = [make("td", { className: "value" }, [button])];
      if (named) cells.push(make("td", {}, [this.labelOf(i)]));
      return make("tr", {}, [...cells, make("td", { className: "value" }, [number(data.error[i], 3, true)])]);
    });
    const head = ["Row", ...(named ? ["Label"] : []), "Error"].map((text) => make("th", { scope: "col" }, [text]));
    find("selection-rows").replaceChildren(
      make("table", { className: "row" }, [make("thead", {}, [make("tr", {}, head)]), make("tbody", {}, lines)]),
    );
    open(find("selection-panel"));
  }

  private summary(): string {
    const { chosen, data } = this;
    const known = chosen.map((i) => data.error[i]).filter(Number.isFinite);
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    const listed = chosen.length > LISTED ? ` The first ${LISTED} are listed; the file has all.` : "";
    return `Mean error ${number(mean)}.${listed}`;
  }

  private save(): void {
    const blob = new Blob([csv(this.chosen, this.data)], { type: "text/csv" });
    const link = make("a", { href: URL.createObjectURL(blob), download: "selected-rows.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}
