import type { Transaction } from 'sequelize';
import { row } from '../database.ts';
import type { Scope } from './figures.ts';

// Whole minutes stand in the tallies; in the minutes at either end each one is looked at.
const tallied = (
  when: string,
) => `(select coalesce(sum(open), 0) from invitation_expiry_tallies where ${when})
  + (select coalesce(sum(open), 0) from invitation_tally_changes where ${when})`;
const looked = (when: string) =>
  `(select count(*) from invitations i where i.stage = 1 and ${when.replaceAll('at ', 'i.expires_at ')})`;
const minute = (moment: string) => `date_trunc('minute', ${moment}, 'UTC')`;
const TOMORROW = `now() + interval '24 hours'`;

/** How many at stage 1 have expired since the worker last looked: `open` without these are the pending ones. */
export function expiredUnnoted(scope: Scope, transaction: Transaction): Promise<number> {
  const { period, batch, center } = scope;
  if (period.from !== null || period.to !== null || batch !== null || center !== null)
    return countDirectly('i.expires_at <= now()', scope, transaction);
  return count(
    `${tallied(`minute < ${minute('now()')}`)} + ${looked(`at >= ${minute('now()')} and at <= now()`)}`,
    [],
    transaction,
  );
}

/** How many pending ones expire within 24 hours, whenever they were made. */
export function countExpiring({ batch, center }: Scope, transaction: Transaction): Promise<number> {
  if (batch !== null || center !== null) {
    const scope = { batch, center, period: { from: null, to: null } };
    return countDirectly(`i.expires_at > now() and i.expires_at <= ${TOMORROW}`, scope, transaction);
  }
  return count(
    `${tallied(`minute > ${minute('now()')} and minute < ${minute(TOMORROW)}`)}
     + ${looked(`at > now() and at < ${minute('now()')} + interval '1 minute'`)}
     + ${looked(`at >= ${minute(TOMORROW)} and at <= ${TOMORROW}`)}`,
    [],
    transaction,
  );
}

function countDirectly(when: string, { period, batch, center }: Scope, transaction: Transaction) {
  const bind: unknown[] = [];
  const where = ['i.stage = 1', when];
  const also = (condition: (place: string) => string, value: unknown) => {
    if (value !== null) where.push(condition(`$${bind.push(value)}`));
  };
  also((place) => `i.batch = ${place}::int`, batch);
  also((place) => `i.center = ${place}`, center);
  also((place) => `i.created_at >= ${place}::date`, period.from);
  also((place) => `i.created_at < ${place}::date + 1`, period.to);
  return count(`(select count(*) from invitations i where ${where.join(' and ')})`, bind, transaction);
}

async function count(sql: string, bind: unknown[], transaction: Transaction): Promise<number> {
  const found = await row<{ count: number }>(`select (${sql})::int as count`, bind, transaction);
  return found?.count ?? 0;
}
