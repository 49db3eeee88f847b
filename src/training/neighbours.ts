/** Windows by what a net makes of them, and what is known of each. */
export interface Placed {
  /** Of unit length, one after the other. */
  readonly embeddings: Float32Array;
  /** A bit per shape. */
  readonly shapes: Int32Array;
  /** 1 where the price rose afterwards, −1 where it fell, else 0. */
  readonly came: Int8Array;
}

export interface NeighbourScores {
  /** Of the neighbours of windows that show a shape: how many show it too. */
  readonly sameShape: number;
  /** The same of windows drawn at random. */
  readonly sameShapeByChance: number;
  /** How many went the way that the window then went. */
  readonly sameWay: number;
  readonly sameWayByChance: number;
}

/** As many as a tenant's search asks for. */
const NEIGHBOURS = 10;

/** Whether what lies near is alike: of each asking window the nearest references, which are all earlier. */
export function judgeNeighbours(references: Placed, asking: Placed, width: number): NeighbourScores {
  const shape = { near: 0, chance: 0, of: 0 };
  const way = { near: 0, chance: 0, of: 0 };
  for (const [at, bits] of asking.shapes.entries()) {
    const near = nearest(references.embeddings, asking.embeddings.subarray(at * width, (at + 1) * width), width);
    const sharesOf = (holds: (reference: number) => boolean) => ({
      near: near.filter(holds).length / near.length,
      chance: references.shapes.reduce((sum, _, reference) => sum + (holds(reference) ? 1 : 0), 0) / references.shapes.length,
    });
    if (bits !== 0)
      add(
        shape,
        sharesOf((reference) => ((references.shapes[reference] as number) & bits) !== 0),
      );
    if (asking.came[at] !== 0)
      add(
        way,
        sharesOf((reference) => references.came[reference] === asking.came[at]),
      );
  }
  return {
    sameShape: shape.near / shape.of,
    sameShapeByChance: shape.chance / shape.of,
    sameWay: way.near / way.of,
    sameWayByChance: way.chance / way.of,
  };
}

function add(into: { near: number; chance: number; of: number }, { near, chance }: { near: number; chance: number }): void {
  into.near += near;
  into.chance += chance;
  into.of += 1;
}

function nearest(references: Float32Array, own: Float32Array, width: number): readonly number[] {
  const best: { readonly reference: number; readonly cosine: number }[] = [];
  for (let reference = 0; reference * width < references.length; reference++) {
    let cosine = 0;
    const from = reference * width;
    for (let at = 0; at < width; at++) cosine += (references[from + at] as number) * (own[at] as number);
    if (best.length === NEIGHBOURS && cosine <= (best.at(-1)?.cosine as number)) continue;
    const place = best.findIndex((one) => cosine > one.cosine);
    best.splice(place < 0 ? best.length : place, 0, { reference, cosine });
    if (best.length > NEIGHBOURS) best.pop();
  }
  return best.map(({ reference }) => reference);
}
