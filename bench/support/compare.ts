/** Two ways to do the same work, in turn in one process, so that the machine's drift falls on both alike. */
export interface CompareOptions {
  readonly rounds: number;
  readonly peerName?: string;
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

async function seconds(run: () => void | Promise<void>): Promise<number> {
  const before = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - before) / 1e9;
}

/** Prints rates (operations a second at p50, and at the slow ends) of both, and the ratio pair by pair. */
export async function compare(
  what: string,
  operations: number,
  ours: () => void | Promise<void>,
  peer: () => void | Promise<void>,
  options: CompareOptions,
): Promise<void> {
  const a: number[] = [];
  const b: number[] = [];
  const ratios: number[] = [];
  for (let round = -3; round < options.rounds; round++) {
    const [one, two] = round % 2 === 0 ? [await seconds(ours), await seconds(peer)] : await backwards(ours, peer);
    if (round < 0) continue;
    a.push(operations / one);
    b.push(operations / two);
    ratios.push(two / one);
  }
  for (const list of [a, b, ratios]) list.sort((x, y) => x - y);
  const rate = (list: readonly number[]): string =>
    `p50 ${Math.round(percentile(list, 0.5)).toLocaleString('en')}/s, slowest tenth ${Math.round(percentile(list, 0.1)).toLocaleString('en')}/s`;
  console.log(`${what} (${options.rounds} rounds)`);
  console.log(`  ours: ${rate(a)}`);
  console.log(`  ${options.peerName ?? 'peer'}: ${rate(b)}`);
  console.log(
    `  ratio: p10 ${percentile(ratios, 0.1).toFixed(2)}, p50 ${percentile(ratios, 0.5).toFixed(2)}, p90 ${percentile(ratios, 0.9).toFixed(2)}`,
  );
}

async function backwards(ours: () => void | Promise<void>, peer: () => void | Promise<void>): Promise<[number, number]> {
  const two = await seconds(peer);
  const one = await seconds(ours);
  return [one, two];
}
