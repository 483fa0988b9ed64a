import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { getInvitation } from '../../src/invitations/invitation.ts';
import { addDays } from '../../src/invitations/period.ts';
import { findExpiryOfNew } from '../../src/invitations/validity.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestInvitation, latestMail } from '../support/fixtures.ts';
import { extend, resend } from '../support/operations.ts';

const system = { kind: 'system' } as const;

async function setTimeZone(zone: string): Promise<void> {
  await queryRows('update settings set time_zone = $1', [zone]);
  await readSettings();
}

/** The day and time in a zone, as a calendar on its wall shows them. */
function wallClock(at: Date, zone: string): { day: string; time: string } {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
  const [day = '', time = ''] = parts.split(' ');
  return { day, time };
}

async function showSameTime(at: Date, zone: string): Promise<boolean> {
  const shown = await queryRow<{ day: string; time: string }>(
    `select to_char(t, 'YYYY-MM-DD') as day, to_char(t, 'HH24:MI:SS') as time
     from (select $1::timestamptz at time zone $2 as t) wall`,
    [at, zone],
  );
  const { day, time } = wallClock(at, zone);
  return shown?.day === day && shown.time === time;
}

afterEach(() => setTimeZone('UTC'));

describe('an invitation', () => {
  it('is valid until midnight at the end of its last day, in any time zone and on any date', async () => {
    const zones = Intl.supportedValuesOf('timeZone');
    const known = await queryRows<{ name: string }>(
      'select name from pg_timezone_names where name = any($1)',
      [zones],
    );
    const moments = fc.date({
      min: new Date('2024-01-01'),
      max: new Date('2030-12-31'),
      noInvalidDate: true,
    });
    const isRight = fc.asyncProperty(
      fc.constantFrom(...known.map(({ name }) => name)),
      moments,
      fc.integer({ min: 1, max: 90 }),
      async (zone, sentAt, days) => {
        await setTimeZone(zone);
        const expiresAt = await findExpiryOfNew(sentAt, days);
        // The rules of a zone can be newer in PostgreSQL than in Node.js, or the other way round.
        for (const at of [sentAt, expiresAt]) fc.pre(await showSameTime(at, zone));
        const lastDay = addDays(wallClock(sentAt, zone).day, days);
        expect(wallClock(expiresAt, zone)).toEqual({ day: lastDay, time: '23:59:59' });
        expect(wallClock(new Date(expiresAt.getTime() + 1), zone).day > lastDay).toBe(true);
      },
    );
    await fc.assert(isRight, { numRuns: 300 });
  });

  it.each([
    ['Europe/London', 'when the clocks go forward', '2026-03-28T12:00:00Z', '2026-03-29T22:59:59.999Z'],
    ['Europe/London', 'when the clocks go back', '2026-10-24T12:00:00Z', '2026-10-25T23:59:59.999Z'],
    [
      'Africa/Cairo',
      'before a midnight that doesn’t exist',
      '2026-04-22T12:00:00Z',
      '2026-04-23T21:59:59.999Z',
    ],
    [
      'America/Havana',
      'before a midnight that comes twice',
      '2026-10-30T12:00:00Z',
      '2026-11-01T03:59:59.999Z',
    ],
    [
      'Asia/Almaty',
      'when the last hour of the day comes twice',
      '2024-02-28T12:00:00Z',
      '2024-02-29T18:59:59.999Z',
    ],
    [
      'Pacific/Kiritimati',
      'on a day that others have not reached',
      '2026-12-01T12:00:00Z',
      '2026-12-03T09:59:59.999Z',
    ],
  ])('expires correctly in %s %s', async (zone, _case, sentAt, expected) => {
    await setTimeZone(zone);
    expect((await findExpiryOfNew(new Date(sentAt), 1)).toISOString()).toBe(expected);
  });

  it('expires at the end of a day after each operation, and its mail names that day', async () => {
    const zone = 'Pacific/Auckland';
    await setTimeZone(zone);
    const { id } = (await createTestInvitation('day@example.org')).invitation;
    const dayAfter = (days: number) => addDays(wallClock(new Date(), zone).day, days);
    const expiry = async () => wallClock((await getInvitation(id)).expiresAt, zone);
    expect(await expiry()).toEqual({ day: dayAfter(7), time: '23:59:59' });
    await extend(id, 3, system);
    expect(await expiry()).toEqual({ day: dayAfter(10), time: '23:59:59' });
    await resend(id, 'mail', system);
    expect(await expiry()).toEqual({ day: dayAfter(10), time: '23:59:59' });
    const mail = await latestMail('day@example.org');
    await extend(id, 90, system);
    expect(await expiry()).toEqual({ day: dayAfter(90), time: '23:59:59' });
    const lastDay = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });
    expect(mail.text).toContain(lastDay.format(new Date(dayAfter(10))));
    await extend(id, 1, system).catch(() => {});
    expect(await expiry()).toEqual({ day: dayAfter(90), time: '23:59:59' });
  });

  it('that has expired gets whole days again from a resend', async () => {
    const { id } = (await createTestInvitation('late@example.org')).invitation;
    await queryRow(
      `update invitations set created_at = now() - interval '9 days', expires_at = now() - interval '1 day'
       where id = $1 returning id`,
      [id],
    );
    await resend(id, 'mail', system);
    const { day, time } = wallClock((await getInvitation(id)).expiresAt, 'UTC');
    expect([day, time]).toEqual([addDays(wallClock(new Date(), 'UTC').day, 7), '23:59:59']);
  });
});
