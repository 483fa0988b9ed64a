// Measures a campaign among ten times as many invitations, compared with COPY of the same rows into the same tables. Uses the
// new database of DATABASE_URL and prints the results. `campaigns.ts 20000` uses 20,000 recipients.

import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { getCampaign } from '../../src/campaigns/campaign.ts';
import { createCampaign } from '../../src/campaigns/draft.ts';
import { countIncluded } from '../../src/campaigns/inclusion.ts';
import { runCampaign } from '../../src/campaigns/run.ts';
import { sendCampaign } from '../../src/campaigns/send.ts';
import { config } from '../../src/platform/config/config.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { migrate } from '../../src/platform/db/migrations.ts';
import { newReference } from '../../src/platform/text/support-reference.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { fillLists } from './lists.ts';
import { vacuum } from './vacuum.ts';

/** Times in milliseconds, memory in megabytes. */
type Costs = Readonly<{ eligibilityMs: number; sendingMs: number; growthMb: number }>;
/** The minimum time per table. */
type Floor = Readonly<Record<string, number>>;

type CopyConnection = Readonly<{ sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }>;

const RECIPIENTS = Number(process.argv[2] ?? 100_000);
const INVITATIONS = RECIPIENTS * 10;
const MEGABYTE = 1024 * 1024;
const command = { kind: 'command' } as const;

async function measure(): Promise<{ floor: Floor; costs: Costs }> {
  await migrate();
  await fillLists(INVITATIONS);
  const importId = await createImport();
  await vacuum();
  // First, because measuring the floor needs memory too.
  const costs = await measureCampaign(importId);
  await vacuum();
  const [first, second] = [await measureFloor(), await measureFloor()];
  const mean = Object.entries(first).map(([table, ms]) => [table, (ms + (second[table] ?? ms)) / 2]);
  return { floor: Object.fromEntries(mean), costs };
}

/** Creates a checked import; three quarters of its people are in the directory. @returns its id */
async function createImport(): Promise<string> {
  await queryRows(
    `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth)
     select 'known' || n, 'Person', 'Number' || n, 'invited.person' || n || '@file.example.org', 1960 + n % 60,
       'Center ' || n % 40, 1940 + n % 60 from generate_series(1, $1::int) n where n % 4 > 0 returning id`,
    [RECIPIENTS],
  );
  const created = await queryRow<{ id: string }>(
    `insert into imports (kind, file_name, uploaded_at, mapped_at, checked_at, row_count, checked_count, status_counts)
     values ('invitees', 'people.csv', now(), now(), now(), $1::int, $1::int, jsonb_build_object('ok', $1::int))
     returning id`,
    [RECIPIENTS],
  );
  await queryRows(
    `insert into import_rows (import_id, line, cells, values, status)
     select $1::bigint, n + 1, '[]', jsonb_build_object('email', 'invited.person' || n || '@file.example.org',
       'name', 'Person Number' || n, 'message', '', 'groupId', null, 'groupRole', null), 'ok'
     from generate_series(1, $2::int) n returning 1`,
    [created?.id, RECIPIENTS],
  );
  return created?.id ?? '';
}

async function measureCampaign(importId: string): Promise<Costs> {
  const growth = watchMemory();
  let id = '';
  const eligibilityMs = await timed(async () => {
    id = (await createCampaign({ importId, name: 'Everyone' }, command)).id;
    await runUntil(id, 'checked_at');
  });
  const sendingMs = await timed(async () => {
    const draft = await getCampaign(id);
    await sendCampaign(id, { version: draft.version, count: countIncluded(draft) }, command);
    await runUntil(id, 'finished_at');
  });
  const growthMb = growth();
  const { invitedCount } = await getCampaign(id);
  if (invitedCount !== RECIPIENTS)
    throw new Error(`only ${invitedCount} of ${RECIPIENTS} people were invited`);
  return { eligibilityMs, sendingMs, growthMb };
}

// Like the worker, without waiting between the steps.
async function runUntil(id: string, column: 'checked_at' | 'finished_at'): Promise<void> {
  while (!(await queryRow(`select from campaigns where id = $1 and ${column} is not null`, [id])))
    await runCampaign(id);
}

/** Measures COPY into the tables that sending writes to, with their indexes but without triggers. */
async function measureFloor(): Promise<Floor> {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  const times: Record<string, number> = {};
  try {
    await client.query('begin');
    for (const [table, { columns, lines }] of Object.entries(createRows())) {
      await client.query(`alter table ${table} disable trigger user`);
      const content = Buffer.from(lines.join('\n'));
      const sql = `copy ${table} (${columns}) from stdin with (format csv)`;
      times[table] = await timed(() => copyIn(client, sql, content));
    }
    await client.query('rollback');
  } finally {
    await client.end();
  }
  await vacuum();
  return times;
}

/** The rows that sending writes, as CSV lines. */
function createRows(): Record<string, { columns: string; lines: string[] }> {
  const expires = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const rows = Array.from({ length: RECIPIENTS }, (_, n) => ({
    id: 1_000_000_000 + n,
    email: `invited.person${n}@bare.example.org`,
    reference: newReference(),
    link: randomUUID(),
    message: randomUUID(),
  }));
  const detail = '"{""delivery"":""mail"",""validityDays"":7,""campaignId"":""1""}"';
  return {
    invitations: {
      columns: 'id, reference, email, name, batch, center, validity_days, expires_at',
      lines: rows.map(
        ({ id, reference, email }, n) =>
          `${id},${reference},${email},Person Number${n},${1960 + (n % 60)},Center ${n % 40},7,${expires}`,
      ),
    },
    invitation_links: {
      columns: 'id, invitation_id, token_hash, delivery, email',
      lines: rows.map(
        ({ id, link, email }) => `${link},${id},\\x${randomBytes(32).toString('hex')},mail,${email}`,
      ),
    },
    messages: {
      columns: 'id, template, recipient, subject_id, reference, invitation_id',
      lines: rows.map(
        ({ id, reference, email, link, message }) =>
          `${message},invitation,${email},${link},${reference},${id}`,
      ),
    },
    'graphile_worker._private_jobs': {
      columns: 'task_id, payload, key, max_attempts',
      lines: rows.map(({ message }) => `1,"{""messageId"":""${message}""}",message:${message},14`),
    },
    audit_events: {
      columns: 'actor, action, subject_type, subject_id, detail',
      lines: rows.map(({ id }) => `command,invitation.created,invitation,${id},${detail}`),
    },
  };
}

/** A minimal implementation of COPY, which the driver doesn't support. */
function copyIn(client: pg.Client, sql: string, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const copy = {
      submit: (connection: pg.Connection) => connection.query(sql),
      handleCopyInResponse: (connection: CopyConnection) => {
        connection.sendCopyFromChunk(content);
        connection.endCopyFrom();
      },
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    };
    client.query(copy as unknown as pg.Submittable);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** @returns a function that stops watching and returns the peak memory growth in megabytes */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  return () => {
    clearInterval(timer);
    return (peak - before) / MEGABYTE;
  };
}

function describe(floor: Floor, { eligibilityMs, sendingMs, growthMb }: Costs): string {
  const total = Object.values(floor).reduce((sum, ms) => sum + ms, 0);
  const line = (name: string, ms: number, share = (ms / total).toFixed(2)) =>
    `${name.padEnd(52)}${(ms / 1000).toFixed(1).padStart(7)} s${share.padStart(8)}`;
  return [
    `${`A campaign of ${RECIPIENTS} recipients among ${INVITATIONS} invitations`.padEnd(61)}   of floor`,
    ...Object.entries(floor).map(([table, ms]) => line(`  COPY into ${table}`, ms)),
    line('floor: total', total),
    line('eligibility: recipients loaded and checked', eligibilityMs),
    line('sending: invitations, links, mails, jobs, audit', sendingMs),
    `${'peak memory growth'.padEnd(52)}${growthMb.toFixed(0).padStart(7)} MB`,
  ].join('\n');
}

const { floor, costs } = await measure();
process.stdout.write(`${describe(floor, costs)}\n`);
await closeDatabase();
