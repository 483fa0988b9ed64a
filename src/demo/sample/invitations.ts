import { recordsForAddress } from '../../alumni/record.ts';
import { decline } from '../../invitations/answer.ts';
import { warnings } from '../../invitations/eligibility.ts';
import type { DeclineReason } from '../../invitations/invitation.ts';
import { askForLink, InvitationRequest } from '../../invitations/invitation-request.ts';
import { inviteOne } from '../../invitations/invite.ts';
import { revoke } from '../../invitations/revoke.ts';
import { noteVisit } from '../../invitations/visits.ts';
import { confirmDeath } from '../../register/reported-death.ts';
import { placeFor } from './groups.ts';
import { joins, linkOf, opens } from './members.ts';
import { atDesk, atHome, type Guest, morning, type Stage, whenFree } from './stage.ts';
import { DAY, HOUR, MINUTE } from './time.ts';

/** How an invitation ends, or stands today. */
type Ending = 'accepted' | 'expired' | 'pending' | 'revoked' | 'declined' | 'bounced' | 'failed';

/** Invitations of one morning. Of those of the last week none has expired, and all of the others have. */
const waves: readonly Readonly<{ daysAgo: number; endings: Partial<Record<Ending, number>> }>[] = [
  { daysAgo: 58, endings: { accepted: 10, expired: 5, declined: 2, revoked: 2, bounced: 1 } },
  { daysAgo: 44, endings: { accepted: 10, expired: 5, declined: 1, revoked: 1, bounced: 1, failed: 1 } },
  { daysAgo: 31, endings: { accepted: 11, expired: 4, declined: 1, revoked: 1, bounced: 1 } },
  { daysAgo: 17, endings: { accepted: 9, expired: 3, declined: 1, revoked: 1, bounced: 1 } },
  { daysAgo: 5, endings: { accepted: 7, pending: 8, declined: 1, revoked: 1, bounced: 1 } },
  { daysAgo: 2, endings: { accepted: 3, pending: 8 } },
];
/** Those that end within a day were sent at any hour of the day a week ago. */
const HOURS_LEFT = [3, 9, 15, 22];
const VALID_DAYS = 7;
/** Which of an ending got no mail, but a link that somebody handed on. */
const HANDED_ON: Partial<Record<Ending, number>> = { accepted: 7, expired: 4, pending: 6 };
const MESSAGE = 'Dear alumni, our new community is open. We would be glad to see you there.';
const declines: readonly DeclineReason[] = ['not-me', 'stop', 'deceased'];
const revocations = [
  'Asked by phone not to be invited this year',
  'Uses another address now and was invited there',
  'The address belongs to a former employer',
  'Sent by mistake: the person is abroad until spring',
];

/** Sends all waves. @param next the guest who fits an ending, if there is one left */
export function sendWaves(stage: Stage, next: (ending: Ending) => Guest | undefined): void {
  const counts: Partial<Record<Ending, number>> = {};
  const send = (ending: Ending, sentAt: number) => {
    const guest = next(ending);
    const nth = counts[ending] ?? 0;
    counts[ending] = nth + 1;
    if (guest) stage.at(sentAt, () => sendOne(stage, guest, ending, nth, sentAt));
  };
  for (const { daysAgo, endings } of waves) {
    let sentAt = morning(stage, daysAgo) + stage.chance.between(20, 70) * MINUTE;
    for (const ending of mixed(endings)) {
      send(ending, sentAt);
      sentAt += stage.chance.between(40, 170) * 1000;
    }
  }
  for (const hours of HOURS_LEFT) send('pending', stage.now + hours * HOUR - VALID_DAYS * DAY - 7 * MINUTE);
}

/** Invites one guest, and plans what becomes of it. @param nth how many of this ending there were before */
export async function sendOne(stage: Stage, guest: Guest, ending: Ending, nth: number, sentAt: number) {
  const { email } = guest;
  const delivery = HANDED_ON[ending] === nth ? 'link' : 'mail';
  if (ending === 'bounced') stage.refusing.forGood.add(email);
  if (ending === 'failed') stage.refusing.forNow.add(email);
  const given = {
    email,
    message: nth % 4 === 0 ? MESSAGE : null,
    validityDays: VALID_DAYS,
    group: placeFor(stage, guest, ending),
    delivery,
    override: warnings,
  } as const;
  const { invitationId: id } = await inviteOne(given, atDesk(stage.adminId));
  if (nth % 6 === 1 && delivery === 'mail' && ending !== 'bounced')
    stage.at(sentAt + 6_000, async () => noteVisit(await linkOf(id), 'scanner', 'Another browser'));
  fates[ending]({ stage, guest, id, nth, sentAt });
}

type Sent = Readonly<{ stage: Stage; guest: Guest; id: string; nth: number; sentAt: number }>;

const fates: Readonly<Record<Ending, (sent: Sent) => void>> = {
  accepted({ stage, guest, id, nth, sentAt }) {
    let since = sentAt;
    // Some come too late, and ask for a new link.
    if (nth % 11 === 4 && stage.now - sentAt > 14 * DAY) {
      since += (9 + (nth % 3)) * DAY + 5 * HOUR;
      stage.at(since, () => askForLink(guest.email));
    }
    const openedAt = whenFree(stage, since);
    stage.at(openedAt, () => joins(stage, guest, id, nth, openedAt));
  },
  expired({ stage, id, nth, sentAt }) {
    if (nth % 3 === 0) stage.at(sentAt + stage.chance.between(1, 140) * HOUR, () => opens(id, nth, false));
    if (nth % 5 === 2)
      stage.at(sentAt + (VALID_DAYS + 1) * DAY + 6 * HOUR, async () =>
        noteVisit(await linkOf(id), 'dead', 'Safari on iPhone'),
      );
  },
  pending({ stage, id, nth, sentAt }) {
    if (nth % 2 === 0) stage.at(whenFree(stage, sentAt), () => opens(id, nth, nth % 8 === 0));
  },
  revoked({ stage, id, nth, sentAt }) {
    if (nth % 2 === 0) stage.at(sentAt + stage.chance.between(20, 200) * MINUTE, () => opens(id, nth, false));
    const revokedAt = sentAt + DAY + stage.chance.between(0, 7) * HOUR;
    const reason = revocations[nth % revocations.length] ?? null;
    stage.at(revokedAt, () => revoke([id], reason, atDesk(stage.adminId)));
  },
  declined({ stage, guest, id, nth, sentAt }) {
    const openedAt = whenFree(stage, sentAt);
    stage.at(openedAt, async () => {
      const { linkId } = await opens(id, nth, false);
      const reason = declines[nth % declines.length] ?? 'not-me';
      stage.at(openedAt + 2 * MINUTE, () => decline(linkId, reason, atHome(stage.chance)));
      // The office looks into it the next week; the newest report still waits.
      if (reason === 'deceased') stage.at(openedAt + 7 * DAY, () => confirmReport(stage, guest.email));
    });
  },
  bounced() {},
  // The worker gives up after a day and a half.
  failed({ stage, sentAt }) {
    for (let tries = 1; tries < 14; tries += 1)
      stage.at(sentAt + tries * 2.75 * HOUR, () => stage.worker.work({ again: true }));
  },
};

async function confirmReport({ adminId }: Stage, email: string): Promise<void> {
  const request = await InvitationRequest.findOne({ where: { email, kind: 'deceased', answeredAt: null } });
  const records = await recordsForAddress(email);
  const recordIds = records.slice(0, 1).map(({ id }) => id);
  if (request) await confirmDeath(request.id, recordIds, atDesk(adminId));
}

/** All endings of a wave, each spread over the whole of it. */
function mixed(endings: Partial<Record<Ending, number>>): Ending[] {
  const list = Object.entries(endings).flatMap(([ending, count]) =>
    Array.from({ length: count }, (_, nth) => ({ ending: ending as Ending, place: (nth + 0.5) / count })),
  );
  return list.sort((one, other) => one.place - other.place).map(({ ending }) => ending);
}
