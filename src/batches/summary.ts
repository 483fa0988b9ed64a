import { row } from '../database.ts';
import { groupById } from '../groups/group.ts';
import { openSql } from '../invitations/status.ts';
import type { Batch } from './batch.ts';
import { invitationChoicesOf } from './invitation-words.ts';

/** What became of the invitations of a batch until now. `open`: neither accepted, revoked nor declined. */
export type Answers = Readonly<{ open: number; accepted: number; declined: number; revoked: number }>;

export async function answersTo({ id, confirmedAt }: Batch): Promise<Answers> {
  const none = { open: 0, accepted: 0, declined: 0, revoked: 0 };
  if (!confirmedAt) return none;
  const counted = await row<Answers>(
    `select (count(*) filter (where ${openSql}))::int as open, count(i.accepted_at)::int as accepted,
       count(i.declined_at)::int as declined, count(i.revoked_at)::int as revoked
     from invitations i where i.batch_id = $1`,
    [id],
  );
  return counted ?? none;
}

/** What was chosen for all rows, as pages tell it. */
export type ChoicesInWords = Readonly<{ days: number; message: string; group: string | null; role: string }>;

/** Null where nothing but what is included is chosen. */
export async function choicesInWords(batch: Batch): Promise<ChoicesInWords | null> {
  if (batch.purpose !== 'invitations') return null;
  const { validityDays, message, groupId, groupRole } = invitationChoicesOf(batch);
  const group = groupId === null ? null : (await groupById(groupId)).name;
  return { days: validityDays, message, group, role: groupRole };
}
