// What a file of a hundred thousand rows costs among a million invitations, against a bare COPY of as many rows: measured
// in the database of DATABASE_URL, which is new, and printed.

import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { batchById, countIncluded } from '../../src/batches/batch.ts';
import { sendBatch } from '../../src/batches/carry-out.ts';
import { mapColumns } from '../../src/batches/columns.ts';
import { receiveFile } from '../../src/batches/receive.ts';
import { runBatch } from '../../src/batches/run.ts';
import { config } from '../../src/config.ts';
import { closeDatabase } from '../../src/database.ts';
import { migrate } from '../../src/migrations.ts';
import { newReference } from '../../src/web/reference.ts';
import { row } from '../support/database.ts';
import { fillLists } from './lists.ts';

/** Times in milliseconds, memory in megabytes. */
type BatchCosts = Readonly<{
  floorMs: number;
  uploadMs: number;
  previewMs: number;
  sendingMs: number;
  growthMb: number;
}>;

type CopyConnection = Readonly<{ sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void }>;

const INVITATIONS = 1_000_000;
const ROWS = 100_000;
const MEGABYTE = 1024 * 1024;
const command = { kind: 'command' } as const;

/** Most of the time goes into the million invitations. */
async function batchCosts(): Promise<BatchCosts> {
  await migrate();
  await fillLists(INVITATIONS);
  const directory = await mkdtemp(join(tmpdir(), 'homecoming-bench-'));
  try {
    const file = join(directory, 'people.csv');
    await writeFile(file, people('file.example.org'));
    const before = await floor();
    const watch = watchMemory();
    const costs = await throughTheBatch(file);
    const growthMb = watch();
    const after = await floor();
    return { ...costs, growthMb, floorMs: (before + after) / 2 };
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function throughTheBatch(
  file: string,
): Promise<Pick<BatchCosts, 'uploadMs' | 'previewMs' | 'sendingMs'>> {
  let id = '';
  const uploadMs = await timed(async () => {
    id = await receiveFile('invitations', { name: 'people.csv', content: createReadStream(file) }, command);
  });
  const previewMs = await timed(async () => {
    const { places, hasHeading } = await batchById(id);
    await mapColumns(id, { places, hasHeading }, command);
    await runUntil(id, 'judged_at');
  });
  const sendingMs = await timed(async () => {
    await sendBatch(id, countIncluded(await batchById(id)), command);
    await runUntil(id, 'done_at');
  });
  const { done } = await batchById(id);
  if (done !== ROWS) throw new Error(`only ${done} of ${ROWS} rows were sent`);
  return { uploadMs, previewMs: uploadMs + previewMs, sendingMs };
}

// As the worker does, which takes the job of each next step at once.
async function runUntil(id: string, fact: 'judged_at' | 'done_at'): Promise<void> {
  while (!(await row(`select from batches where id = $1 and ${fact} is not null`, [id]))) await runBatch(id);
}

/** COPY into the very table, with its million rows and all its indexes, but no trigger. */
async function floor(): Promise<number> {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('alter table invitations disable trigger user');
    const content = Buffer.from(people('bare.example.org'));
    const took = await timed(() => copyIn(client, content));
    await client.query('rollback');
    await client.query('vacuum analyze invitations');
    return took;
  } finally {
    await client.end();
  }
}

/** What the driver asks of a query, for COPY, which it leaves to others. */
function copyIn(client: pg.Client, content: Buffer): Promise<void> {
  const sql = `copy invitations (email, name, reference, validity_days, expires_at) from stdin with (format csv, header)`;
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

/** A file whose last columns are read by the bare COPY only. */
function people(domain: string): string {
  const expires = new Date(Date.now() + 7 * 86_400_000).toISOString();
  const lines = Array.from(
    { length: ROWS },
    (_, n) => `invited.person${n}@${domain},Person Number${n},${newReference()},7,${expires}`,
  );
  return ['email,name,ref,days,until', ...lines].join('\n');
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/** @returns what ends the watch and says by how many megabytes this process grew at most */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  return () => {
    clearInterval(watching);
    return (most - before) / MEGABYTE;
  };
}

function describe({ floorMs, uploadMs, previewMs, sendingMs, growthMb }: BatchCosts): string {
  const line = (name: string, ms: number) =>
    `${name.padEnd(44)}${(ms / 1000).toFixed(1).padStart(7)} s${(ms / floorMs).toFixed(2).padStart(8)}`;
  return [
    `${`A file of ${ROWS} rows among ${INVITATIONS} invitations`.padEnd(53)}   of floor`,
    line('floor: a bare COPY', floorMs),
    line('uploaded', uploadMs),
    line('uploaded and every row judged: the preview', previewMs),
    line('sent: invitations, links, mails, audit', sendingMs),
    `${'memory that the process grew by'.padEnd(44)}${growthMb.toFixed(0).padStart(7)} MB`,
  ].join('\n');
}

process.stdout.write(`${describe(await batchCosts())}\n`);
await closeDatabase();
