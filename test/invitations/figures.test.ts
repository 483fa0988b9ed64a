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

type TestInvitation = Readonly<{
  batch: number | null;
  center: string | null;
  createdAt: Date;
  hoursLeft: number;
  end: 'accepted' | 'revoked' | 'declined' | null;
  endedAt: Date;
  mail: 'delivered' | 'bounced' | 'link' | null;
  isOpened: boolean;
}>;

// Near midnight UTC, when other time zones have another day.
const timestamp = fc
  .tuple(fc.integer({ min: 0, max: 89 }), fc.constantFrom('00:10', '12:00', '23:50'))
  .map(([days, time]) => new Date(Date.parse(`2026-01-10T${time}:00Z`) + days * 24 * HOUR_MS));
const invitationArbitrary: fc.Arbitrary<TestInvitation> = fc.record({
  batch: fc.constantFrom(2002, 1985, null),
  center: fc.constantFrom('Harbour', 'Hills', null),
  createdAt: timestamp,
  hoursLeft: fc.constantFrom(-100, -1, 3, 23, 25, 200),
  end: fc.constantFrom('accepted', 'revoked', 'declined', null, null),
  endedAt: timestamp,
  mail: fc.constantFrom('delivered', 'bounced', 'link', null),
  isOpened: fc.boolean(),
});

async function storeInvitations(invitations: readonly TestInvitation[]): Promise<void> {
  await queryRows('truncate invitations cascade');
  for (const [
    n,
    { batch, center, createdAt, hoursLeft, end, endedAt, mail, isOpened },
  ] of invitations.entries()) {
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
const isInPeriod = ({ from, to }: Period, date: Date) =>
  (from === null || dayOf(date) >= from) && (to === null || dayOf(date) <= to);
const isInScope = ({ batch, center }: FiguresScope, invitation: TestInvitation) =>
  (batch === null || invitation.batch === batch) && (center === null || invitation.center === center);

function expectedFigures(invitations: readonly TestInvitation[]): InvitationFigures {
  const isAccepted = ({ end }: TestInvitation) => end === 'accepted';
  const wasOpened = (invitation: TestInvitation) => invitation.isOpened || isAccepted(invitation);
  return {
    invited: invitations.length,
    sent: invitations.filter(
      (invitation) => invitation.mail === 'delivered' || invitation.mail === 'link' || wasOpened(invitation),
    ).length,
    opened: invitations.filter(wasOpened).length,
    accepted: invitations.filter(isAccepted).length,
    bounced: invitations.filter(({ mail }) => mail === 'bounced').length,
    pending: invitations.filter(({ end, hoursLeft }) => end === null && hoursLeft > 0).length,
  };
}

function expectedParts(
  invitations: readonly TestInvitation[],
  nameOf: (invitation: TestInvitation) => string,
) {
  const names = [...new Set(invitations.map(nameOf))];
  return names
    .map((part) => ({
      name: part,
      ...expectedFigures(invitations.filter((invitation) => nameOf(invitation) === part)),
    }))
    .sort((a, b) => b.invited - a.invited || (a.name < b.name ? -1 : 1));
}

const readFigures = (scope: FiguresScope) =>
  inSnapshot(async () => ({
    ...(await getInvitationFigures(scope)),
    expiring: await countExpiring(scope),
    days: await listRegistrationCounts('day', scope),
    months: await listRegistrationCounts('month', scope),
  }));

afterEach(() => queryRows('truncate invitations cascade'));

describe('the figures', () => {
  it('are correct in every scope', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(invitationArbitrary, { maxLength: 30 }), async (invitations) => {
        await storeInvitations(invitations);
        for (const scope of scopes) {
          const sent = invitations.filter(
            (invitation) => isInScope(scope, invitation) && isInPeriod(scope.period, invitation.createdAt),
          );
          const accepted = invitations.filter(
            (invitation) =>
              invitation.end === 'accepted' &&
              isInScope(scope, invitation) &&
              isInPeriod(scope.period, invitation.endedAt),
          );
          const countBy = (startOf: (invitation: TestInvitation) => string) =>
            [...new Set(accepted.map(startOf))].sort().map((day) => ({
              start: day,
              registered: accepted.filter((invitation) => startOf(invitation) === day).length,
            }));
          expect(await readFigures(scope), JSON.stringify(scope)).toEqual({
            all: expectedFigures(sent),
            byBatch: expectedParts(sent, ({ batch }) => String(batch ?? '')),
            byCenter: expectedParts(sent, ({ center }) => center ?? ''),
            expiring: invitations.filter(
              (invitation) =>
                isInScope(scope, invitation) &&
                invitation.end === null &&
                invitation.hoursLeft > 0 &&
                invitation.hoursLeft < 24,
            ).length,
            days: countBy(({ endedAt }) => dayOf(endedAt)),
            months: countBy(({ endedAt }) => `${dayOf(endedAt).slice(0, 7)}-01`),
          });
        }
      }),
      { numRuns: 6 },
    );
  });

  it('include the day of the first invitation', async () => {
    expect(await inSnapshot(findFirstInvitationDay)).toBeNull();
    const [invitation] = fc.sample(invitationArbitrary, 1);
    await storeInvitations(
      invitation ? [{ ...invitation, createdAt: new Date('2026-01-10T23:50:00Z') }] : [],
    );
    expect(await inSnapshot(findFirstInvitationDay)).toBe('2026-01-10');
  });
});
