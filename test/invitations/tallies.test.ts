import fc from 'fast-check';
import type { Transaction } from 'sequelize';
import { afterEach, describe, expect, it } from 'vitest';
import { atOneMoment, inTransaction, row, rows } from '../../src/database.ts';
import { accept } from '../../src/invitations/answer.ts';
import { countExpiring, expiredUnnoted } from '../../src/invitations/expiring.ts';
import { figuresOf, partsBy, registrationsBy, type Scope } from '../../src/invitations/figures.ts';
import type { Period } from '../../src/invitations/period.ts';
import { foldTallies } from '../../src/invitations/tallies.ts';
import { invited } from '../support/cast.ts';

const periods: Period[] = [
  { from: null, to: null },
  { from: '2026-01-15', to: '2026-04-02' },
  { from: '2026-02-01', to: '2026-02-28' },
  { from: '2026-03-07', to: '2026-03-09' },
  { from: null, to: '2026-03-31' },
  { from: '2026-02-03', to: null },
];
const scopes: Scope[] = periods.flatMap((period) =>
  [null, 2002].flatMap((batch) => [null, 'Harbour'].map((center) => ({ period, batch, center }))),
);

// Counting from scratch what the tallies say, in the plainest words.
async function counted({ period, batch, center }: Scope, transaction: Transaction) {
  const where = `($1::date is null or i.created_at >= $1::date) and ($2::date is null or i.created_at < $2::date + 1)
    and ($3::int is null or i.batch = $3::int) and ($4::text is null or i.center = $4::text)`;
  const bind = [period.from, period.to, batch, center];
  const open = 'accepted_at is null and revoked_at is null and declined_at is null';
  const figures = await row(
    `select count(*)::int as sent,
       count(*) filter (where delivered_at is not null or handed_on or opened_at is not null or accepted_at is not null)::int as delivered,
       count(*) filter (where opened_at is not null or accepted_at is not null)::int as opened,
       count(accepted_at)::int as accepted, count(bounced_at)::int as bounced,
       count(*) filter (where ${open} and expires_at > now())::int as pending
     from invitations i where ${where}`,
    bind,
    transaction,
  );
  const expiring = await row(
    `select count(*)::int as count from invitations i where ${open} and expires_at > now()
       and expires_at <= now() + interval '24 hours'
       and ($1::int is null or i.batch = $1::int) and ($2::text is null or i.center = $2::text)`,
    [batch, center],
    transaction,
  );
  const parts = (by: string) =>
    rows(
      `select coalesce(${by}::text, '') as name, count(*)::int as sent, count(accepted_at)::int as accepted
       from invitations i where ${where} group by 1 order by 2 desc, 1`,
      bind,
      transaction,
    );
  const days = await rows(
    `select to_char(accepted_at, 'YYYY-MM-DD') as start, count(*)::int as registered from invitations i
     where accepted_at is not null and ($1::date is null or accepted_at >= $1::date)
       and ($2::date is null or accepted_at < $2::date + 1)
       and ($3::int is null or i.batch = $3::int) and ($4::text is null or i.center = $4::text)
     group by 1 order by 1`,
    bind,
    transaction,
  );
  const [batches, centers] = [await parts('batch'), await parts('center')];
  return { figures, expiring, batches, centers, days };
}

async function told(scope: Scope, transaction: Transaction) {
  const { open, ...figures } = await figuresOf(scope, transaction);
  const pending = open - (await expiredUnnoted(scope, transaction));
  return {
    figures: { ...figures, pending },
    expiring: { count: await countExpiring(scope, transaction) },
    batches: await partsBy('batch', scope, 100, transaction),
    centers: await partsBy('center', scope, 100, transaction),
    days: await registrationsBy('day', scope, transaction),
  };
}

const everything = () => atOneMoment((transaction) => told(scopes[0] as Scope, transaction));

// At one moment, since invitations expire while one counts.
function expectExact(): Promise<void> {
  return atOneMoment(async (transaction) => {
    for (const scope of scopes)
      expect(await told(scope, transaction), JSON.stringify(scope)).toEqual(
        await counted(scope, transaction),
      );
  });
}

let made = 0;
const some = (share: number) => `id % 7 = ${share % 7}`;
const day = (n: number) => `timestamptz '2026-01-10 23:30Z' + interval '${n % 90} days'`;
const open = 'accepted_at is null and revoked_at is null and declined_at is null';

/** What happens to invitations, one statement each; `n` makes it differ. */
const acts: ((n: number) => Promise<unknown>)[] = [
  (n) => {
    made += 1;
    return rows(
      `insert into invitations (reference, email, name, batch, center, validity_days, created_at, expires_at)
       select lpad((${made} * 100 + k)::text, 8, '0'), 'h${made}-' || k || '@history.example', 'Amma',
         case k % 3 when 0 then 2002 when 1 then 1985 end, case k % 4 when 0 then 'Harbour' when 1 then '' when 2 then 'Hill' end,
         7, ${day(n)}, case k % 5 when 0 then now() + interval '3 hours' when 1 then now() + interval '24 hours 1 second'
           when 2 then now() - interval '3 seconds' else now() + k * interval '13 hours' end
       from generate_series(1, ${1 + (n % 12)}) k returning id`,
    );
  },
  (n) => rows(`update invitations set accepted_at = ${day(n + 5)} where ${open} and ${some(n)} returning id`),
  (n) => rows(`update invitations set revoked_at = now() where ${open} and ${some(n)} returning id`),
  (n) =>
    rows(
      `update invitations set declined_at = now(), declined_reason = 'stop' where ${open} and ${some(n)} returning id`,
    ),
  (n) => rows(`update invitations set delivered_at = now(), opened_at = now() where ${some(n)} returning id`),
  (n) =>
    rows(
      `update invitations set bounced_at = now(), handed_on = not handed_on where ${some(n)} returning id`,
    ),
  (n) => rows(`update invitations set bounced_at = null where ${some(n)} returning id`),
  (n) =>
    rows(
      `update invitations set batch = case when batch = 2002 then 1985 else 2002 end, center = 'Harbour' where ${some(n)} returning id`,
    ),
  (n) =>
    rows(
      `update invitations set expires_at = now() + interval '${n % 30} hours' where ${open} and ${some(n)} returning id`,
    ),
  () =>
    rows(
      `update invitations set expiry_noted_at = now() where stage = 1 and expires_at <= now() returning id`,
    ),
  (n) => rows(`delete from invitations where ${some(n)} and id % 2 = 0 returning id`),
  () => foldTallies(),
];
const history = fc.array(fc.tuple(fc.nat(acts.length - 1), fc.nat(1000)), { minLength: 5, maxLength: 25 });

const run = async (steps: readonly (readonly [number, number])[]) => {
  for (const [act, n] of steps) await acts[act]?.(n);
};

afterEach(() => rows('truncate invitations cascade'));

describe('the tallies', () => {
  it('say what counting says, after whatever happened', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        await run([[0, 11], ...steps]);
        await expectExact();
        await foldTallies();
        await expectExact();
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });

  it('say so after several have changed them at once, while the worker folds', async () => {
    const histories = fc.sample(history, 6);
    await Promise.all(
      histories.map(async (steps) => {
        await run([[0, 9]]);
        // Two that change the same ones in another order may be told to try again: then they changed nothing.
        for (const step of steps) await run([step]).catch(() => undefined);
      }),
    );
    await expectExact();
    expect((await everything()).figures.sent).toBeGreaterThan(0);
  });

  it('forget what is rolled back', async () => {
    await run([[0, 7]]);
    const before = await everything();
    const broken = inTransaction(async (transaction) => {
      await rows('update invitations set revoked_at = now() returning id', [], transaction);
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect(await everything()).toEqual(before);
  });

  it('make nobody wait for somebody else who changes another invitation', async () => {
    const [one, other] = [await invited('one@wait.example'), await invited('other@wait.example')];
    await inTransaction(async (transaction) => {
      expect(await accept(one.linkId, transaction)).not.toBeNull();
      await inTransaction(async (second) => expect(await accept(other.linkId, second)).not.toBeNull());
    });
    await expectExact();
  });

  it('are empty when there is nothing any more', async () => {
    await run([
      [0, 9],
      [11, 0],
      [0, 9],
    ]);
    await rows('truncate invitations cascade');
    expect((await everything()).figures.sent).toBe(0);
    await foldTallies();
    await expectExact();
  });

  it('can be counted anew', async () => {
    await run([
      [0, 9],
      [1, 1],
      [11, 0],
      [0, 5],
    ]);
    await rows('update invitation_tallies set sent = sent + 3 returning 1 as done');
    await rows('delete from invitation_tally_changes');
    await rows('select recount_invitations()');
    await expectExact();
    expect(await rows('select 1 from invitation_tally_changes')).toEqual([]);
  });
});
