import { errors, jwtVerify, SignJWT } from 'jose';
import { type Actor, record } from '../audit/audit.ts';
import { config, type LinkKey } from '../config.ts';
import { inTransaction } from '../database.ts';
import { derivedKey, firstKey } from '../seal.ts';
import { isId } from '../text.ts';
import { type Account, accountInState, stateOf } from './account.ts';

/** How long a program may act for an account before it signs in again. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

const ALGORITHM = 'HS256';
const TYPE = 'at+jwt';
const AUDIENCE = `${config.baseUrl}/api`;
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

type Claims = Readonly<{ sub: string; state: string }>;

/** A bearer token for the JSON API (JWT, RFC 9068). It is kept nowhere. */
export async function issueAccessToken(account: Account, actor: Actor): Promise<string> {
  const ring = firstKey();
  const now = Math.floor(Date.now() / 1000);
  await inTransaction(() =>
    record(actor, { action: 'account.token-issued', subject: 'account', subjectId: account.id }),
  );
  return new SignJWT({ state: stateOf(account) })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: kidOf(ring) })
    .setIssuer(config.baseUrl)
    .setAudience(AUDIENCE)
    .setSubject(account.id)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
    .sign(keyOf(ring));
}

/**
 * Whose token this is, as the account stands now: a suspension, another password, role or second step ends it at once, and for
 * good, as does signing out everywhere.
 * A forged token costs no query.
 * @returns null for whatever we did not sign, or signed for what is no longer so
 */
export async function accountOfToken(token: string): Promise<Account | null> {
  const claims = await claimsOf(token);
  return claims && accountInState(claims.sub, claims.state);
}

async function claimsOf(token: string): Promise<Claims | null> {
  if (token.length > 2_000 || !SHAPE.test(token)) return null;
  try {
    const { payload } = await jwtVerify<Claims>(token, ({ kid }) => keyOfKid(kid), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: config.baseUrl,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'iat', 'nbf', 'exp', 'state'],
      maxTokenAge: ACCESS_TOKEN_SECONDS,
    });
    return typeof payload.sub === 'string' && isId(payload.sub) ? payload : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function keyOfKid(kid: string | undefined): Buffer {
  const ring = config.linkKeys.find((key) => kidOf(key) === kid);
  if (!ring) throw new errors.JWSInvalid('no key of ours');
  return keyOf(ring);
}

function kidOf({ id }: LinkKey): string {
  return String(id);
}

function keyOf(ring: LinkKey): Buffer {
  return derivedKey(ring, 'access token', 32);
}
