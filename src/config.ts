import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';

/** One key of the ring that signs links: its id (1 byte, from the key itself) and its 32 bytes. */
export type LinkKey = { id: number; key: Buffer };

export type Config = Readonly<{
  environment: 'development' | 'test' | 'production';
  port: number;
  baseUrl: string;
  databaseUrl: string;
  sessionSecrets: string[];
  linkKeys: LinkKey[];
  smtpUrl: string | null;
  mailFrom: string;
  trustProxy: number;
  logLevel: string;
  metricsToken: string | null;
  dataDir: string;
  /** For tests: webhooks to receivers on this machine. */
  webhooksAllowPrivate: boolean;
}>;

/** The settings are not fit to start with; `message` names every fault, a line each. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(`Homecoming can’t start. Please correct these settings (see .env.example):\n${faults.join('\n')}`);
    this.name = 'ConfigError';
  }
}

export const projectRoot = resolve(import.meta.dirname, '..');

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const linkKeys = z.string().transform((text, ctx): LinkKey[] => {
  const keys = text.split(',').map((part) => decodeKey(part.trim()));
  if (keys.some((key) => key === null)) {
    ctx.addIssue('each key must be 32 random bytes as 64 hex digits or base64 (openssl rand -hex 32)');
    return z.NEVER;
  }
  const ring = keys.flatMap((key) => (key ? [{ id: keyId(key), key }] : []));
  if (ring.some(({ key }) => isSample(key)))
    ctx.addIssue('holds a sample key; make your own (openssl rand -hex 32)');
  if (new Set(ring.map(({ id }) => id)).size < ring.length) {
    ctx.addIssue('two keys share their first fingerprint byte; replace one of them by a new random key');
  }
  return ring;
});

const sessionSecrets = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((secrets) => secrets.every((secret) => secret.length >= 32), {
    error: 'each secret must have at least 32 characters (openssl rand -hex 32)',
  })
  .refine((secrets) => !secrets.some((secret) => isSample(Buffer.from(secret))), {
    error: 'holds a sample secret; make your own (openssl rand -hex 32)',
  });

const webAddress = z
  .url({ protocol: /^https?$/, error: 'must be the address people use, such as https://alumni.example.org' })
  .transform((url) => url.replace(/\/+$/, ''));

const databaseUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must look like postgres://user:password@host:5432/homecoming',
});
const smtpUrl = z.url({
  protocol: /^smtps?$/,
  error: 'must look like smtps://user:password@mail.example.org:465',
});

const always = {
  PORT: z.coerce.number({ error: 'must be a port number' }).int().min(0).max(65_535).default(3000),
  DATABASE_URL: databaseUrl,
  SESSION_SECRETS: sessionSecrets,
  LINK_KEYS: linkKeys,
  TRUST_PROXY: z.coerce
    .number({ error: 'must be the number of proxies in front of this server' })
    .int()
    .min(0)
    .max(10)
    .default(0),
  METRICS_TOKEN: z.string().min(16, { error: 'must have at least 16 characters' }).optional(),
  DATA_DIR: z.string().default('.data'),
};

const elsewhere = z.object({
  ...always,
  NODE_ENV: z.enum(['development', 'test']).default('development'),
  BASE_URL: webAddress.optional(),
  SMTP_URL: smtpUrl.optional(),
  MAIL_FROM: z.string().min(3).default('Alumni Office <office@example.org>'),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  WEBHOOKS_ALLOW_PRIVATE: z.enum(['true', 'false']).default('false'),
});

const production = z.object({
  ...always,
  NODE_ENV: z.literal('production'),
  BASE_URL: webAddress.refine((url) => url.startsWith('https://') || new URL(url).hostname === 'localhost', {
    error: 'must begin with https:// in production',
  }),
  SMTP_URL: smtpUrl,
  MAIL_FROM: z.string().min(3),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  WEBHOOKS_ALLOW_PRIVATE: z
    .enum(['false'], { error: 'is for tests only: production calls nothing on its own network' })
    .default('false'),
});

/**
 * Reads the environment once. An empty variable counts as missing.
 * @throws ConfigError naming every fault at once, never a secret's value
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const schema = given.NODE_ENV === 'production' ? production : elsewhere;
  const result = schema.safeParse(given);
  if (!result.success) throw new ConfigError(result.error.issues.map(describe));
  const env = result.data;
  return {
    environment: env.NODE_ENV,
    port: env.PORT,
    baseUrl: env.BASE_URL ?? `http://localhost:${env.PORT}`,
    databaseUrl: env.DATABASE_URL,
    sessionSecrets: env.SESSION_SECRETS,
    linkKeys: env.LINK_KEYS,
    smtpUrl: env.SMTP_URL ?? null,
    mailFrom: env.MAIL_FROM,
    trustProxy: env.TRUST_PROXY,
    logLevel: env.LOG_LEVEL,
    metricsToken: env.METRICS_TOKEN ?? null,
    dataDir: resolve(projectRoot, env.DATA_DIR),
    webhooksAllowPrivate: env.WEBHOOKS_ALLOW_PRIVATE === 'true',
  };
}

function decodeKey(text: string): Buffer | null {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return key.length === 32 && /^[\w+/=-]+$/.test(text) ? key : null;
}

function keyId(key: Buffer): number {
  return createHash('sha256').update(key).digest().readUInt8(0);
}

// Whoever types a placeholder repeats himself: real random bytes never have so few different values.
function isSample(secret: Buffer): boolean {
  return new Set(secret).size < 8 || /change|sample|example|secret|replace/i.test(secret.toString('latin1'));
}

function describe(issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? 'environment');
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  return `  ${name} ${missing ? 'is missing' : issue.message}`;
}

export const config = readConfig(process.env);
