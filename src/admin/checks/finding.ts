/** What one check found, as a sentence for a person. A warning is nothing that keeps a node from running now. */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly sentence: string;
}

export function found(name: string, status: Finding['status'], sentence: string): Finding {
  return { name, status, sentence };
}
