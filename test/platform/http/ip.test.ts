import type { Request } from 'express';
import { expect, it } from 'vitest';
import { clientIp } from '../../../src/platform/http/ip.ts';

const from = (ip?: string) => clientIp({ ip } as Request);

it('tells an IPv4 address as what it is, on whichever socket it came in', () => {
  expect(from('::ffff:203.0.113.7')).toBe('203.0.113.7');
  expect(from('::FFFF:203.0.113.7')).toBe('203.0.113.7');
  expect(from('203.0.113.7')).toBe('203.0.113.7');
});

it('leaves IPv6 addresses alone', () => {
  for (const ip of ['2001:db8::7', '::1', '::ffff:cb00:7107']) expect(from(ip)).toBe(ip);
});

it('tells nothing of a connection that is gone', () => {
  expect(from()).toBeNull();
});
