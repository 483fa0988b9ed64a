import { listRecordsForAddress } from '../../alumni/record.ts';
import { confirmReportedDeceased } from '../../invitations/deceased/reported-deceased.ts';
import { warningNames } from '../../invitations/eligibility/eligibility.ts';
import type { DeclineReason } from '../../invitations/invitation.ts';
import { inviteOne } from '../../invitations/invite.ts';
import { recordLinkOpen } from '../../invitations/opens/link-open.ts';
import { InvitationRequest, requestNewLink } from '../../invitations/requests/invitation-request.ts';
import { declineInvitation } from '../../invitations/response.ts';
import { revokeInvitations } from '../../invitations/revoke.ts';
import { chooseGroup } from './groups.ts';
import { getCurrentLink, openAndRegister, openInvitation } from './members.ts';
import { DAY, HOUR, MINUTE } from './simulated-time.ts';
import {
  morningDaysAgo,
  pickFreeTime,
  type SampleInvitee,
  type Simulation,
  staffActor,
  visitorActor,
} from './simulation.ts';

/** The final or current state of an invitation. */
type SimulatedOutcome = 'accepted' | 'expired' | 'pending' | 'revoked' | 'declined' | 'bounced' | 'failed';

/** Invitations sent on one morning, with their outcomes. Only those of the last week can still be pending. */
const waves: readonly Readonly<{ daysAgo: number; outcomes: Partial<Record<SimulatedOutcome, number>> }>[] = [
  { daysAgo: 58, outcomes: { accepted: 10, expired: 5, declined: 2, revoked: 2, bounced: 1 } },
  { daysAgo: 44, outcomes: { accepted: 10, expired: 5, declined: 1, revoked: 1, bounced: 1, failed: 1 } },
  { daysAgo: 31, outcomes: { accepted: 11, expired: 4, declined: 1, revoked: 1, bounced: 1 } },
  { daysAgo: 17, outcomes: { accepted: 9, expired: 3, declined: 1, revoked: 1, bounced: 1 } },
  { daysAgo: 5, outcomes: { accepted: 7, pending: 8, declined: 1, revoked: 1, bounced: 1 } },
  { daysAgo: 2, outcomes: { accepted: 3, pending: 8 } },
];
/** Hours at which a few more pending invitations were sent a week ago. They expire at the end of today. */
const HOURS_A_WEEK_AGO = [8, 10, 13, 17];
const VALIDITY_DAYS = 7;
/** Which invitation of an outcome was shared as a link instead of mailed. */
const SHARED_LINKS: Partial<Record<SimulatedOutcome, number>> = { accepted: 7, expired: 4, pending: 6 };
const INVITATION_MESSAGE = 'Dear alumni, our new community is open. We would be glad to see you there.';
const declineReasons: readonly DeclineReason[] = ['not-me', 'stop', 'deceased'];
const revocationReasons = [
  'Asked by phone not to be invited this year',
  'Uses another address now and was invited there',
  'The address belongs to a former employer',
  'Sent by mistake: the person is abroad until spring',
];

/** Schedules all waves. @param takeInvitee returns an invitee for an outcome, if one is left */
export function sendWaves(
  simulation: Simulation,
  takeInvitee: (outcome: SimulatedOutcome) => SampleInvitee | undefined,
): void {
  const counts: Partial<Record<SimulatedOutcome, number>> = {};
  const send = (outcome: SimulatedOutcome, sentAt: number) => {
    const invitee = takeInvitee(outcome);
    const nth = counts[outcome] ?? 0;
    counts[outcome] = nth + 1;
    if (invitee) simulation.at(sentAt, () => simulateInvitation(simulation, invitee, outcome, nth, sentAt));
  };
  for (const { daysAgo, outcomes } of waves) {
    let sentAt = morningDaysAgo(simulation, daysAgo) + simulation.random.integer(20, 70) * MINUTE;
    for (const outcome of interleave(outcomes)) {
      send(outcome, sentAt);
      sentAt += simulation.random.integer(40, 170) * 1000;
    }
  }
  const today = simulation.now - (simulation.now % DAY);
  for (const hour of HOURS_A_WEEK_AGO) send('pending', today - VALIDITY_DAYS * DAY + hour * HOUR);
}

/** Invites one person and schedules the outcome. @param nth the number of earlier invitations with this outcome */
export async function simulateInvitation(
  simulation: Simulation,
  invitee: SampleInvitee,
  outcome: SimulatedOutcome,
  nth: number,
  sentAt: number,
) {
  const { email } = invitee;
  const delivery = SHARED_LINKS[outcome] === nth ? 'link' : 'mail';
  if (outcome === 'bounced') simulation.undeliverable.permanent.add(email);
  if (outcome === 'failed') simulation.undeliverable.temporary.add(email);
  const details = {
    email,
    message: nth % 4 === 0 ? INVITATION_MESSAGE : null,
    validityDays: VALIDITY_DAYS,
    group: chooseGroup(simulation, invitee, outcome),
    delivery,
    override: warningNames,
  } as const;
  const { invitationId: id } = await inviteOne(details, staffActor(simulation.adminId));
  if (nth % 6 === 1 && delivery === 'mail' && outcome !== 'bounced')
    simulation.at(sentAt + 6_000, async () =>
      recordLinkOpen(await getCurrentLink(id), 'scanner', 'Another browser'),
    );
  simulateOutcome[outcome]({ simulation, invitee, id, nth, sentAt });
}

type SentInvitation = Readonly<{
  simulation: Simulation;
  invitee: SampleInvitee;
  id: string;
  nth: number;
  sentAt: number;
}>;

const simulateOutcome: Readonly<Record<SimulatedOutcome, (sent: SentInvitation) => void>> = {
  accepted({ simulation, invitee, id, nth, sentAt }) {
    let since = sentAt;
    // Some come too late and request a new link.
    if (nth % 11 === 4 && simulation.now - sentAt > 14 * DAY) {
      since += (9 + (nth % 3)) * DAY + 5 * HOUR;
      simulation.at(since, () => requestNewLink(invitee.email));
    }
    const openedAt = pickFreeTime(simulation, since);
    simulation.at(openedAt, () => openAndRegister(simulation, invitee, id, nth, openedAt));
  },
  expired({ simulation, id, nth, sentAt }) {
    if (nth % 3 === 0)
      simulation.at(sentAt + simulation.random.integer(1, 140) * HOUR, () => openInvitation(id, nth, false));
    if (nth % 5 === 2)
      simulation.at(sentAt + (VALIDITY_DAYS + 1) * DAY + 6 * HOUR, async () =>
        recordLinkOpen(await getCurrentLink(id), 'invalid', 'Safari on iPhone'),
      );
  },
  pending({ simulation, id, nth, sentAt }) {
    if (nth % 2 === 0)
      simulation.at(pickFreeTime(simulation, sentAt), () => openInvitation(id, nth, nth % 8 === 0));
  },
  revoked({ simulation, id, nth, sentAt }) {
    if (nth % 2 === 0)
      simulation.at(sentAt + simulation.random.integer(20, 200) * MINUTE, () =>
        openInvitation(id, nth, false),
      );
    const revokedAt = sentAt + DAY + simulation.random.integer(0, 7) * HOUR;
    const reason = revocationReasons[nth % revocationReasons.length] ?? null;
    simulation.at(revokedAt, () => revokeInvitations([id], reason, staffActor(simulation.adminId)));
  },
  declined({ simulation, invitee, id, nth, sentAt }) {
    const openedAt = pickFreeTime(simulation, sentAt);
    simulation.at(openedAt, async () => {
      const { linkId } = await openInvitation(id, nth, false);
      const reason = declineReasons[nth % declineReasons.length] ?? 'not-me';
      simulation.at(openedAt + 2 * MINUTE, () =>
        declineInvitation(linkId, reason, visitorActor(simulation.random)),
      );
      // Staff confirm it a week later; the newest report is still open.
      if (reason === 'deceased')
        simulation.at(openedAt + 7 * DAY, () => confirmReportedDeath(simulation, invitee.email));
    });
  },
  bounced() {},
  // The worker gives up after a day and a half of retries.
  failed({ simulation, sentAt }) {
    for (let attempt = 1; attempt < 14; attempt += 1)
      simulation.at(sentAt + attempt * 2.75 * HOUR, () => simulation.worker.work({ retryFailed: true }));
  },
};

async function confirmReportedDeath({ adminId }: Simulation, email: string): Promise<void> {
  const request = await InvitationRequest.findOne({ where: { email, kind: 'deceased', resolvedAt: null } });
  const records = await listRecordsForAddress(email);
  const recordIds = records.slice(0, 1).map(({ id }) => id);
  if (request) await confirmReportedDeceased(request.id, recordIds, staffActor(adminId));
}

/** The outcomes of a wave in order, each spread evenly over it. */
function interleave(outcomes: Partial<Record<SimulatedOutcome, number>>): SimulatedOutcome[] {
  const list = Object.entries(outcomes).flatMap(([outcome, count]) =>
    Array.from({ length: count }, (_, nth) => ({
      outcome: outcome as SimulatedOutcome,
      position: (nth + 0.5) / count,
    })),
  );
  return list.sort((left, right) => left.position - right.position).map(({ outcome }) => outcome);
}
