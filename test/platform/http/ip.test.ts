import type { Request } from 'express';
import { expect, it } from 'vitest';
import { clientIp } from '../../../src/platform/http/ip.ts';

const clientIpOf = (ip?: string) => clientIp({ ip } as Request);

it('returns IPv4-mapped IPv6 addresses as IPv4', () => {
  expect(clientIpOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
  expect(clientIpOf('::FFFF:203.0.113.7')).toBe('203.0.113.7');
  expect(clientIpOf('203.0.113.7')).toBe('203.0.113.7');
});

it('returns IPv6 addresses unchanged', () => {
  for (const ip of ['2001:db8::7', '::1', '::ffff:cb00:7107']) expect(clientIpOf(ip)).toBe(ip);
});

it('returns null if the connection has closed', () => {
  expect(clientIpOf()).toBeNull();
});
