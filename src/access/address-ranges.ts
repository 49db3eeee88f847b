/** Ranges of addresses (CIDR), of IPv4 and IPv6. An IPv4 address that comes as IPv6 (`::ffff:…`) is the IPv4 address: Node's list sees to that. */
import { BlockList, isIP } from 'node:net';

/** Why a text is no range, for a person; undefined where it is one. An address alone is a range of one. */
export function rangeFault(text: string): string | undefined {
  const [address = '', length, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined || address.includes('%')) return `${text} is no address or range like 10.0.0.0/8`;
  if (length === undefined) return undefined;
  const most = family === 4 ? 32 : 128;
  return /^\d{1,3}$/.test(length) && Number(length) <= most ? undefined : `${text} ends in a number of bits from 0 to ${most}`;
}

export class AddressRanges {
  readonly #list = new BlockList();

  /** Each without a fault. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', length] = range.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      this.#list.addSubnet(address, length === undefined ? (family === 'ipv4' ? 32 : 128) : Number(length), family);
    }
  }

  has(address: string): boolean {
    const own = address.split('%')[0] as string;
    const family = isIP(own);
    return family !== 0 && this.#list.check(own, family === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Where no range is named, all are. */
export function mayComeFrom(ranges: readonly string[], address: string): boolean {
  return ranges.length === 0 || new AddressRanges(ranges).has(address);
}
