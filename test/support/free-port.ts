import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const LEAST = 15_000;
const BELOW = 32_000;

/** Those of this process that were given once: what is dead for a while finds its port again. */
const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '0.0.0.0');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * For a server that cannot tell which port it took, or that comes back to its own. Ports come from below those that systems
 * give to clients and to who asks for any: of those, another may have it by the time the server is there again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LEAST, BELOW);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
