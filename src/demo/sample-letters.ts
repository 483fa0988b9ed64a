import { randomUUID } from 'node:crypto';
import { hashOfLink, signLink } from '../links.ts';
import { MOST_ATTEMPTS } from '../mail/messages.ts';
import { newReference } from '../web/reference.ts';
import { bytea, DAY, HOUR, MINUTE, type Row } from './sample-past.ts';
import type { Story } from './sample-stories.ts';

/** A story with the ids under which it is told. */
export type Told = Readonly<{ story: Story; id: string; reference: string; links: readonly Link[] }>;

type Link = Readonly<{ id: string; createdAt: Date; supersededAt: Date | null }>;

/** A mail that went out some time ago. */
export type PastMail = Readonly<{
  template: string;
  recipient: string;
  subjectId: string;
  queuedAt: Date;
  reference?: string;
  invitationId?: string;
  accountId?: string;
}>;

/** The days of the settings as they are at first: nobody has changed them yet. */
const REMINDED_BEFORE = 3 * DAY;
const REMINDED_AFTER = DAY;

/** Each sending of an invitation has a link of its own. */
export function toldAs(id: string, story: Story): Told {
  const { createdAt, resentAt } = story;
  const first = { id: randomUUID(), createdAt, supersededAt: resentAt };
  const links = resentAt ? [first, { id: randomUUID(), createdAt: resentAt, supersededAt: null }] : [first];
  return { story, id, reference: newReference(), links };
}

export function linkRows({ story, id, links }: Told): Row[] {
  return links.map((link) => ({
    id: link.id,
    invitation_id: id,
    token_hash: bytea(hashOfLink(signLink('invitation', link.id))),
    delivery: story.delivery,
    email: story.household.email,
    created_at: link.createdAt,
    superseded_at: link.supersededAt,
  }));
}

/** When the worker wrote once more: before the invitation expired, and after. Null: it hadn't to. */
export function remindersOf(
  { ending, delivery, endedAt, expiresAt }: Story,
  now: Date,
): { before: Date | null; after: Date | null } {
  const isReached = delivery === 'mail' && ending !== 'bounced' && ending !== 'failed';
  const dueAt = (time: number) => {
    const at = new Date(time + 20_000);
    return isReached && at < now && (endedAt === null || at < endedAt) ? at : null;
  };
  const end = expiresAt.getTime();
  return { before: dueAt(end - REMINDED_BEFORE), after: dueAt(end + REMINDED_AFTER) };
}

/** The mails about an invitation that its holder got, or should have. */
export function lettersOf({ story, id, reference, links }: Told, now: Date): Row[] {
  if (story.delivery === 'link') return [];
  const recipient = story.household.email;
  const about = { recipient, reference, invitationId: id };
  const current = links.at(-1)?.id ?? '';
  const sent = links.map((link) => ({
    ...about,
    template: 'invitation',
    subjectId: link.id,
    queuedAt: link.createdAt,
  }));
  const { before, after } = remindersOf(story, now);
  const reminders = [
    ...reminded({ ...about, template: 'invitation-reminder', subjectId: current }, before),
    ...reminded({ ...about, template: 'invitation-expired', subjectId: current }, after),
    // The link that was sent first ran out before its holder asked for another one.
    ...(story.resentAt ? firstReminders(story, { ...about, subjectId: links[0]?.id ?? '' }) : []),
  ];
  return [
    ...sent.map((mail) => ({ ...mailRow(mail), ...fateOf(story, mail.queuedAt) })),
    ...reminders.map(mailRow),
  ];
}

export function mailRow({ template, recipient, subjectId, queuedAt, ...about }: PastMail): Row {
  return {
    id: randomUUID(),
    template,
    recipient,
    subject_id: subjectId,
    invitation_id: about.invitationId ?? null,
    account_id: about.accountId ?? null,
    reference: about.reference ?? newReference(),
    queued_at: queuedAt,
    sent_at: sentAt(queuedAt),
    bounced_at: null,
    failed_at: null,
    attempts: 1,
    last_error: null,
  };
}

/** Who opened the links of an invitation. */
export function visitRows({ story, id, links }: Told): Row[] {
  const [link] = links.slice(-1);
  if (!link) return [];
  const visit = (kind: string, about: string, at: Date) => ({
    link_id: link.id,
    invitation_id: id,
    kind,
    about,
    first_at: at,
    last_at: at,
    times: 1,
  });
  const isMailed = story.delivery === 'mail' && story.ending !== 'bounced' && story.ending !== 'failed';
  const { openedAt, expiresAt, device } = story;
  return [
    ...(story.isScanned && isMailed
      ? [visit('scanner', 'Another browser', soonAfter(link.createdAt, 6_000))]
      : []),
    ...(openedAt ? [visit('person', device, openedAt)] : []),
    ...(openedAt && story.hasFormError ? [visit('form-error', 'password', soonAfter(openedAt, MINUTE))] : []),
    ...(story.isOpenedLate ? [visit('dead', device, soonAfter(expiresAt, 30 * HOUR))] : []),
  ];
}

/** The columns of an invitation that tell what became of its mails. */
export function fateColumns({ story, links }: Told): Row {
  const fate = fateOf(story, links[0]?.createdAt ?? story.createdAt);
  const isMailed = story.delivery === 'mail';
  return {
    delivered_at: isMailed ? fate.sent_at : null,
    bounced_at: fate.bounced_at,
    failed_at: fate.failed_at,
  };
}

function fateOf({ ending, household: { email } }: Story, queuedAt: Date) {
  const usual = { sent_at: null, bounced_at: null, failed_at: null, attempts: 1, last_error: null };
  if (ending === 'bounced') {
    const last_error = `550 5.1.1 <${email}>: Recipient address rejected: User unknown`;
    return { ...usual, bounced_at: sentAt(queuedAt), last_error };
  }
  if (ending === 'failed') {
    const last_error = '451 4.3.2 Mailbox server is being moved, please try again later';
    return { ...usual, failed_at: soonAfter(queuedAt, 36 * HOUR), attempts: MOST_ATTEMPTS, last_error };
  }
  return { ...usual, sent_at: sentAt(queuedAt) };
}

function firstReminders(
  { createdAt, expiresAt, resentAt }: Story,
  about: Omit<PastMail, 'template' | 'queuedAt'>,
): PastMail[] {
  const end = createdAt.getTime() + (expiresAt.getTime() - (resentAt ?? createdAt).getTime());
  return [
    ...reminded({ ...about, template: 'invitation-reminder' }, new Date(end - REMINDED_BEFORE)),
    ...reminded({ ...about, template: 'invitation-expired' }, new Date(end + REMINDED_AFTER)),
  ];
}

function reminded(mail: Omit<PastMail, 'queuedAt'>, queuedAt: Date | null): PastMail[] {
  return queuedAt ? [{ ...mail, queuedAt }] : [];
}

function sentAt(queuedAt: Date): Date {
  return soonAfter(queuedAt, 2_000);
}

function soonAfter(at: Date, milliseconds: number): Date {
  return new Date(at.getTime() + milliseconds);
}
