/** What the node has at hand for a support bundle. */
import { readAlertSettings } from '../admin/alerts/alert-settings-file.js';
import type { ControlMethods } from '../admin/control.js';
import { nodeFiles } from '../admin/support/node-files.js';
import { scrubber, secretFieldsOf, secretsOf } from '../admin/support/scrub.js';
import { systemClock } from '../runtime/clock.js';
import type { Ground } from './ground.js';
import type { Node, NodeOptions } from './node.js';

export async function supportMethods(
  { config, lines }: NodeOptions,
  { metrics }: Ground,
  { root }: Node,
  methods: ControlMethods,
): Promise<ControlMethods> {
  const sinceNs = systemClock.monotonicNs();
  const scrub = scrubber([...secretsOf(config), ...secretFieldsOf(await readAlertSettings(config.alerts))]);
  return {
    'support.files': () =>
      nodeFiles({
        ...{ config, methods, scrub, system: root.system },
        upSeconds: () => Number((systemClock.monotonicNs() - sinceNs) / 1_000_000_000n),
        metrics: () => metrics.registry.metrics(),
        logLines: () => lines?.newest ?? [],
      }),
  };
}
