// Measures the speed of the site relative to a minimal page on the same machine, and of staff pages and campaigns with large
// tables. `npm run bench -- pages`, `-- panel`, `-- campaigns` and `-- imports` run one of the four; `-- campaigns 20000` uses fewer
// recipients.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startTestServer } from '../support/test-server.ts';
import type { Speed } from './load.ts';
import { productionEnvironment, startFloor, startSite } from './site.ts';

/** `share` is relative to the floor, or to `of`. */
type Row = Readonly<{ name: string; speed: Speed; share?: number; of?: string }>;

const REGISTRATIONS = 300;

const args = process.argv.slice(2);
const parts = args.filter((arg) => !/^\d+$/.test(arg));
const isSelected = (part: string) => parts.length === 0 || parts.includes(part);

const server = await startTestServer();
try {
  if (isSelected('pages')) print(await measure(server.url));
  if (isSelected('panel')) await printPanel(server.url);
  if (isSelected('campaigns')) await measureInProcess('campaigns.ts', server.url);
  if (isSelected('imports')) await measureInProcess('imports.ts', server.url);
} finally {
  await server.remove();
}

async function measure(adminUrl: string): Promise<Row[]> {
  const environment = productionEnvironment(adminUrl);
  Object.assign(process.env, environment);
  const { fillDatabase, inviteMany } = await import('./prepare.ts');
  const { floorSpeed, hashSpeed, pageSpeeds, registrationSpeed, verifySpeed } = await import('./measures.ts');
  const { closeDatabase } = await import('../../src/platform/db/database.ts');
  await fillDatabase();
  const [floor, site] = [await startFloor(adminUrl), await startSite(environment)];
  try {
    const before = await floorSpeed(floor.port);
    const invited = await inviteMany(REGISTRATIONS + 1);
    const [first = '', ...others] = invited.links;
    const pages = await pageSpeeds(site.port, first);
    const floorMean = mean(before, await floorSpeed(floor.port));
    const registrations = await registrationSpeed(site.port, others);
    const hashes = await hashSpeed();
    return [
      { name: 'floor: 6 kB page, two selects', speed: floorMean, share: 1 },
      ...pages.map(([name, speed]) => ({ name, speed, share: speed.perSecond / floorMean.perSecond })),
      { name: 'argon2id alone', speed: hashes },
      {
        name: 'registrations',
        speed: registrations,
        share: registrations.perSecond / hashes.perSecond,
        of: 'argon2id',
      },
      { name: 'invitations created', speed: invited.speed },
      { name: 'signatures verified', speed: await verifySpeed() },
    ];
  } finally {
    await Promise.all([site.stop(), floor.stop(), closeDatabase()]);
  }
}

async function printPanel(adminUrl: string): Promise<void> {
  Object.assign(process.env, productionEnvironment(adminUrl));
  const { measurePanel } = await import('./panel.ts');
  process.stdout.write(`\n${await measurePanel(adminUrl)}\n`);
}

// In another process, because its memory is measured and the database is fixed per process.
async function measureInProcess(script: string, adminUrl: string): Promise<void> {
  Object.assign(process.env, productionEnvironment(adminUrl));
  const { createDatabase } = await import('./prepare.ts');
  const environment = productionEnvironment(await createDatabase(adminUrl));
  const nodeArgs = [
    '--import',
    'tsx',
    join(import.meta.dirname, script),
    ...args.filter((arg) => /^\d+$/.test(arg)),
  ];
  const env = { ...process.env, ...environment, LOG_LEVEL: 'error' };
  const { stdout } = await promisify(execFile)(process.execPath, nodeArgs, { env });
  process.stdout.write(`\n${stdout}`);
}

function mean(first: Speed, second: Speed): Speed {
  return {
    perSecond: (first.perSecond + second.perSecond) / 2,
    p95Ms: (first.p95Ms + second.p95Ms) / 2,
  };
}

function print(rows: readonly Row[]): void {
  const lines = rows.map(({ name, speed, share, of }) => [
    name,
    Math.round(speed.perSecond).toLocaleString('en'),
    share === undefined ? '' : `${share.toFixed(2)}${of ? ` of ${of}` : ''}`,
    speed.p95Ms < 0.1 ? '' : speed.p95Ms.toFixed(1),
  ]);
  const table = [['', 'per second', 'share of floor', 'p95 ms'], ...lines];
  for (const [name = '', perSecond = '', share = '', p95 = ''] of table) {
    process.stdout.write(
      `${name.padEnd(32)}${perSecond.padStart(11)}  ${share.padEnd(18)}${p95.padStart(7)}\n`,
    );
  }
}
