/** Writes what this version's nodes tell each other as the golden of its protocol, where there is none of it yet. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_PROTOCOL } from '../../../src/cluster/protocol.js';
import { payloadBytes } from '../../../src/storage/bus/payload.js';
import { SUBJECTS } from '../../../src/storage/bus/streams.js';
import { root } from '../../structure/sources.js';
import { REGISTERED, TOLD } from './told-samples.js';

const bus = Object.fromEntries(
  Object.entries(TOLD).map(([name, payload]) => {
    const { template } = SUBJECTS[name as keyof typeof TOLD];
    return [name, { template, bytes: Buffer.from(payloadBytes(name, payload)).toString('base64') }];
  }),
);
const path = join(root, 'test', 'storage', 'bus', 'told', `protocol-${CLUSTER_PROTOCOL}.json`);
writeFileSync(path, `${JSON.stringify({ bus, registry: REGISTERED }, null, 2)}\n`, { flag: 'wx' });
