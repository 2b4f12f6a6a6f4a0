// Numbers and names as words, in the wording of the plots.

const LOWER = "₀₁₂₃₄₅₆₇₈₉";

/** `z` with its number, from 0 as in `z[:, 0]`. */
export function subscript(j: number): string {
  return `z${[...String(j)].map((digit) => LOWER[Number(digit)]).join("")}`;
}

/** A number in few characters: "1,234", "0.0123", "−2"; `keep` its zeros at the end where numbers stand side by side. */
export function number(value: number, digits = 3, keep = false): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "missing" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(digits - 1).replace(/-/g, "−");
  if (keep && size < 1000) return value.toPrecision(digits).replace("-", "−");
  const shown = size >= 10 ** digits ? Math.round(value) : Number(value.toPrecision(digits));
  const text = shown.toLocaleString("en-US", { maximumFractionDigits: 20 });
  return (text === "-0" ? "0" : text).replace("-", "−");
}

/** A name cut in its middle where it is longer than `limit`. */
export function shortened(text: string, limit = 28): string {
  const flat = text.split(/\s+/).filter(Boolean).join(" ");
  const half = Math.floor(limit / 2);
  return flat.length <= limit ? flat : `${flat.slice(0, half)}…${flat.slice(flat.length - (limit - half - 1))}`;
}

/** Names cut to `limit`, so that those that differ still do: of names that would look alike, where they differ is kept,
 * and where that is not enough they are numbered. */
export function toldApart(names: readonly string[], limit = 28): string[] {
  const different = [...new Set(names)];
  const groups = new Map<string, string[]>();
  for (const name of different) push(groups, shortened(name, limit), name);
  const short = new Map<string, string>();
  const used = new Map<string, string[]>();
  for (const [cut, alike] of groups) {
    const same = alike.length > 1 ? shared(alike) : 0;
    for (const name of alike) {
      const text = alike.length > 1 && name.length > limit ? around(name, same, limit) : cut;
      short.set(name, text);
      push(used, text, name);
    }
  }
  for (const [text, alike] of used) {
    if (alike.length < 2) continue;
    alike.forEach((name, k) => {
      const number = ` (${k + 1})`;
      short.set(name, `${text.slice(0, Math.max(1, limit - number.length))}${number}`);
    });
  }
  return names.map((name) => short.get(name)!);
}

function push(groups: Map<string, string[]>, key: string, name: string): void {
  const group = groups.get(key);
  if (group) group.push(name);
  else groups.set(key, [name]);
}

/** How many characters the names have in common at their beginning. */
function shared(names: readonly string[]): number {
  let same = names[0].length;
  for (const name of names) {
    let k = 0;
    while (k < same && name[k] === names[0][k]) k++;
    same = k;
  }
  return same;
}

/** A name cut on both sides of a place. */
function around(name: string, place: number, limit: number): string {
  const room = limit - 2;
  const start = Math.max(0, Math.min(place - Math.floor(room / 3), name.length - room));
  return `…${name.slice(start, start + room)}${start + room < name.length ? "…" : ""}`;
}

/** "1 row", "2 rows", "10,000 rows". */
export function counted(count: number, thing: string): string {
  return `${count.toLocaleString("en-US")} ${thing}${count === 1 ? "" : "s"}`;
}

/** The first of a code's numbers: "z₀ 1.20 · z₁ −0.33", none of them broken. */
export function codeWords(code: ArrayLike<number>, limit = 8): string {
  const shown = Array.from(
    { length: Math.min(code.length, limit) },
    (_, j) => `${subscript(j)}\u00a0${fixed(code[j])}`,
  );
  return shown.join(" · ") + (code.length > limit ? " · …" : "");
}

/** A number of two decimals: where numbers change under the eye, their width must not. */
export function fixed(value: number): string {
  const text = value.toFixed(2);
  return (Number(text) === 0 ? "0.00" : text).replace("-", "−");
}
