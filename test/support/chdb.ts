import { createRequire } from 'node:module';

/** Whether this machine has chDB's library: for the `skip` of a test. It is looked for and not loaded. */
export function chdbMissing(): string | false {
  const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
  try {
    createRequire(import.meta.resolve('chdb')).resolve(`@chdb/lib-${platform}`);
    return false;
  } catch {
    return `no chDB library for ${platform} is installed`;
  }
}
