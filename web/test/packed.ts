import type { DType, Numbers, Packed } from "../src/arrays";

/** An array as Python packs it. */
export async function packed(dtype: DType, shape: number[], numbers: Numbers): Promise<Packed> {
  const stream = new Blob([numbers.slice()]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return { dtype, shape, data: btoa(String.fromCharCode(...bytes)) };
}
