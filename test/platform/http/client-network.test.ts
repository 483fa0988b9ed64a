import type { Request } from 'express';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clientNetwork } from '../../../src/platform/http/client-network.ts';

const networkOf = (ip?: string) => clientNetwork({ ip } as Request);

it('returns an IPv4 address as it is, mapped to IPv6 or not', () => {
  expect(networkOf('203.0.113.7')).toBe('203.0.113.7');
  expect(networkOf('::ffff:203.0.113.7')).toBe('203.0.113.7');
});

it.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
])('returns the /64 network of the IPv6 address %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

it('returns one network for all addresses that share the first 64 bits', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16));
  const half = fc.tuple(group, group, group, group).map((groups) => groups.join(':'));
  fc.assert(
    fc.property(half, half, half, (prefix, one, other) => {
      expect(networkOf(`${prefix}:${one}`)).toBe(networkOf(`${prefix}:${other}`));
      expect(networkOf(`${prefix}:${one}`)).toBe(`${prefix}::/64`);
    }),
  );
});

it('returns an empty string if the connection has closed', () => {
  expect(networkOf()).toBe('');
});
