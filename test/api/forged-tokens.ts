import { createHmac, generateKeyPairSync, hkdfSync, sign } from 'node:crypto';
import { config } from '../../src/platform/config/config.ts';

export type TokenParts = Readonly<{ header: Record<string, unknown>; claims: Record<string, unknown> }>;

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export function decodeToken(token: string): TokenParts {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  return { header: read(header), claims: read(claims) };
}

/** The key that signs tokens, derived independently of the code under test. */
export const signingKey = Buffer.from(
  hkdfSync('sha256', config.linkKeys[0]?.key ?? '', Buffer.alloc(0), 'homecoming access token', 32),
);

export function signToken(
  { header, claims }: TokenParts,
  key: Buffer | string = signingKey,
  hash = 'sha256',
): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
}

/** Tokens that each differ from a valid one in one way, with a description of the difference. */
export function forgeTokens(
  valid: string,
  otherPurposes: readonly string[],
): [difference: string, token: string][] {
  const parts = decodeToken(valid);
  const { header, claims } = parts;
  const [h = '', c = '', s = ''] = valid.split('.');
  const now = Math.floor(Date.now() / 1000);
  const withHeader = (change: object): string => signToken({ header: { ...header, ...change }, claims });
  const withClaims = (change: object): string => signToken({ header, claims: { ...claims, ...change } });
  const without = (name: string): string => {
    const { [name]: _, ...rest } = claims;
    return signToken({ header, claims: rest });
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
    ['no alg', signToken({ header: { typ: header.typ, kid: header.kid }, claims })],
    ['alg HS384', signToken({ header: { ...header, alg: 'HS384' }, claims }, signingKey, 'sha384')],
    ['alg HS512', signToken({ header: { ...header, alg: 'HS512' }, claims }, signingKey, 'sha512')],
    [
      'alg RS256 with another key',
      `${rs}.${sign('sha256', Buffer.from(rs), rsa.privateKey).toString('base64url')}`,
    ],
    ['alg HS256 with a public key as the secret', signToken(parts, publicPem)],
    ['alg as a list', withHeader({ alg: ['HS256'] })],
    ['the key of invitation links', signToken(parts, config.linkKeys[0]?.key)],
    ['the session secret', signToken(parts, config.sessionSecrets[0])],
    ['an empty key', signToken(parts, '')],
    ['a guessed key', signToken(parts, 'secret')],
    ['no signature', `${h}.${c}.`],
    ['two parts', `${h}.${c}`],
    ['four parts', `${valid}.${s}`],
    ['a truncated signature', `${h}.${c}.${s.slice(0, -2)}`],
    ['an overlong signature', `${h}.${c}.${s}AA`],
    ['a different last character', `${h}.${c}.${s.slice(0, -1)}${s.endsWith('A') ? 'E' : 'A'}`],
    ['a changed first character of the signature', `${h}.${c}.${s.startsWith('A') ? 'B' : 'A'}${s.slice(1)}`],
    ['another account', `${h}.${encode({ ...claims, sub: '2' })}.${s}`],
    ['standard base64', `${h}.${c}.${s}=`],
    ['no kid', signToken({ header: { alg: header.alg, typ: header.typ }, claims })],
    ...['0', '999', '../../dev/null', "' or 1=1", 'kid', '__proto__', 'constructor', `${header.kid} `].map(
      (kid): [string, string] => [`kid ${kid}`, withHeader({ kid })],
    ),
    ['kid as a number', withHeader({ kid: Number(header.kid) })],
    [
      'an embedded key (jwk)',
      signToken(
        { header: { alg: 'HS256', typ: header.typ, jwk: { kty: 'oct', k: encode('own') } }, claims },
        'own',
      ),
    ],
    [
      'a remote key (jku)',
      signToken(
        { header: { alg: 'HS256', typ: header.typ, jku: 'https://evil.example/keys' }, claims },
        'own',
      ),
    ],
    [
      'an embedded certificate (x5c)',
      signToken({ header: { alg: 'HS256', typ: header.typ, x5c: [publicPem] }, claims }, 'own'),
    ],
    ['an unknown critical header', withHeader({ crit: ['own'], own: 1 })],
    ['an unencoded body', withHeader({ crit: ['b64'], b64: false })],
    ['typ JWT', withHeader({ typ: 'JWT' })],
    ['no typ', signToken({ header: { alg: header.alg, kid: header.kid }, claims })],
    ['typ of another purpose', withHeader({ typ: 'rt+jwt' })],
    ['expired', withClaims({ exp: now - 1 })],
    ['expired long ago', withClaims({ iat: now - 9_000, nbf: now - 9_000, exp: now - 8_100 })],
    ['older than 15 minutes with a later exp', withClaims({ iat: now - 901, nbf: now - 901, exp: infinite })],
    ['from the future (nbf)', withClaims({ nbf: now + 60 })],
    ['issued in the future (iat)', withClaims({ iat: now + 600, exp: now + 900 })],
    ['exp as a string', withClaims({ exp: String(now + 600) })],
    ['exp null', withClaims({ exp: null })],
    ...['exp', 'nbf', 'iat', 'sub', 'iss', 'aud', 'state'].map((name): [string, string] => [
      `no ${name}`,
      without(name),
    ]),
    ['another issuer', withClaims({ iss: 'https://evil.example' })],
    ['an issuer that starts with ours', withClaims({ iss: `${claims.iss}.evil.example` })],
    ['another audience', withClaims({ aud: 'https://evil.example/api' })],
    ['the site as the audience', withClaims({ aud: claims.iss })],
    ['an audience in upper case', withClaims({ aud: String(claims.aud).toUpperCase() })],
    ['sub of an unknown account', withClaims({ sub: '999999' })],
    ['sub as a number', withClaims({ sub: 1 })],
    ['sub as SQL', withClaims({ sub: '1 or 1=1' })],
    ['sub as a list', withClaims({ sub: [claims.sub] })],
    ['another state', withClaims({ state: 'A'.repeat(22) })],
    [
      'claims that are not JSON',
      `${h}.${encode('nonsense')}.${createHmac('sha256', signingKey)
        .update(`${h}.${encode('nonsense')}`)
        .digest('base64url')}`,
    ],
    ['claims that are a list', signToken({ header, claims: [] as unknown as Record<string, unknown> })],
    ['a header that is not JSON', `${encode('nonsense')}.${c}.${s}`],
    ['only dots', '..'],
    ['letters', 'nonsense'],
    ['very long', `${valid}${'A'.repeat(3_000)}`],
    ...otherPurposes.map((token): [string, string] => ['a token for another purpose', token]),
  ];
}
