/** What the command line asks of a running node's alerts. */
import { z } from 'zod';
import type { Principal } from '../../access/principal.js';
import { readWish, SuhoError } from '../../errors.js';
import type { ControlMethods } from '../control.js';
import type { AlertDesk } from './alert-desk.js';

const by = z.string().min(1).max(64).default('operator');
const acknowledging = z.strictObject({ alert: z.string().min(1), note: z.string().max(500).default(''), by });
const inviting = z.strictObject({
  channel: z.string().min(1),
  name: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a name in lower case'),
  tenant: z.string().min(1).optional(),
  acts: z.boolean().default(false),
  by,
});
const unlinking = z.strictObject({ name: z.string().min(1), by });

/** Whoever reaches the control socket owns the folder. */
const operator = (name: string): Pick<Principal, 'name' | 'role'> => ({ name, role: 'operator' });

export function alertMethods(desk: AlertDesk): ControlMethods {
  return {
    'alerts.list': async () => desk.list(),
    'alerts.channels': async () => desk.channels,
    'alerts.acknowledge': async (input) => {
      const { alert, note, by } = readWish(acknowledging, input);
      const found = desk.acknowledge(alert, operator(by), note);
      if (found === undefined) throw new SuhoError('NOT_FOUND', `there is no alert ${alert}`);
      return found;
    },
    'alerts.test': async (input) => desk.test(readWish(z.string().min(1), input)),
    'alerts.chats': async () => desk.chats,
    'alerts.link': async (input) => {
      const { channel, name, tenant, acts, by } = readWish(inviting, input);
      return desk.invite(channel, { name, tenantId: tenant ?? null, acts }, operator(by));
    },
    'alerts.unlink': async (input) => {
      const { name, by } = readWish(unlinking, input);
      const chat = desk.unlink(name, operator(by));
      if (chat === undefined) throw new SuhoError('NOT_FOUND', `nobody is linked as ${name}`);
      return chat;
    },
  };
}
