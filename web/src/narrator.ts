// Rows in words, and what is said to those who listen.

import { toldBy } from "./csv";
import type { Data } from "./data";
import { find } from "./dom";
import { number } from "./words";

const QUIET = 150; // milliseconds

export class Narrator {
  private waiting = 0;

  constructor(private readonly data: Data) {}

  /** The label of a row, or "" where there are none. */
  readonly labelOf = (i: number): string => {
    const column = this.data.columns.find(({ name }) => name === "label");
    if (!column) return "";
    const value = toldBy(column, i);
    return typeof value === "number" ? number(value) : value;
  };

  /** A row in words; "none" for -1. */
  row(i: number): string {
    if (i < 0) return "none";
    const label = this.labelOf(i);
    return `row ${this.data.rows[i]}${label && ` (label ${label})`}`;
  }

  /** Say something, once there has been quiet for a moment. */
  say(text: string): void {
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(() => {
      find("status").textContent = text;
    }, QUIET);
  }
}
