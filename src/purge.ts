import { inTransaction, rows } from './database.ts';

/** The rows that nobody can use any more, and how long they are kept for questions. */
const outlived = [
  `delete from sessions where expire < now()`,
  `delete from rate_limits where expire < extract(epoch from now()) * 1000`,
  `delete from password_resets where expires_at < now() - interval '1 day'`,
  `delete from mailbox_codes where expires_at < now() - interval '1 day'`,
];

/** Removes what has outlived its use. Safe to run at any time and twice at once. */
export function purge(): Promise<void> {
  return inTransaction(async (transaction) => {
    for (const statement of outlived) await rows(statement, [], transaction);
  });
}
