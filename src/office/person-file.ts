import { accountWithAddress } from '../accounts/account.ts';
import { type Person, personById } from '../accounts/people-list.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from '../alumni/listed-record.ts';
import { type ListedEvent, listEvents } from '../audit/list.ts';
import { guardiansAround, type ListedGuardian } from '../consent/guardian-list.ts';
import { consentsAround, type RecordedConsent } from '../consent/record.ts';
import { type AccountStanding, accountStanding, wardsOf } from '../consent/standing.ts';
import { rows } from '../database.ts';
import { type CaseFile, caseFile } from '../invitations/case-file.ts';
import { Invitation } from '../invitations/invitation.ts';
import { type ListedRequest, requestsOf } from '../invitations/request-queue.ts';
import { type Message, messagesTo } from '../mail/messages.ts';
import { readSettings } from '../settings.ts';

export type Membership = Readonly<{
  groupId: string;
  group: string;
  role: string;
  joinedAt: Date;
  removedAt: Date | null;
}>;

/** Everything that is known of whoever has an address. No link and no code stands in it. */
export type PersonFile = Readonly<{
  email: string;
  account: Person | null;
  /** What the account may do now; null without one. */
  standing: AccountStanding | null;
  records: readonly ListedRecord[];
  /** The newest first, `MOST_INVITATIONS` at most. */
  invitations: readonly CaseFile[];
  hasMoreInvitations: boolean;
  /** Mails that belong to none of these invitations, newest first. */
  messages: readonly Message[];
  consents: readonly RecordedConsent[];
  /** Of the person, or the person is one. */
  guardians: readonly ListedGuardian[];
  requests: readonly ListedRequest[];
  memberships: readonly Membership[];
  /** What happened to the account lately, newest first. */
  events: readonly ListedEvent[];
}>;

const MOST_INVITATIONS = 5;

/** @param email in its one spelling, see `normaliseAddress` */
export async function personFile(email: string): Promise<PersonFile> {
  const found = await accountWithAddress(email);
  const accountId = found?.id ?? null;
  const ids = await invitationIds(email);
  const [invitations, records, messages, consents, guardians, requests, mine] = await Promise.all([
    Promise.all(ids.slice(0, MOST_INVITATIONS).map((id) => caseFile(id))),
    recordsOf(email, accountId),
    messagesTo(email),
    consentsAround(accountId, email),
    guardiansAround(accountId, email),
    requestsOf(email),
    accountId === null ? nothing : ofAccount(accountId),
  ]);
  const told = new Set(invitations.flatMap((file) => file.messages.map(({ id }) => id)));
  return {
    email,
    ...mine,
    records,
    invitations,
    hasMoreInvitations: ids.length > MOST_INVITATIONS,
    messages: messages.filter(({ id }) => !told.has(id)),
    consents,
    guardians,
    requests,
  };
}

type Mine = Pick<PersonFile, 'account' | 'standing' | 'memberships' | 'events'>;

const nothing: Mine = { account: null, standing: null, memberships: [], events: [] };

async function ofAccount(accountId: string): Promise<Mine> {
  const about = {
    subject: 'account',
    subjectId: accountId,
    actor: null,
    action: '',
    from: null,
    until: null,
  };
  const [account, wards, policy, memberships, { items: events }] = await Promise.all([
    personById(accountId),
    wardsOf(accountId),
    readSettings(),
    membershipsOf(accountId),
    listEvents({ ...about, cursor: null }),
  ]);
  const standing = accountStanding(account, wards, policy, new Date());
  return { account, standing, memberships, events };
}

async function invitationIds(email: string): Promise<string[]> {
  const newest = await Invitation.findAll({
    attributes: ['id'],
    where: { email },
    order: [['id', 'DESC']],
    limit: MOST_INVITATIONS + 1,
  });
  return newest.map(({ id }) => id);
}

/** Those under the address, and those that the account claims. */
function recordsOf(email: string, accountId: string | null): Promise<ListedRecord[]> {
  return rows<ListedRecord>(
    `select ${LISTED_RECORD_SQL} from alumni_members m where m.id in (
       select id from alumni_members where email = $1
       union select alumni_member_id from profiles where account_id = $2)
     order by m.batch desc nulls last, m.last_name, m.first_name, m.id limit 20`,
    [email, accountId],
  );
}

function membershipsOf(accountId: string): Promise<Membership[]> {
  return rows<Membership>(
    `select g.id as group_id, g.name as "group", m.role, m.joined_at, m.removed_at
     from memberships m join groups g on g.id = m.group_id
     where m.account_id = $1 and m.joined_at is not null order by m.joined_at desc limit 50`,
    [accountId],
  );
}
