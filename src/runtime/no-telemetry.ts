/**
 * The models' runtime tells its maker what it runs, by way of files in the home and temporary folders, unless the environment of
 * its process says no before it is loaded. Nothing of ours goes to anybody who was not named.
 */
export const NO_TELEMETRY = { ORT_DISABLE_TELEMETRY: '1' } as const;

/** For all threads of this process; what a thread changes of the environment is its own copy. */
export function withoutTelemetry(): void {
  Object.assign(process.env, NO_TELEMETRY);
}
