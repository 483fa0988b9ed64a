import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type UploadedFile, uploadImport } from '../../src/imports/upload.ts';
import { startWorker } from '../../src/platform/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { signInStaff } from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
import { idOf, pathOf, uploaded } from './uploads.ts';

const command = { kind: 'command' } as const;
const SAYS_SO = 'The upload was interrupted. Please upload the file again.';
let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const newest = async () => (await queryRow<{ id: string }>('select max(id) as id from imports'))?.id ?? '';
const records = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `K${from + n},Owusu${from + n}\n`).join('');

/** A file whose connection does what `then` does once these rows have arrived. */
function broken(then: () => Promise<unknown>): UploadedFile {
  async function* content() {
    yield `id,last name\n${records(0, 5_000)}`;
    await then();
    yield 'K9999,Owusu\n';
  }
  return { name: 'broken.csv', content: content() };
}

describe('an upload that is interrupted', () => {
  it('stays in the list, says so, and can be discarded', async () => {
    const breaks = async () => {
      throw new Error('the connection broke');
    };
    await expect(uploadImport('alumni', broken(breaks), command)).rejects.toThrow('the connection broke');
    const path = `/admin/imports/${await newest()}`;
    const list = await admin.open('/admin/imports');
    expect([columnTexts(list, 'State')[0], columnTexts(list, 'Rows')[0]]).toEqual(['Interrupted', '–']);
    const page = await admin.follow('broken.csv');
    expect(page.path).toBe(path);
    expect(page.text).toContain(SAYS_SO);
    expect(page.$('a[href="/admin/imports/new?kind=alumni"]').text()).toBe('Upload the file again');
    for (const [part, status] of [
      ['columns', 409],
      ['undo', 409],
    ] as const) {
      expect((await admin.open(`${path}/${part}`)).status).toBe(status);
    }
    await admin.open(path);
    await admin.submit(`${path}/deletion`);
    expect((await admin.open(path)).status).toBe(404);
    expect(
      await queryRows('select 1 from import_rows where import_id = $1', [path.split('/').at(-1)]),
    ).toEqual([]);
  });

  it('by the end of the process that received it is noticed within a minute or so', async () => {
    let seen = '';
    const isKilled = async () => {
      const path = `/admin/imports/${await newest()}`;
      seen = (await admin.open(path)).text;
      expect((await admin.post(`${path}/deletion`)).status).toBe(409);
      await queryRows(`update imports set last_received_at = now() - interval '2 minutes' where id = $1`, [
        await newest(),
      ]);
      expect((await admin.open(path)).text).toContain(SAYS_SO);
      await admin.submit(`${path}/deletion`);
    };
    // It was not dead after all: what arrives later is refused.
    await expect(uploadImport('alumni', broken(isKilled), command)).rejects.toThrow(
      'Somebody discarded this upload',
    );
    expect(seen).toContain('The file is being uploaded');
  });
});

describe('a worker that is killed in the middle', () => {
  const count = 6_000;
  const stepsOnly = () => {
    const { 'run-import': step } = createTasks();
    return step ? { 'run-import': step } : {};
  };

  async function killWhen(id: string, hasBegun: string): Promise<void> {
    const doomed = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'doomed-worker.ts')],
      {
        env: process.env,
        stdio: 'inherit',
      },
    );
    const begun = () => queryRow(`select 1 from imports where id = $1 and ${hasBegun} > 0`, [id]);
    await vi.waitFor(async () => expect(await begun()).not.toBeNull(), { timeout: 30_000, interval: 20 });
    doomed.kill('SIGKILL');
  }

  async function resume(id: string, isFinished: string): Promise<void> {
    const other = await startWorker(stepsOnly(), { sweepMs: 200 });
    const finished = () =>
      queryRow(`select 1 from imports where id = $1 and ${isFinished} is not null`, [id]);
    await vi.waitFor(async () => expect(await finished()).not.toBeNull(), { timeout: 40_000 });
    await other.stop();
  }

  const events = (id: string, action: string) =>
    queryRow(
      `select count(*)::int as events, count(distinct subject_id)::int as records from audit_events
       where action = $2 and detail ->> 'importId' = $1`,
      [id, action],
    );

  it('leaves no record out and does none twice: importing, then undoing', { timeout: 120_000 }, async () => {
    const page = await uploaded(admin, 'alumni', `id,last name\n${records(10_000, 10_000 + count)}`);
    const id = idOf(page);
    await admin.submit(`${pathOf(page)}/confirmation`);
    await killWhen(id, 'imported_count');
    expect(
      await queryRow('select 1 from imports where id = $1 and finished_at is null', [id]),
    ).not.toBeNull();
    await resume(id, 'finished_at');
    expect(await queryRow('select imported_count, skipped_count from imports where id = $1', [id])).toEqual({
      imported_count: count,
      skipped_count: 0,
    });
    expect(await events(id, 'alumni-record.imported')).toEqual({ events: count, records: count });
    await admin.open(`${pathOf(page)}/undo`);
    await admin.submit(`${pathOf(page)}/undo`, { reason: 'a test' });
    await killWhen(id, 'undone_count');
    await resume(id, 'undo_finished_at');
    expect(await queryRow('select undone_count, kept_count from imports where id = $1', [id])).toEqual({
      undone_count: count,
      kept_count: 0,
    });
    expect(await events(id, 'alumni-record.import-undone')).toEqual({ events: count, records: count });
    expect(await queryRows(`select 1 from alumni_members where external_id like 'K1____'`)).toEqual([]);
  });
});
