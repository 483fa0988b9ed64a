import type { Request } from 'express';

const IPV4_MAPPED_PREFIX = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** The client's IP address. IPv4-mapped IPv6 addresses are returned as IPv4. */
export function clientIp(req: Request): string | null {
  return req.ip?.replace(IPV4_MAPPED_PREFIX, '') ?? null;
}
