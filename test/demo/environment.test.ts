import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { prepareDevelopmentEnvironment } from '../../src/demo/environment.ts';

let dataDir: string;
let counter = 0;

beforeEach(() => {
  counter += 1;
  dataDir = join(process.env.DATA_DIR ?? '', String(counter));
});

function incomplete(): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'development',
    DATA_DIR: dataDir,
    DATABASE_URL: 'postgres://given',
    SESSION_SECRETS: '',
  };
}

test('Missing secrets are drawn once, kept for their owner alone, and the same for two starts at once', async () => {
  const [first, second] = [incomplete(), incomplete()];
  await Promise.all([prepareDevelopmentEnvironment(first), prepareDevelopmentEnvironment(second)]);
  expect(first.SESSION_SECRETS).toMatch(/^[0-9a-f]{64}$/);
  expect(first.LINK_KEYS).toMatch(/^[0-9a-f]{64}$/);
  expect(first.LINK_KEYS).not.toBe(first.SESSION_SECRETS);
  expect(second).toEqual(first);
  expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o077).toBe(0);
});

test('What is set is left alone', async () => {
  const env = { ...incomplete(), LINK_KEYS: 'own key' };
  await prepareDevelopmentEnvironment(env);
  expect(env).toMatchObject({ LINK_KEYS: 'own key', DATABASE_URL: 'postgres://given' });
});

test('In production, or without NODE_ENV, nothing is filled in', async () => {
  for (const setting of [{ NODE_ENV: 'production' }, {}]) {
    const env: NodeJS.ProcessEnv = { ...setting, DATA_DIR: dataDir };
    await prepareDevelopmentEnvironment(env);
    expect(env).toEqual({ ...setting, DATA_DIR: dataDir });
  }
});

test('A damaged file of secrets is named, and not replaced', async () => {
  await prepareDevelopmentEnvironment(incomplete());
  const file = join(dataDir, 'secrets.json');
  await writeFile(file, '{');
  await expect(prepareDevelopmentEnvironment(incomplete())).rejects.toThrow(file);
  expect(await readFile(file, 'utf8')).toBe('{');
});
