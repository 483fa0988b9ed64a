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

function faults(environment: NodeJS.ProcessEnv): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('the settings of the environment', () => {
  it('are read once, with their usual values', () => {
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

  it('let webhooks into our own network for tests only', () => {
    const open = { ...production, WEBHOOKS_ALLOW_PRIVATE: 'true' };
    expect(faults(open)).toContain('WEBHOOKS_ALLOW_PRIVATE is for tests only');
    expect(readConfig({ ...open, NODE_ENV: 'test' }).webhooksAllowPrivate).toBe(true);
    expect(readConfig(production).webhooksAllowPrivate).toBe(false);
  });

  it('name every fault at once in production, and never a secret’s value', () => {
    const told = faults({
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
      expect(told).toContain(name);
    }
    expect(told).not.toContain('too short for a secret');
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
  ])('refuse %s=%s in production', (name, value) => {
    expect(faults({ ...production, [name]: value })).toContain(name);
  });

  it.each([undefined, '', 'prod', 'Development'])('are those of production for NODE_ENV=%s', (NODE_ENV) => {
    const { environment, webhooksAllowPrivate } = readConfig({ ...production, NODE_ENV });
    expect({ environment, webhooksAllowPrivate }).toEqual({
      environment: 'production',
      webhooksAllowPrivate: false,
    });
    expect(faults({ NODE_ENV })).toContain('SMTP_URL is missing');
  });

  it('of the example load in a shell as they stand', () => {
    const print = 'set -a; . ./.env.example; printf %s "$MAIL_FROM"';
    expect(execFileSync('sh', ['-euc', print], { cwd: projectRoot, encoding: 'utf8' })).toBe(
      'Alumni Office <office@example.org>',
    );
  });

  it('need no mail server and no address outside production', () => {
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

  it('take keys as hex or base64, several of them', () => {
    const second = Buffer.from(secret, 'hex').toString('base64');
    const { linkKeys } = readConfig({ ...production, LINK_KEYS: `${key}, ${second}` });
    expect(linkKeys.map(({ key: bytes }) => bytes.toString('hex'))).toEqual([key, secret]);
  });
});
