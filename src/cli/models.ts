import { Command } from 'commander';
export function modelsCommand(): Command {
  return new Command('models');
}
