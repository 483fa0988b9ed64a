import { expect, it } from 'vitest';
import { row, rows } from '../src/database.ts';
import { purge } from '../src/purge.ts';

async function bulkAct(daysAgo: number): Promise<string> {
  const made = await row<{ id: string }>(
    `insert into bulk_acts (act, created_at, started_at, finished_at, total, skipped)
     select 'resend', at, at, at, 1, 1 from (select now() - $1 * interval '1 day' as at) made returning id`,
    [daysAgo],
  );
  await rows(`insert into bulk_act_targets (bulk_act_id, invitation_id, skipped) values ($1, 7, 'gone')`, [
    made?.id,
  ]);
  return made?.id ?? '';
}

it('removes reports of bulk acts after 90 days, with what they left out, also twice at once', async () => {
  await bulkAct(91);
  const young = await bulkAct(89);
  await Promise.all([purge(), purge()]);
  expect(await rows('select id from bulk_acts')).toEqual([{ id: young }]);
  expect(await rows('select bulk_act_id as id from bulk_act_targets')).toEqual([{ id: young }]);
});
