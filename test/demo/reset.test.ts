import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/platform/config/config.ts';
import { runNode } from '../security/processes.ts';

const script = (name: string) => join(projectRoot, 'dist', name);

describe('npm run db:reset', { timeout: 180_000 }, () => {
  it('empties the embedded database and the captured mail', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'homecoming-reset-'));
    const environment = { NODE_ENV: 'development', DATA_DIR: dataDir };
    expect(await runNode([script('cli.js'), 'migrate'], environment).ended).toBe(0);
    await mkdir(join(dataDir, 'mailbox'));
    await writeFile(join(dataDir, 'mailbox', '1.json'), '{}');

    const reset = runNode([script('reset-demo.js')], environment);
    expect(await reset.ended).toBe(0);
    expect(reset.output()).toContain('The database is empty.');
    expect(existsSync(join(dataDir, 'mailbox'))).toBe(false);

    const migrated = runNode([script('cli.js'), 'migrate'], environment);
    expect(await migrated.ended).toBe(0);
    expect(migrated.output()).toContain('Ran ');
  });

  it('refuses a database that DATABASE_URL names, and production', async () => {
    const other = runNode([script('reset-demo.js')], { DATABASE_URL: 'postgres://127.0.0.1:1/real' });
    expect(await other.ended).toBe(1);
    expect(other.errors()).toContain('Unset DATABASE_URL');
    const production = runNode([script('reset-demo.js')], { NODE_ENV: 'production' });
    expect(await production.ended).toBe(1);
    expect(production.errors()).toContain('never runs in production');
  });
});
