import { createHmac, generateKeyPairSync, hkdfSync, sign } from 'node:crypto';
import { config } from '../../src/platform/config/config.ts';

export type Parts = Readonly<{ header: Record<string, unknown>; claims: Record<string, unknown> }>;

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export function partsOf(token: string): Parts {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: read(header), claims: read(claims) };
}

/** The key that signs tokens, made as the product makes it. */
export const rightKey = Buffer.from(
  hkdfSync('sha256', config.linkKeys[0]?.key ?? '', Buffer.alloc(0), 'homecoming access token', 32),
);

export function signed({ header, claims }: Parts, key: Buffer | string = rightKey, hash = 'sha256'): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
}

/** Tokens that differ from a good one in one thing each, with what that is. */
export function forgedFrom(good: string, otherPurposes: readonly string[]): [what: string, token: string][] {
  const parts = partsOf(good);
  const { header, claims } = parts;
  const [h = '', c = '', s = ''] = good.split('.');
  const now = Math.floor(Date.now() / 1000);
  const withHeader = (change: object): string => signed({ header: { ...header, ...change }, claims });
  const withClaims = (change: object): string => signed({ header, claims: { ...claims, ...change } });
  const without = (name: string): string => {
    const { [name]: _, ...rest } = claims;
    return signed({ header, claims: rest });
  };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const rs = `${encode({ ...header, alg: 'RS256' })}.${c}`;
  const infinite = Number.MAX_SAFE_INTEGER;
  return [
    ...['none', 'None', 'NONE', 'nOnE', ''].map((alg): [string, string] => [
      `alg ${alg}, no signature`,
      `${encode({ ...header, alg })}.${c}.`,
    ]),
    ['alg none, signature kept', `${encode({ ...header, alg: 'none' })}.${c}.${s}`],
    ['no alg', signed({ header: { typ: header.typ, kid: header.kid }, claims })],
    ['alg HS384', signed({ header: { ...header, alg: 'HS384' }, claims }, rightKey, 'sha384')],
    ['alg HS512', signed({ header: { ...header, alg: 'HS512' }, claims }, rightKey, 'sha512')],
    [
      'alg RS256 with a key of its own',
      `${rs}.${sign('sha256', Buffer.from(rs), rsa.privateKey).toString('base64url')}`,
    ],
    ['alg HS256 with a public key as the secret', signed(parts, publicPem)],
    ['alg as a list', withHeader({ alg: ['HS256'] })],
    ['the key of links', signed(parts, config.linkKeys[0]?.key)],
    ['the secret of sessions', signed(parts, config.sessionSecrets[0])],
    ['an empty key', signed(parts, '')],
    ['a guessed key', signed(parts, 'secret')],
    ['no signature', `${h}.${c}.`],
    ['two parts', `${h}.${c}`],
    ['four parts', `${good}.${s}`],
    ['a signature cut short', `${h}.${c}.${s.slice(0, -2)}`],
    ['a signature that is too long', `${h}.${c}.${s}AA`],
    ['another last letter', `${h}.${c}.${s.slice(0, -1)}${s.endsWith('A') ? 'E' : 'A'}`],
    ['a bit of the signature turned', `${h}.${c}.${s.startsWith('A') ? 'B' : 'A'}${s.slice(1)}`],
    ['another account', `${h}.${encode({ ...claims, sub: '2' })}.${s}`],
    ['standard base64', `${h}.${c}.${s}=`],
    ['no kid', signed({ header: { alg: header.alg, typ: header.typ }, claims })],
    ...['0', '999', '../../dev/null', "' or 1=1", 'kid', '__proto__', 'constructor', `${header.kid} `].map(
      (kid): [string, string] => [`kid ${kid}`, withHeader({ kid })],
    ),
    ['kid as a number', withHeader({ kid: Number(header.kid) })],
    [
      'a key along (jwk)',
      signed(
        { header: { alg: 'HS256', typ: header.typ, jwk: { kty: 'oct', k: encode('own') } }, claims },
        'own',
      ),
    ],
    [
      'a key elsewhere (jku)',
      signed({ header: { alg: 'HS256', typ: header.typ, jku: 'https://evil.example/keys' }, claims }, 'own'),
    ],
    [
      'a certificate along (x5c)',
      signed({ header: { alg: 'HS256', typ: header.typ, x5c: [publicPem] }, claims }, 'own'),
    ],
    ['an unknown critical header', withHeader({ crit: ['own'], own: 1 })],
    ['an unencoded body', withHeader({ crit: ['b64'], b64: false })],
    ['typ JWT', withHeader({ typ: 'JWT' })],
    ['no typ', signed({ header: { alg: header.alg, kid: header.kid }, claims })],
    ['typ of another purpose', withHeader({ typ: 'rt+jwt' })],
    ['expired', withClaims({ exp: now - 1 })],
    ['expired long ago', withClaims({ iat: now - 9_000, nbf: now - 9_000, exp: now - 8_100 })],
    [
      'older than a quarter of an hour, whatever exp says',
      withClaims({ iat: now - 901, nbf: now - 901, exp: infinite }),
    ],
    ['from the future (nbf)', withClaims({ nbf: now + 60 })],
    ['made in the future (iat)', withClaims({ iat: now + 600, exp: now + 900 })],
    ['exp as text', withClaims({ exp: String(now + 600) })],
    ['exp of null', withClaims({ exp: null })],
    ...['exp', 'nbf', 'iat', 'sub', 'iss', 'aud', 'state'].map((name): [string, string] => [
      `no ${name}`,
      without(name),
    ]),
    ['another issuer', withClaims({ iss: 'https://evil.example' })],
    ['an issuer that begins like ours', withClaims({ iss: `${claims.iss}.evil.example` })],
    ['another audience', withClaims({ aud: 'https://evil.example/api' })],
    ['the site as its audience', withClaims({ aud: claims.iss })],
    ['an audience in capitals', withClaims({ aud: String(claims.aud).toUpperCase() })],
    ['sub of nobody', withClaims({ sub: '999999' })],
    ['sub as a number', withClaims({ sub: 1 })],
    ['sub as SQL', withClaims({ sub: '1 or 1=1' })],
    ['sub as a list', withClaims({ sub: [claims.sub] })],
    ['another state', withClaims({ state: 'A'.repeat(22) })],
    [
      'claims that are no JSON',
      `${h}.${encode('nonsense')}.${createHmac('sha256', rightKey)
        .update(`${h}.${encode('nonsense')}`)
        .digest('base64url')}`,
    ],
    ['claims that are a list', signed({ header, claims: [] as unknown as Record<string, unknown> })],
    ['a header that is no JSON', `${encode('nonsense')}.${c}.${s}`],
    ['nothing but dots', '..'],
    ['letters', 'nonsense'],
    ['very long', `${good}${'A'.repeat(3_000)}`],
    ...otherPurposes.map((token): [string, string] => ['a token of another purpose', token]),
  ];
}
