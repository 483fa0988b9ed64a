import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { runBatch } from '../../src/batches/run.ts';
import { startWorker } from '../../src/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';
import { forgetSignIns, goodPassword, newestMail, staff, stranger, work } from '../support/cast.ts';
import { row, rows } from '../support/database.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { column, type Visitor } from '../support/visitor.ts';
import { idOf, pathOf, sent, uploaded } from './campaign.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await staff('admin');
});

const addresses = (domain: string, count: number) =>
  Array.from({ length: count }, (_, n) => `person${n}@${domain}`).join('\n');
const stepsOnly = () => {
  const { 'run-batch': step } = createTasks();
  return step ? { 'run-batch': step } : {};
};
const batchOf = (id: string) =>
  row<{ done: number; skipped: number; isDone: boolean; isRecalled: boolean; recalled: number }>(
    `select done, skipped, recalled, done_at is not null as "isDone", recall_done_at is not null as "isRecalled"
     from batches where id = $1`,
    [id],
  );

describe('a worker that is killed in the middle of sending', () => {
  it('leaves nobody out and writes to nobody twice', { timeout: 60_000 }, async () => {
    const count = 6_000;
    const preview = await uploaded(admin, addresses('killed.example.org', count));
    const id = idOf(preview);
    await admin.submit(`${pathOf(preview)}/sending`);
    const doomed = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'doomed-worker.ts')],
      { env: process.env, stdio: 'inherit' },
    );
    await vi.waitFor(async () => expect((await batchOf(id))?.done).toBeGreaterThan(0), {
      timeout: 20_000,
      interval: 20,
    });
    doomed.kill('SIGKILL');
    expect((await batchOf(id))?.isDone).toBe(false);
    const other = await startWorker(stepsOnly(), { sweepMs: 200 });
    await vi.waitFor(async () => expect((await batchOf(id))?.isDone).toBe(true), { timeout: 30_000 });
    await other.stop();
    expect(await batchOf(id)).toMatchObject({ done: count, skipped: 0 });
    expect(
      await row(
        `select count(*)::int as invitations, count(distinct i.email)::int as addresses,
           count(distinct m.recipient)::int as recipients, count(m.id)::int as mails,
           (select count(*)::int from graphile_worker.jobs where key in (select 'message:' || m.id from messages m
             join invitations i on i.id = m.invitation_id where i.batch_id = $1)) as jobs
         from invitations i join messages m on m.invitation_id = i.id where i.batch_id = $1`,
        [id],
      ),
    ).toEqual({ invitations: count, addresses: count, recipients: count, mails: count, jobs: count });
    // Nobody needs these mails.
    await rows(
      `select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs where task_identifier = 'send-message'`,
    );
  });
});

describe('somebody whom others invite while a step is under way', () => {
  it('is left out, and the step is made anew for all others', async () => {
    const preview = await uploaded(admin, addresses('clash.example.org', 3));
    await admin.submit(`${pathOf(preview)}/sending`);
    const invitedByOthers = `insert into invitations (reference, email, validity_days, expires_at)
      values ('C7ASH001', 'Person1@clash.example.org', 7, now() + interval '7 days')`;
    const { step } = await meanwhile(invitedByOthers, [], async () => {
      const made = { step: runBatch(idOf(preview)) };
      await vi.waitFor(
        async () =>
          expect(
            await rows(
              `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            ),
          ).toHaveLength(1),
        5_000,
      );
      return made;
    });
    await step;
    expect(await batchOf(idOf(preview))).toMatchObject({ done: 2, skipped: 1 });
    expect(
      await rows(`select outcome from batch_rows where batch_id = $1 order by line`, [idOf(preview)]),
    ).toEqual([{ outcome: 'done' }, { outcome: 'open' }, { outcome: 'done' }]);
    await work();
  });
});

describe('a recall', () => {
  const recall = async (visitor: Visitor, path: string, reason: string) => {
    await visitor.open(`${path}/recall`);
    return visitor.submit(`${path}/recall`, { reason });
  };

  it('takes back what nobody has accepted, with its reason, and leaves the others', async () => {
    const preview = await uploaded(admin, addresses('recall.example.org', 3));
    await sent(admin);
    const { links } = await newestMail('person1@recall.example.org');
    await rows(`update invitations set accepted_at = now() where email = 'person0@recall.example.org'`);
    await admin.open(`${pathOf(preview)}/recall`);
    expect(admin.page.text).toContain('2 of its invitations are not accepted yet');
    await recall(admin, pathOf(preview), 'the wrong year');
    expect(admin.page.text).toContain('The batch is being recalled');
    await work();
    const result = await admin.open(pathOf(preview));
    expect(result.text).toContain('Recalled: 2 invitations are taken back.');
    expect(result.text).toContain('the wrong year');
    expect(column(result, 'What became of it')).toEqual(['sent', 'sent, then revoked', 'sent, then revoked']);
    const states = await rows(
      `select revoked_reason as reason from invitations where email like '%@recall.example.org' order by email`,
    );
    expect(states).toEqual([{ reason: null }, { reason: 'the wrong year' }, { reason: 'the wrong year' }]);
    expect((await stranger().open(links[0] ?? '')).status).toBe(410);
    expect((await admin.open(`${pathOf(preview)}/recall`)).status).toBe(409);
    const noted = await rows<{ action: string }>(
      `select action from audit_events where subject_type = 'batch' and subject_id = $1 order by id`,
      [idOf(preview)],
    );
    expect(noted.map(({ action }) => action)).toEqual(
      ['uploaded', 'mapped', 'sent', 'finished', 'recalled'].map((what) => `batch.${what}`),
    );
  });

  it('in the middle of sending stops it, and takes back what has gone out', async () => {
    const preview = await uploaded(admin, addresses('middle.example.org', 3));
    await admin.submit(`${pathOf(preview)}/sending`);
    await runBatch(idOf(preview));
    const asked = await admin.open(`${pathOf(preview)}/recall`);
    expect(asked.$('main .btn-danger').text()).toBe('Stop and recall');
    expect(asked.text).not.toContain('not accepted yet');
    await recall(admin, pathOf(preview), '');
    await work();
    expect(await batchOf(idOf(preview))).toEqual({
      done: 3,
      skipped: 0,
      recalled: 3,
      isDone: true,
      isRecalled: true,
    });
  });

  it('before the first is sent sends nothing at all', async () => {
    const preview = await uploaded(admin, addresses('before.example.org', 3));
    await admin.submit(`${pathOf(preview)}/sending`);
    await recall(admin, pathOf(preview), '');
    await work();
    expect(await batchOf(idOf(preview))).toMatchObject({ done: 0, skipped: 3, isRecalled: true });
    expect(await rows(`select 1 from invitations where email like '%@before.example.org'`)).toEqual([]);
  });

  it('asks who proved who they are an hour ago to do so again', async () => {
    const preview = await uploaded(admin, addresses('hour.example.org', 1));
    await sent(admin);
    await admin.open(`${pathOf(preview)}/recall`);
    await forgetSignIns();
    const asked = await admin.submit(`${pathOf(preview)}/recall`, { reason: 'kept' });
    expect(asked.status).toBe(403);
    expect(await batchOf(idOf(preview))).toMatchObject({ isRecalled: false });
    await admin.submit(`${pathOf(preview)}/recall`, { currentPassword: goodPassword });
    await work();
    expect((await admin.open(pathOf(preview))).text).toContain('kept');
  });
});
