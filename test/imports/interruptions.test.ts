import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { writeXlsx } from 'hucre/xlsx';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type UploadedFile, uploadImport } from '../../src/imports/upload.ts';
import { startWorker } from '../../src/platform/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { signInStaff } from '../support/fixtures.ts';
import { columnTexts, type Visitor } from '../support/visitor.ts';
import { idOf, pathOf, uploadAndCheck } from './uploads.ts';

const command = { kind: 'command' } as const;
const INTERRUPTED_TEXT = 'The upload was interrupted. Please upload the file again.';
let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const newestImportId = async () =>
  (await queryRow<{ id: string }>('select max(id) as id from imports'))?.id ?? '';
const recordLines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `K${from + n},Owusu${from + n}\n`).join('');

/** A file that runs `callback` after its first rows have arrived. */
function brokenFile(callback: () => Promise<unknown>): UploadedFile {
  async function* content() {
    yield `id,last name\n${recordLines(0, 5_000)}`;
    await callback();
    yield 'K9999,Owusu\n';
  }
  return { name: 'broken.csv', content: content() };
}

describe('an interrupted upload', () => {
  it('is listed as interrupted, and can be discarded', async () => {
    const breakConnection = async () => {
      throw new Error('the connection broke');
    };
    await expect(uploadImport('alumni', brokenFile(breakConnection), command)).rejects.toThrow(
      'the connection broke',
    );
    const path = `/admin/imports/${await newestImportId()}`;
    const list = await admin.open('/admin/imports');
    expect([columnTexts(list, 'Status')[0], columnTexts(list, 'Rows')[0]]).toEqual(['Interrupted', '–']);
    const page = await admin.follow('broken.csv');
    expect(page.path).toBe(path);
    expect(page.text).toContain(INTERRUPTED_TEXT);
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

  it('is detected after a minute if the receiving process was killed', async () => {
    let seen = '';
    const discard = async () => {
      const path = `/admin/imports/${await newestImportId()}`;
      seen = (await admin.open(path)).text;
      expect((await admin.post(`${path}/deletion`)).status).toBe(409);
      await queryRows(`update imports set last_received_at = now() - interval '2 minutes' where id = $1`, [
        await newestImportId(),
      ]);
      expect((await admin.open(path)).text).toContain(INTERRUPTED_TEXT);
      await admin.submit(`${path}/deletion`);
    };
    // The process was still running, so the rows that arrive later are refused.
    await expect(uploadImport('alumni', brokenFile(discard), command)).rejects.toThrow(
      'Someone deleted this upload',
    );
    expect(seen).toContain('Uploading the file');
  });
});

describe('a killed worker', () => {
  const count = 6_000;
  const importTasks = () => {
    const { 'run-import': step } = createTasks();
    return step ? { 'run-import': step } : {};
  };

  async function killWorkerOnce(id: string, countColumn: string): Promise<void> {
    const worker = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'worker-process.ts')],
      {
        env: process.env,
        stdio: 'inherit',
      },
    );
    const hasBegun = () => queryRow(`select 1 from imports where id = $1 and ${countColumn} > 0`, [id]);
    await vi.waitFor(async () => expect(await hasBegun()).not.toBeNull(), { timeout: 30_000, interval: 20 });
    worker.kill('SIGKILL');
  }

  async function resume(id: string, finishedColumn: string): Promise<void> {
    const other = await startWorker(importTasks(), { sweepMs: 200 });
    const finished = () =>
      queryRow(`select 1 from imports where id = $1 and ${finishedColumn} is not null`, [id]);
    await vi.waitFor(async () => expect(await finished()).not.toBeNull(), { timeout: 40_000 });
    await other.stop();
  }

  const events = (id: string, action: string) =>
    queryRow(
      `select count(*)::int as events, count(distinct subject_id)::int as records from audit_events
       where action = $2 and detail ->> 'importId' = $1`,
      [id, action],
    );

  it('neither skips nor repeats a record of a workbook, importing or undoing', {
    timeout: 120_000,
  }, async () => {
    const rows = Array.from({ length: count }, (_, n) => [`K${10_000 + n}`, 'Owusu']);
    const workbook = await writeXlsx({ sheets: [{ name: 'People', rows: [['id', 'last name'], ...rows] }] });
    const page = await uploadAndCheck(admin, 'alumni', Buffer.from(workbook));
    const id = idOf(page);
    await admin.submit(`${pathOf(page)}/confirmation`);
    await killWorkerOnce(id, 'imported_count');
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
    await killWorkerOnce(id, 'undone_count');
    await resume(id, 'undo_finished_at');
    expect(await queryRow('select undone_count, kept_count from imports where id = $1', [id])).toEqual({
      undone_count: count,
      kept_count: 0,
    });
    expect(await events(id, 'alumni-record.import-undone')).toEqual({ events: count, records: count });
    expect(await queryRows(`select 1 from alumni_members where external_id like 'K1____'`)).toEqual([]);
  });
});
