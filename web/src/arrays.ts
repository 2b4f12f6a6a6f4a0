/** Arrays as the page holds them: base64 of zlib of little-endian numbers, beside type and shape. */

export type DType = "f4" | "u1" | "i4" | "u2";
export type Numbers = Float32Array | Uint8Array | Int32Array | Uint16Array;

export interface Packed {
  dtype: DType;
  shape: number[];
  data: string;
}

const BYTES: Record<DType, number> = { f4: 4, u1: 1, i4: 4, u2: 2 };

/** The number of cells of a shape. */
export function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** The numbers of a packed array, flattened. */
export async function unpack(packed: Packed): Promise<Numbers> {
  const bytes = await inflate(decoded(packed.data));
  if (bytes.byteLength !== size(packed.shape) * BYTES[packed.dtype]) {
    throw new Error(`an array of shape ${packed.shape} came as ${bytes.byteLength} bytes`);
  }
  switch (packed.dtype) {
    case "f4":
      return new Float32Array(bytes);
    case "u1":
      return new Uint8Array(bytes);
    case "i4":
      return new Int32Array(bytes);
    case "u2":
      return new Uint16Array(bytes);
  }
}

/** The bytes of base64. By a plain loop: `Uint8Array.from` takes a second for what a page may hold. */
function decoded(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}
