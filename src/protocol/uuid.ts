const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HEX_32 = /^[0-9a-f]{32}$/;

/** The two digits of a byte. */
function hex(bytes: Uint8Array, at: number): string {
  return HEX[bytes[at] as number] as string;
}

function run(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) text += hex(bytes, at);
  return text;
}

/** Sixteen bytes from `at` as lower-case UUID text. */
export function uuidText(bytes: Uint8Array, at: number): string {
  return `${run(bytes, at, at + 4)}-${run(bytes, at + 4, at + 6)}-${run(bytes, at + 6, at + 8)}-${run(bytes, at + 8, at + 10)}-${run(bytes, at + 10, at + 16)}`;
}

/** Sixteen bytes from `at` as 32 lower-case hex digits. */
export function hex16Text(bytes: Uint8Array, at: number): string {
  return run(bytes, at, at + 16);
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

export function isHex16(text: string): boolean {
  return HEX_32.test(text);
}
