import { resolve } from 'node:path';
import { z } from 'zod';
import {
  databaseUrl,
  host,
  type LinkKey,
  linkKeys,
  mailFrom,
  originUrl,
  sessionSecrets,
  smtpUrl,
} from './fields.ts';
import { isProduction } from './production.ts';

export type { LinkKey };

export type Config = Readonly<{
  environment: 'development' | 'test' | 'production';
  port: number;
  /** The address to listen on; null for all interfaces. */
  host: string | null;
  baseUrl: string;
  databaseUrl: string;
  sessionSecrets: string[];
  linkKeys: LinkKey[];
  smtpUrl: string | null;
  mailFrom: Readonly<{ name: string; address: string }>;
  trustProxy: number;
  logLevel: string;
  metricsToken: string | null;
  dataDir: string;
  /** For tests only: allows webhooks to private addresses. */
  webhooksAllowPrivate: boolean;
}>;

/** Invalid environment variables. `message` lists every error, one per line. */
export class ConfigError extends Error {
  constructor(errors: string[]) {
    super(`Homecoming can’t start. Please correct these settings (see .env.example):\n${errors.join('\n')}`);
    this.name = 'ConfigError';
  }
}

export const projectRoot = resolve(import.meta.dirname, '../../..');

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const commonSettings = {
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

const nonProductionSchema = z.object({
  ...commonSettings,
  NODE_ENV: z.enum(['development', 'test']),
  BASE_URL: originUrl.optional(),
  SMTP_URL: smtpUrl.optional(),
  // The demo is reachable only from this machine.
  HOST: host.default('127.0.0.1'),
  MAIL_FROM: mailFrom.default({ name: 'Alumni Office', address: 'office@example.org' }),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  WEBHOOKS_ALLOW_PRIVATE: z.enum(['true', 'false']).default('false'),
});

const productionSchema = z.object({
  ...commonSettings,
  BASE_URL: originUrl.refine((url) => url.startsWith('https://') || new URL(url).hostname === 'localhost', {
    error: 'must begin with https:// in production',
  }),
  SMTP_URL: smtpUrl,
  HOST: host.optional(),
  MAIL_FROM: mailFrom,
  LOG_LEVEL: z.enum(logLevels).default('info'),
  WEBHOOKS_ALLOW_PRIVATE: z
    .enum(['false'], { error: 'is for tests only: production calls nothing on its own network' })
    .default('false'),
});

/**
 * Parses the environment variables. An empty variable counts as missing.
 * @throws ConfigError listing every error, without the values of secrets
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const variables = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const schema = isProduction(variables) ? productionSchema : nonProductionSchema;
  const result = schema.safeParse(variables);
  if (!result.success)
    throw new ConfigError(result.error.issues.map((issue) => describeIssue(issue, variables)));
  const env = result.data;
  return {
    environment: 'NODE_ENV' in env ? env.NODE_ENV : 'production',
    port: env.PORT,
    host: env.HOST ?? null,
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

function describeIssue({ path, message }: z.core.$ZodIssue, variables: Record<string, unknown>): string {
  const name = String(path[0] ?? 'environment');
  return `  ${name} ${variables[name] === undefined ? 'is missing' : message}`;
}

export const config = readConfig(process.env);
