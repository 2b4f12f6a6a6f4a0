// The map by keyboard.

export interface Keys {
  /** Move the cross-hair by pixels. */
  move(dx: number, dy: number): void;
  zoom(factor: number): void;
  whole(): void;
  /** Pick the row nearest to the cross-hair. */
  nearest(): void;
  beginOrEnd(): void;
  inView(): void;
  clear(): void;
}

const STEP = 8;
const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function listen(target: HTMLElement, keys: Keys): void {
  const actions: Record<string, () => void> = {
    "+": () => keys.zoom(1.4),
    "=": () => keys.zoom(1.4),
    "-": () => keys.zoom(1 / 1.4),
    "0": () => keys.whole(),
    Enter: () => keys.nearest(),
    Escape: () => keys.clear(),
    w: () => keys.beginOrEnd(),
    v: () => keys.inView(),
  };
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key; // with the capitals lock on too
    const step = event.shiftKey ? 5 * STEP : STEP;
    if (arrow) keys.move(step * arrow[0], step * arrow[1]);
    else if (actions[key]) actions[key]();
    else return;
    event.preventDefault();
  });
}
