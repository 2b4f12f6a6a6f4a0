// Where the page begins: read what is in it, unpack, show.

import { App } from "./app";
import { opened, type Payload } from "./data";
import { find } from "./dom";

declare global {
  interface Window {
    /** For tests, and for those who look around in the console. */
    hyotan: {
      ready: Promise<void>;
      decodeAt?: (code: number[]) => number[];
      codeAt?: (px: number, py: number) => number[];
      pixelOf?: (i: number) => readonly [number, number];
      stats?: App["stats"];
    };
  }
}

async function begin(): Promise<void> {
  try {
    const payload: Payload = JSON.parse(find("hyotan-data").textContent ?? "");
    const data = await opened(payload);
    const app = new App(data);
    Object.assign(window.hyotan, {
      decodeAt: (code: number[]) => Array.from(data.decode(code)),
      codeAt: (px: number, py: number) => Array.from(app.codeAt(px, py)),
      pixelOf: (i: number) => app.pixelOf(i),
      stats: app.stats,
    });
    document.body.dataset.ready = "true";
  } catch (error) {
    find("status").textContent = `This page could not be opened: ${error}. It needs a browser of 2023 or later.`;
    throw error;
  }
}

window.hyotan = { ready: begin() };
