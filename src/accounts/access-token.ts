import { errors, jwtVerify, SignJWT } from 'jose';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { config, type LinkKey } from '../platform/config/config.ts';
import { currentKey, deriveKey } from '../platform/crypto/encryption.ts';
import { inTransaction } from '../platform/db/database.ts';
import { isId } from '../platform/text/text.ts';
import { type Account, findUnchangedAccount, securityStateOf } from './account.ts';

/** How long an access token is valid. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

const ALGORITHM = 'HS256';
const TOKEN_TYPE = 'at+jwt';
const AUDIENCE = `${config.baseUrl}/api`;
const JWT_PATTERN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

type TokenClaims = Readonly<{ sub: string; state: string }>;

/** Issues a bearer token for the JSON API (JWT, RFC 9068). Tokens are not stored. */
export async function issueAccessToken(account: Account, actor: Actor): Promise<string> {
  const linkKey = currentKey();
  const now = Math.floor(Date.now() / 1000);
  await inTransaction(() =>
    recordEvent(actor, { action: 'account.access-token-issued', subject: 'account', subjectId: account.id }),
  );
  return new SignJWT({ state: securityStateOf(account) })
    .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid: kidOf(linkKey) })
    .setIssuer(config.baseUrl)
    .setAudience(AUDIENCE)
    .setSubject(account.id)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
    .sign(signingKeyOf(linkKey));
}

/**
 * Finds the account of an access token. A change of password, role or two-step sign-in, a suspension, or signing out
 * everywhere invalidates the token permanently. A forged token costs no query.
 * @returns null if the token is invalid or the account's security state has changed
 */
export async function findAccountByToken(token: string): Promise<Account | null> {
  const claims = await verifyToken(token);
  return claims && findUnchangedAccount(claims.sub, claims.state);
}

async function verifyToken(token: string): Promise<TokenClaims | null> {
  if (token.length > 2_000 || !JWT_PATTERN.test(token)) return null;
  try {
    const { payload } = await jwtVerify<TokenClaims>(token, ({ kid }) => getSigningKey(kid), {
      algorithms: [ALGORITHM],
      typ: TOKEN_TYPE,
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

function getSigningKey(kid: string | undefined): Buffer {
  const linkKey = config.linkKeys.find((key) => kidOf(key) === kid);
  if (!linkKey) throw new errors.JWSInvalid('unknown key id');
  return signingKeyOf(linkKey);
}

function kidOf({ id }: LinkKey): string {
  return String(id);
}

function signingKeyOf(linkKey: LinkKey): Buffer {
  return deriveKey(linkKey, 'access token', 32);
}
