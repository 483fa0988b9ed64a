import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';

/** A key of the ring: 32 random bytes and its id, the first byte of their SHA-256. */
export type LinkKey = { id: number; key: Buffer };

export const linkKeys = z.string().transform((text, ctx): LinkKey[] => {
  const keys = text.split(',').map((part) => decodeKey(part.trim()));
  if (keys.some((key) => key === null)) {
    ctx.addIssue('each key must be 32 random bytes as 64 hex digits or base64 (openssl rand -hex 32)');
    return z.NEVER;
  }
  const ring = keys.flatMap((key) => (key ? [{ id: keyId(key), key }] : []));
  if (ring.some(({ key }) => isPlaceholder(key)))
    ctx.addIssue('holds a sample key; make your own (openssl rand -hex 32)');
  if (new Set(ring.map(({ id }) => id)).size < ring.length) {
    ctx.addIssue('two keys share their first fingerprint byte; replace one of them by a new random key');
  }
  return ring;
});

export const sessionSecrets = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((secrets) => secrets.every((secret) => secret.length >= 32), {
    error: 'each secret must have at least 32 characters (openssl rand -hex 32)',
  })
  .refine((secrets) => !secrets.some((secret) => isPlaceholder(Buffer.from(secret))), {
    error: 'holds a sample secret; make your own (openssl rand -hex 32)',
  });

export const originUrl = z
  .url({
    protocol: /^https?$/,
    abort: true,
    error: 'must be the address people use, such as https://alumni.example.org',
  })
  .refine((url) => isOrigin(new URL(url)), {
    error: 'must be scheme, host and port only, without a path, a query or credentials',
  })
  .transform((url) => new URL(url).origin);

const percentEncodingError = {
  error: 'has a % that begins no percent-encoded character; write a % in a user name or password as %25',
};
export const databaseUrl = z
  .url({
    protocol: /^postgres(ql)?$/,
    error: 'must look like postgres://user:password@host:5432/homecoming',
  })
  .refine(hasValidPercentEncoding, percentEncodingError);
export const smtpUrl = z
  .url({
    protocol: /^smtps?$/,
    error: 'must look like smtps://user:password@mail.example.org:465',
  })
  .refine(hasValidPercentEncoding, percentEncodingError);

export const mailFrom = z.string().transform((text, ctx) => {
  const [sender, another] = addressparser(text, { flatten: true });
  const isOneLine = !/\p{Cc}/u.test(text);
  if (isOneLine && !another && z.email().safeParse(sender?.address).success)
    return { name: sender?.name ?? '', address: sender?.address ?? '' };
  ctx.addIssue('must contain one address, such as Alumni Office <office@example.org>');
  return z.NEVER;
});

export const host = z.string().refine((address) => address === 'localhost' || isIP(address) > 0, {
  error: 'must be an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them',
});

function isOrigin({ username, password, pathname, search, hash }: URL): boolean {
  return [username, password, search, hash].every((part) => part === '') && pathname === '/';
}

function hasValidPercentEncoding(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

function decodeKey(text: string): Buffer | null {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return key.length === 32 && /^[\w+/=-]+$/.test(text) ? key : null;
}

function keyId(key: Buffer): number {
  return createHash('sha256').update(key).digest().readUInt8(0);
}

// Typed placeholders repeat characters; random bytes practically never have fewer than 8 distinct values.
function isPlaceholder(secret: Buffer): boolean {
  return new Set(secret).size < 8 || /change|sample|example|secret|replace/i.test(secret.toString('latin1'));
}
