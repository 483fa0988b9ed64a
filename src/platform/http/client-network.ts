import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import { clientIp } from './ip.ts';

/** The network that rate limits count by: the IPv4 address, or the /64 network of an IPv6 address. */
export function clientNetwork(req: Request): string {
  const ip = clientIp(req) ?? '';
  return isIPv6(ip) ? ipv6Network(ip) : ip;
}

function ipv6Network(ip: string): string {
  const [head = '', tail] = ip.split('::');
  const left = head.split(':').filter(Boolean);
  const right = tail === undefined ? [] : tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
