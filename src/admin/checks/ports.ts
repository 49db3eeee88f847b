import { createServer } from 'node:net';
import type { Config } from '../../config.js';
import type { NodeStatus } from '../control-methods.js';
import { type Finding, found } from './finding.js';

interface WishedPort {
  readonly name: string;
  readonly purpose: string;
  readonly port: number | 'off';
}

function wishedPorts(config: Config): readonly WishedPort[] {
  return [
    { name: 'ea-port', purpose: 'EAs over TLS', port: config.eaPort },
    { name: 'ws-port', purpose: 'EAs over WebSocket', port: config.wsPort },
    { name: 'tcp-port', purpose: 'EAs over plain TCP', port: config.tcpPort },
    { name: 'suho1-port', purpose: 'EAs that speak suho-1', port: config.suho1Port },
    { name: 'http-port', purpose: 'HTTP', port: config.httpPort },
  ];
}

/** Binds and lets go again: the only way to know. The code of the refusal, or undefined where the port is free. */
function refusal(host: string, port: number): Promise<string | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => settle(undefined)));
  });
}

/** Each configured port is free, or held by the node that runs on the data folder. */
export async function checkPorts(config: Config, node: NodeStatus | undefined): Promise<readonly Finding[]> {
  const { host } = config;
  const held = new Set(
    [...(node?.listeners ?? []), ...(node?.http ? [node.http] : [])].map((url) => Number(url.slice(url.lastIndexOf(':') + 1))),
  );
  const findings: Finding[] = [];
  const wished = new Map<number, string>();
  for (const { name, purpose, port } of wishedPorts(config)) {
    if (port === 'off') continue;
    const where = `port ${port} on ${host}, for ${purpose},`;
    if (port === 0) findings.push(found(name, 'ok', `any free port is taken for ${purpose}.`));
    else if (wished.has(port)) findings.push(found(name, 'failed', `${where} is also set for ${wished.get(port)}.`));
    else if (held.has(port)) findings.push(found(name, 'ok', `${where} is held by the running node.`));
    else findings.push(free(name, where, await refusal(host, port)));
    if (port !== 0) wished.set(port, purpose);
  }
  return findings;
}

function free(name: string, where: string, code: string | undefined): Finding {
  if (code === undefined) return found(name, 'ok', `${where} is free.`);
  if (code === 'EADDRINUSE') return found(name, 'failed', `${where} is taken by another program.`);
  return found(name, 'failed', `${where} cannot be opened (${code}).`);
}
