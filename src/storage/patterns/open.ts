/** Opens the pattern store that the settings name. */
import { SuhoError } from '../../errors.js';
import { PatternThread } from './embedded/pattern-thread.js';
import type { PatternStore } from './patterns.js';
import { type WeaviateAddress, WeaviatePatterns } from './weaviate/weaviate-patterns.js';

const GRPC_PORT = 50_051;

/** `weaviate://[KEY@]HOST[:PORT][?grpc=PORT]`; `weaviates://` with TLS. */
export function weaviateAddress(url: string): WeaviateAddress {
  const { protocol, hostname, port, username, searchParams } = URL.canParse(url) ? new URL(url) : ({} as Partial<URL>);
  const grpcPort = Number(searchParams?.get('grpc') ?? GRPC_PORT);
  const tls = protocol === 'weaviates:';
  if ((!tls && protocol !== 'weaviate:') || !hostname || !(Number.isInteger(grpcPort) && grpcPort > 0 && grpcPort < 65_536))
    throw new SuhoError('CONFIG_INVALID', 'the pattern store is embedded, or weaviate://[KEY@]HOST[:PORT][?grpc=PORT]');
  const apiKey = decodeURIComponent(username ?? '');
  return { host: hostname, httpPort: Number(port || (tls ? 443 : 8_080)), grpcPort, tls, ...(apiKey && { apiKey }) };
}

export interface OpenPatternsOptions {
  /** The node's data folder, which the caller has locked. */
  readonly folder: string;
}

/** `setting` is `embedded`, or the URL of a Weaviate server, which need not be up yet. */
export async function openPatterns(setting: string, { folder }: OpenPatternsOptions): Promise<PatternStore> {
  return setting === 'embedded' ? PatternThread.open(folder) : new WeaviatePatterns(weaviateAddress(setting));
}
