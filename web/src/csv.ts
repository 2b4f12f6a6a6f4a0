// Rows as CSV, the way spreadsheets and pandas read it.

import type { Column } from "./colour";

/** One cell, quoted where it must be (RFC 4180). */
export function cell(value: string | number): string {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  return /[",\r\n]/.test(value) ? `"${value.replace(/"/g, '""')}"` : value;
}

/** A float32 in the fewest digits that give it back. */
export function single(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

export function toldBy(column: Column, i: number): string | number {
  const value = column.values[i];
  return column.type === "category" ? (column.categories?.[value] ?? "") : single(value);
}

/** The chosen points: row number, every column that is known of them, and the code. */
export function csv(
  chosen: ArrayLike<number>,
  data: { rows: Int32Array; columns: Column[]; codes: Float32Array; d: number },
): string {
  const columns = data.columns;
  const head = ["row", ...columns.map((column) => column.name), ...Array.from({ length: data.d }, (_, j) => `z${j}`)];
  const lines = Array.from(chosen, (i) => [
    data.rows[i],
    ...columns.map((column) => toldBy(column, i)),
    ...Array.from({ length: data.d }, (_, j) => single(data.codes[i * data.d + j])),
  ]);
  return [head, ...lines].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}
