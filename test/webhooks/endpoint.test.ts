import { describe, expect, it } from 'vitest';
import {
  findEndpointUrlError,
  isPublicIp,
  publicLookup,
  type ResolveHost,
} from '../../src/webhooks/endpoint.ts';
import { postToEndpoint } from '../../src/webhooks/endpoint-request.ts';

const privateHosts = [
  ...['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1', '127.0.0.1.'],
  ...[
    '0.0.0.0',
    '0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
  ],
  ...[
    '192.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ],
  ...[
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ],
  ...[
    '[fe80::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fec0::1]',
    '[ff02::1]',
    '[2001:db8::1]',
    '[2001::1]',
    '[100::1]',
  ],
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'printer.local',
    'db.internal',
    'metadata.google.internal',
  ],
  ...['intranet', 'nas.home.arpa', 'nas.lan', '１２７.0.0.1', '127。0。0。1'],
];

describe('an endpoint URL', () => {
  it.each(privateHosts)('can’t have a private host: %s', (host) => {
    expect(findEndpointUrlError(`https://${host}/hooks`, false)).toBe(
      'Enter an address that can be reached from the internet',
    );
  });

  it.each([
    ['http://example.org/', 'must begin with https'],
    ['ftp://example.org/', 'must begin with https'],
    ['javascript:alert(1)', 'must begin with https'],
    ['https://user:secret@example.org/', 'name and password'],
    ['https://example.org/#part', 'from # onwards'],
    ['//example.org', 'full web address'],
    ['', 'full web address'],
    ['https://', 'full web address'],
    ['https://[::1', 'full web address'],
  ])('is refused: %s', (url, error) => {
    expect(findEndpointUrlError(url, false)).toContain(error);
  });

  it.each([
    'https://example.org/hooks',
    'https://hooks.example.org:8443/a?b=c',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]/',
  ])('can have a public host: %s', (url) => expect(findEndpointUrlError(url, false)).toBeNull());
});

const resolveTo =
  (...addresses: string[]): ResolveHost =>
  (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

function lookUp(resolveHost: ResolveHost, all: boolean): Promise<unknown> {
  return new Promise((resolve) => {
    publicLookup(resolveHost, false)('hooks.example.org', { all }, (error, address) =>
      resolve(error?.message ?? address),
    );
  });
}

describe('a host name', () => {
  it.each([
    ['10.0.0.1'],
    ['::1'],
    ['::ffff:169.254.169.254'],
    ['1.1.1.1', '192.168.0.1'],
    ['2606:4700::1111', 'fe80::1'],
    [],
  ])('is refused if it resolves to %s', async (...addresses) => {
    for (const all of [true, false])
      expect(await lookUp(resolveTo(...addresses), all)).toBe('hooks.example.org is not on the internet');
  });

  it('is accepted if all its addresses are public', async () => {
    expect(await lookUp(resolveTo('1.1.1.1', '2606:4700::1111'), false)).toBe('1.1.1.1');
    expect(await lookUp(resolveTo('1.1.1.1'), true)).toEqual([{ address: '1.1.1.1', family: 4 }]);
  });

  it('is resolved only once, so that DNS rebinding has no effect', async () => {
    let lookups = 0;
    const rebinding: ResolveHost = (host, options, callback) => {
      lookups += 1;
      resolveTo(lookups === 1 ? '127.0.0.1' : '1.1.1.1')(host, options, callback);
    };
    const result = await postToEndpoint(
      'https://rebinding.example.org/',
      {},
      '{}',
      publicLookup(rebinding, false),
    );
    expect(result).toEqual({ status: null, error: 'rebinding.example.org is not on the internet' });
    expect(lookups).toBe(1);
  });

  it('is not resolved if the URL is already refused', async () => {
    const result = await postToEndpoint('https://127.0.0.1/', {}, '{}');
    expect(result.error).toBe('Enter an address that can be reached from the internet');
  });
});

it('text that is not an IP address is not public', () => {
  for (const text of ['', 'example.org', '1.1.1', '999.1.1.1', '1.1.1.1/8'])
    expect(isPublicIp(text)).toBe(false);
});
