import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ConfigError, projectRoot, readConfig } from '../../../src/platform/config/config.ts';

const secret = '5f1d7c0a93e86b24d15a0c7f3e92b8461d70af5c2e38946b9fd1057ac3e2864b';
const key = '0b57e1c94a8d3f62b7109ce5d84f2a6371ec05bd96483af2c15d7e80b93642af';

const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://alumni.example.org/',
  DATABASE_URL: 'postgres://u:p@db.example.org/homecoming',
  SESSION_SECRETS: secret,
  LINK_KEYS: key,
  SMTP_URL: 'smtps://u:p@mail.example.org:465',
  MAIL_FROM: 'Office <office@example.org>',
};

function configErrors(environment: NodeJS.ProcessEnv): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the environment variables', () => {
  it('have defaults', () => {
    expect(readConfig(production)).toMatchObject({
      environment: 'production',
      port: 3000,
      host: null,
      mailFrom: { name: 'Office', address: 'office@example.org' },
      baseUrl: 'https://alumni.example.org',
      trustProxy: 0,
      metricsToken: null,
      sessionSecrets: [secret],
    });
  });

  it('allow webhooks to private addresses only in tests', () => {
    const allowing = { ...production, WEBHOOKS_ALLOW_PRIVATE: 'true' };
    expect(configErrors(allowing)).toContain('WEBHOOKS_ALLOW_PRIVATE is for tests only');
    expect(readConfig({ ...allowing, NODE_ENV: 'test' }).webhooksAllowPrivate).toBe(true);
    expect(readConfig(production).webhooksAllowPrivate).toBe(false);
  });

  it('list every error in production, without the values of secrets', () => {
    const errors = configErrors({
      NODE_ENV: 'production',
      SESSION_SECRETS: 'too short for a secret',
      PORT: 'http',
      TRUST_PROXY: 'yes',
    });
    for (const name of [
      'BASE_URL',
      'DATABASE_URL',
      'SESSION_SECRETS',
      'LINK_KEYS',
      'SMTP_URL',
      'MAIL_FROM',
      'PORT',
      'TRUST_PROXY',
    ]) {
      expect(errors).toContain(name);
    }
    expect(errors).not.toContain('too short for a secret');
  });

  it.each([
    ['SESSION_SECRETS', 'change-me-change-me-change-me-change-me'],
    ['SESSION_SECRETS', 'a'.repeat(64)],
    ['LINK_KEYS', '0'.repeat(64)],
    ['LINK_KEYS', 'abc'],
    ['LINK_KEYS', `${key},${key}`],
    ['LINK_KEYS', `${key},short`],
    ['BASE_URL', 'http://alumni.example.org'],
    ['BASE_URL', 'alumni.example.org'],
    ['BASE_URL', 'https://alumni.example.org/invite'],
    ['BASE_URL', 'https://alumni.example.org/?a=b'],
    ['BASE_URL', 'https://ada:secret@alumni.example.org'],
    ['HOST', 'alumni.example.org'],
    ['SMTP_URL', 'smtps://user:100%sure@mail.example.org:465'],
    ['DATABASE_URL', 'postgres://user:100%sure@db.example.org/homecoming'],
    ['DATABASE_URL', 'mysql://localhost/homecoming'],
    ['TRUST_PROXY', 'true'],
    ['METRICS_TOKEN', 'short'],
    ['MAIL_FROM', ''],
    ['MAIL_FROM', 'Alumni Office'],
    ['MAIL_FROM', 'Office <office@>'],
    ['MAIL_FROM', 'one@example.org, two@example.org'],
  ])('reject %s=%s in production', (name, value) => {
    expect(configErrors({ ...production, [name]: value })).toContain(name);
  });

  it.each([undefined, '', 'prod', 'Development'])('default to production for NODE_ENV=%s', (NODE_ENV) => {
    const { environment, webhooksAllowPrivate } = readConfig({ ...production, NODE_ENV });
    expect({ environment, webhooksAllowPrivate }).toEqual({
      environment: 'production',
      webhooksAllowPrivate: false,
    });
    expect(configErrors({ NODE_ENV })).toContain('SMTP_URL is missing');
  });

  it('in .env.example can be loaded by a shell', () => {
    const print = 'set -a; . ./.env.example; printf %s "$MAIL_FROM"';
    expect(execFileSync('sh', ['-euc', print], { cwd: projectRoot, encoding: 'utf8' })).toBe(
      'Alumni Office <office@example.org>',
    );
  });

  it('don’t require a mail server or base URL outside production', () => {
    const config = readConfig({
      NODE_ENV: 'development',
      DATABASE_URL: production.DATABASE_URL,
      SESSION_SECRETS: secret,
      LINK_KEYS: key,
      PORT: '4000',
      SMTP_URL: '',
    });
    expect(config).toMatchObject({
      environment: 'development',
      baseUrl: 'http://localhost:4000',
      smtpUrl: null,
      host: '127.0.0.1',
    });
  });

  it('accept several keys, as hex or base64', () => {
    const second = Buffer.from(secret, 'hex').toString('base64');
    const { linkKeys } = readConfig({ ...production, LINK_KEYS: `${key}, ${second}` });
    expect(linkKeys.map(({ key: bytes }) => bytes.toString('hex'))).toEqual([key, secret]);
  });
});
