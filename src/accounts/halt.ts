/** Who stopped a node, a tenant or an account, when and why. It lasts until somebody lifts it. */
export interface Halt {
  readonly reason: string;
  readonly atMs: number;
  /** `limit` where one was reached. */
  readonly by: 'operator' | 'limit';
}
