import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  countExpiring,
  type FiguresScope,
  findFirstInvitationDay,
  getInvitationFigures,
  type InvitationFigures,
  listRegistrationCounts,
} from '../../src/invitations/figures.ts';
import type { Period } from '../../src/invitations/period.ts';
import { inSnapshot } from '../../src/platform/db/database.ts';
import { queryRows } from '../support/database.ts';

const HOUR_MS = 60 * 60 * 1000;
const periods: Period[] = [
  { from: null, to: null },
  { from: '2026-01-15', to: '2026-04-02' },
  { from: '2026-03-07', to: '2026-03-09' },
  { from: null, to: '2026-03-31' },
  { from: '2026-02-03', to: null },
];
const scopes: FiguresScope[] = periods.flatMap((period) =>
  [null, 2002].flatMap((batch) => [null, 'Harbour'].map((center) => ({ period, batch, center }))),
);

type Made = Readonly<{
  batch: number | null;
  center: string | null;
  createdAt: Date;
  hoursLeft: number;
  end: 'accepted' | 'revoked' | 'declined' | null;
  endedAt: Date;
  mail: 'delivered' | 'bounced' | 'link' | null;
  isOpened: boolean;
}>;

// Near midnight UTC, where another time zone would have another day.
const moment = fc
  .tuple(fc.integer({ min: 0, max: 89 }), fc.constantFrom('00:10', '12:00', '23:50'))
  .map(([days, time]) => new Date(Date.parse(`2026-01-10T${time}:00Z`) + days * 24 * HOUR_MS));
const invitation: fc.Arbitrary<Made> = fc.record({
  batch: fc.constantFrom(2002, 1985, null),
  center: fc.constantFrom('Harbour', 'Hills', null),
  createdAt: moment,
  hoursLeft: fc.constantFrom(-100, -1, 3, 23, 25, 200),
  end: fc.constantFrom('accepted', 'revoked', 'declined', null, null),
  endedAt: moment,
  mail: fc.constantFrom('delivered', 'bounced', 'link', null),
  isOpened: fc.boolean(),
});

async function store(made: readonly Made[]): Promise<void> {
  await queryRows('truncate invitations cascade');
  for (const [n, { batch, center, createdAt, hoursLeft, end, endedAt, mail, isOpened }] of made.entries()) {
    await queryRows(
      `insert into invitations (reference, email, name, batch, center, validity_days, created_at, expires_at,
         accepted_at, revoked_at, declined_at, declined_reason, delivered_at, bounced_at, link_shared, opened_at)
       values (lpad($1::text, 8, '0'), 'f' || $1::text || '@figures.example', 'Amma', $2, $3, 7, $4,
         now() + $5 * interval '1 hour', $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        n,
        batch,
        center,
        createdAt,
        hoursLeft,
        end === 'accepted' ? endedAt : null,
        end === 'revoked' ? endedAt : null,
        end === 'declined' ? endedAt : null,
        end === 'declined' ? 'not-me' : null,
        mail === 'delivered' ? createdAt : null,
        mail === 'bounced' ? createdAt : null,
        mail === 'link',
        isOpened ? createdAt : null,
      ],
    );
  }
}

const dayOf = (date: Date) => date.toISOString().slice(0, 10);
const isIn = ({ from, to }: Period, date: Date) =>
  (from === null || dayOf(date) >= from) && (to === null || dayOf(date) <= to);
const isOf = ({ batch, center }: FiguresScope, made: Made) =>
  (batch === null || made.batch === batch) && (center === null || made.center === center);

function figuresBy(made: readonly Made[]): InvitationFigures {
  const isAccepted = ({ end }: Made) => end === 'accepted';
  const wasOpened = (one: Made) => one.isOpened || isAccepted(one);
  return {
    invited: made.length,
    sent: made.filter((one) => one.mail === 'delivered' || one.mail === 'link' || wasOpened(one)).length,
    opened: made.filter(wasOpened).length,
    accepted: made.filter(isAccepted).length,
    bounced: made.filter(({ mail }) => mail === 'bounced').length,
    pending: made.filter(({ end, hoursLeft }) => end === null && hoursLeft > 0).length,
  };
}

function partsBy(made: readonly Made[], name: (one: Made) => string) {
  const names = [...new Set(made.map(name))];
  return names
    .map((part) => ({ name: part, ...figuresBy(made.filter((one) => name(one) === part)) }))
    .sort((a, b) => b.invited - a.invited || (a.name < b.name ? -1 : 1));
}

const read = (scope: FiguresScope) =>
  inSnapshot(async () => ({
    ...(await getInvitationFigures(scope)),
    expiring: await countExpiring(scope),
    days: await listRegistrationCounts('day', scope),
    months: await listRegistrationCounts('month', scope),
  }));

afterEach(() => queryRows('truncate invitations cascade'));

describe('the figures', () => {
  it('count what happened, in every scope', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(invitation, { maxLength: 30 }), async (made) => {
        await store(made);
        for (const scope of scopes) {
          const sent = made.filter((one) => isOf(scope, one) && isIn(scope.period, one.createdAt));
          const accepted = made.filter(
            (one) => one.end === 'accepted' && isOf(scope, one) && isIn(scope.period, one.endedAt),
          );
          const starts = (start: (one: Made) => string) =>
            [...new Set(accepted.map(start))].sort().map((day) => ({
              start: day,
              registered: accepted.filter((one) => start(one) === day).length,
            }));
          expect(await read(scope), JSON.stringify(scope)).toEqual({
            all: figuresBy(sent),
            byBatch: partsBy(sent, ({ batch }) => String(batch ?? '')),
            byCenter: partsBy(sent, ({ center }) => center ?? ''),
            expiring: made.filter(
              (one) => isOf(scope, one) && one.end === null && one.hoursLeft > 0 && one.hoursLeft < 24,
            ).length,
            days: starts(({ endedAt }) => dayOf(endedAt)),
            months: starts(({ endedAt }) => `${dayOf(endedAt).slice(0, 7)}-01`),
          });
        }
      }),
      { numRuns: 6 },
    );
  });

  it('know the day of the first invitation', async () => {
    expect(await inSnapshot(findFirstInvitationDay)).toBeNull();
    const [one] = fc.sample(invitation, 1);
    await store(one ? [{ ...one, createdAt: new Date('2026-01-10T23:50:00Z') }] : []);
    expect(await inSnapshot(findFirstInvitationDay)).toBe('2026-01-10');
  });
});
