/** Who stopped a node, a tenant or an account, when and why. It lasts until somebody lifts it. */
export interface Halt {
  readonly reason: string;
  readonly atMs: number;
  /** `limit` where one was reached; `tenant` where the tenant itself stopped, and may go on by itself. */
  readonly by: 'operator' | 'limit' | 'tenant';
}
