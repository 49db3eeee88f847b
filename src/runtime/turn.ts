/** Calls once the present turn of the event loop has ended: not a matter of time, and the same on every clock. */
export function endOfTurn(call: () => void): void {
  setImmediate(call);
}
