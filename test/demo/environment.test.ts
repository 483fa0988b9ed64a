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

function incompleteEnvironment(): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'development',
    DATA_DIR: dataDir,
    DATABASE_URL: 'postgres://given',
    SESSION_SECRETS: '',
  };
}

test('missing secrets are generated once, stored privately, and the same for concurrent starts', async () => {
  const [first, second] = [incompleteEnvironment(), incompleteEnvironment()];
  await Promise.all([prepareDevelopmentEnvironment(first), prepareDevelopmentEnvironment(second)]);
  expect(first.SESSION_SECRETS).toMatch(/^[0-9a-f]{64}$/);
  expect(first.LINK_KEYS).toMatch(/^[0-9a-f]{64}$/);
  expect(first.LINK_KEYS).not.toBe(first.SESSION_SECRETS);
  expect(second).toEqual(first);
  expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o077).toBe(0);
});

test('existing variables are not changed', async () => {
  const env = { ...incompleteEnvironment(), LINK_KEYS: 'own key' };
  await prepareDevelopmentEnvironment(env);
  expect(env).toMatchObject({ LINK_KEYS: 'own key', DATABASE_URL: 'postgres://given' });
});

test('nothing is set in production or without NODE_ENV', async () => {
  for (const variables of [{ NODE_ENV: 'production' }, {}]) {
    const env: NodeJS.ProcessEnv = { ...variables, DATA_DIR: dataDir };
    await prepareDevelopmentEnvironment(env);
    expect(env).toEqual({ ...variables, DATA_DIR: dataDir });
  }
});

test('a damaged secrets file is reported and not replaced', async () => {
  await prepareDevelopmentEnvironment(incompleteEnvironment());
  const file = join(dataDir, 'secrets.json');
  await writeFile(file, '{');
  await expect(prepareDevelopmentEnvironment(incompleteEnvironment())).rejects.toThrow(file);
  expect(await readFile(file, 'utf8')).toBe('{');
});
