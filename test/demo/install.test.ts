import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = join(import.meta.dirname, '..', '..', 'src', 'demo', 'install.mjs');
const packages = {
  '': { name: 'project' },
  'node_modules/package': { version: '1.0.0' },
  'node_modules/@scope/package': { version: '2.0.0', dev: true },
  'node_modules/optional': { version: '3.0.0', optional: true },
};

// A fake npm: records its arguments, waits, and creates the packages.
const npm = `
  import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
  appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
  await new Promise((resolve) => setTimeout(resolve, 300));
  if (process.env.NPM_FAILS) process.exit(7);
  for (const folder of ['node_modules/package', 'node_modules/@scope/package']) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(folder + '/package.json', '{}');
  }
  copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
`;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'homecoming-install-'));
  await mkdir(join(root, 'src', 'demo'), { recursive: true });
  await copyFile(program, join(root, 'src', 'demo', 'install.mjs'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages }));
  await writeFile(join(root, 'npm-cli.js'), npm);
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('installs all packages of a fresh clone, even in production, and then prints nothing', async () => {
  expect((await install({ NODE_ENV: 'production' })).code).toBe(0);
  expect(await calls()).toEqual(['ci --include=dev --no-audit --no-fund']);
  expect(await install()).toEqual({ code: 0, output: '' });
  expect(await calls()).toHaveLength(1);
  expect((await readdir(root)).filter((name) => name.includes('lock'))).toEqual(['package-lock.json']);
});

test('installs a newer version and a missing package', async () => {
  await install();
  const newer = { ...packages, 'node_modules/package': { version: '1.0.1' } };
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: newer }));
  await install();
  expect(await calls()).toHaveLength(2);
  await rm(join(root, 'node_modules', 'package'), { recursive: true });
  await install();
  expect(await calls()).toHaveLength(3);
});

test('installs once when started twice concurrently', async () => {
  const both = await Promise.all([install(), install()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(await calls()).toHaveLength(1);
});

test('repeats an interrupted install and removes its stale lock', async () => {
  await install();
  await rm(join(root, 'node_modules', '.package-lock.json'));
  await mkdir(join(root, '.install.lock'));
  await utimes(join(root, '.install.lock'), new Date(), new Date(Date.now() - 10_000));
  expect((await install()).code).toBe(0);
  expect(await calls()).toHaveLength(2);
  expect(await install()).toEqual({ code: 0, output: '' });
});

test('reports a failure of npm, and tries again at the next run', async () => {
  const failed = await install({ NPM_FAILS: 'yes' });
  expect(failed.code).toBe(1);
  expect(failed.output).toContain('Installing the packages failed');
  expect((await install()).code).toBe(0);
});

test('rejects a Node.js that is too old', async () => {
  const older = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.18.3'}})";
  const result = await install({ NODE_OPTIONS: `--import="${older}"` });
  expect(result.code).toBe(1);
  expect(result.output).toContain('needs Node.js 20.19 or newer');
});

function install(env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join(root, 'src', 'demo', 'install.mjs')], {
    cwd: dirname(root),
    env: { ...process.env, npm_execpath: join(root, 'npm-cli.js'), ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

async function calls(): Promise<string[]> {
  return (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n');
}
