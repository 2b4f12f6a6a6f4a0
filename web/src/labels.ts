// Names beside the points: moved apart where they would lie on each other.

export interface Label {
  x: number;
  y: number;
  readonly width: number;
  readonly height: number;
}

/** Push overlapping labels apart, along the axis that needs the shorter way; they stay near their places. */
export function pushedApart<T extends Label>(labels: readonly T[], rounds = 40): T[] {
  const placed = labels.map((label) => ({ ...label }));
  for (let round = 0; round < rounds; round++) {
    let moved = false;
    for (let i = 0; i < placed.length; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [placed[i], placed[j]];
        const across = (a.width + b.width) / 2 - Math.abs(a.x - b.x);
        const down = (a.height + b.height) / 2 - Math.abs(a.y - b.y);
        if (across <= 0 || down <= 0) continue;
        moved = true;
        if (down <= across) {
          const step = (down / 2 + 0.5) * (a.y >= b.y ? 1 : -1);
          a.y += step;
          b.y -= step;
        } else {
          const step = (across / 2 + 0.5) * (a.x >= b.x ? 1 : -1);
          a.x += step;
          b.x -= step;
        }
      }
    }
    if (!moved) break;
  }
  return placed;
}
