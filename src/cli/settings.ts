import type { Command } from 'commander';
import { type ConfigInput, flagOf, type ResolvedConfig, resolveConfig, SETTINGS, type SettingName } from '../config.js';

/** Adds the flags of some settings to a command; their defaults stay with the settings, so that a file can set them too. */
export function withSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names)
    command.option(`${flagOf(name)} <value>`, `${SETTINGS[name].help} (default: ${SETTINGS[name].default || 'none'})`);
  return command.option('--config <file>', 'settings file (default: suho.config.json, where there is one)');
}

/** The settings of a command's invocation: commander has turned `--ea-port` into `eaPort`, which is the setting's name. */
export function settingsOf(options: Readonly<Record<string, unknown>>, names: readonly SettingName[]): ResolvedConfig {
  const flags = Object.fromEntries(names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));
  const input: ConfigInput = { flags, ...(typeof options.config === 'string' ? { file: options.config } : {}) };
  return resolveConfig(input);
}
