import type { Request } from 'express';

const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** Where a request comes from. An IPv4 address that reached an IPv6 socket is told as what it is. */
export function ipOf(req: Request): string | null {
  return req.ip?.replace(MAPPED, '') ?? null;
}
