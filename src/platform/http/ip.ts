import type { Request } from 'express';

const IPV4_MAPPED_PREFIX = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** Where a request comes from. An IPv4 address that reached an IPv6 socket is told as what it is. */
export function clientIp(req: Request): string | null {
  return req.ip?.replace(IPV4_MAPPED_PREFIX, '') ?? null;
}
