import type { AlertSettings } from '../../alerts/settings.js';
import type { Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import type { BotCommands } from './bot-commands.js';
import type { AlertChannel } from './channel.js';
import type { ChatLinks, LinkedChat } from './chat-links.js';
import { emailChannel } from './email.js';
import { TelegramChannel } from './telegram.js';
import { TelegramApi } from './telegram-api.js';
import { webhookChannel } from './webhook.js';

export interface ChannelsOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  readonly log: Logger;
  readonly links: ChatLinks;
  readonly commands: BotCommands;
  readonly changed: (chat: LinkedChat, what: 'linked' | 'unlinked') => void;
}

/** Bots answer from now on. */
export function openChannels(
  channels: AlertSettings['channels'],
  { clock, log, links, commands, changed }: ChannelsOptions,
): ReadonlyMap<string, AlertChannel> {
  const opened = new Map<string, AlertChannel>();
  for (const [name, settings] of Object.entries(channels)) {
    if (settings.kind === 'webhook') opened.set(name, webhookChannel(settings, clock));
    else if (settings.kind === 'email') opened.set(name, emailChannel(settings));
    else {
      const { base, token } = settings;
      const api = new TelegramApi({ base, token, timers: clock });
      const bot = new TelegramChannel({ name, api, links, commands, clock, log: log.child({ channel: name }), changed });
      bot.start();
      opened.set(name, bot);
    }
  }
  return opened;
}
