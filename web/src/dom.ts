// Elements of the page.

export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as T;
}

type Property = string | number | boolean | ((event: Event) => void);

/** A new element: properties it knows are set, others are attributes. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Record<string, Property> = {},
  children: (Node | string)[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) Object.assign(made, { [name]: value });
    else made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** Show a panel right below the picture under the pointer, and bring both into sight where the panels scroll. */
export function open(panel: HTMLElement, asked = false): void {
  if (panel.hidden) find("pointer-panel").after(panel);
  panel.hidden = false;
  const side = panel.parentElement!;
  if (getComputedStyle(side).overflowY === "auto") side.scrollTop = 0;
  else if (asked) panel.scrollIntoView({ block: "nearest" });
}

export function dark(): boolean {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** A function that has `then` called once before the next frame, however often it is called itself. */
export function onceAFrame(then: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      then();
    });
  };
}

/** Do `work` for each thing when there is time, so that the page answers in between. */
export function atLeisure<T>(things: readonly T[], work: (thing: T) => void): void {
  const queue = things.slice();
  const next = () => {
    const until = performance.now() + 8;
    while (queue.length && performance.now() < until) work(queue.shift()!);
    if (queue.length) setTimeout(next, 4);
  };
  setTimeout(next, 0);
}
