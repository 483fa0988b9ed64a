import { findAccountByEmail } from '../accounts/account.ts';
import { getListedAccount, type ListedAccount } from '../accounts/account-list.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from '../alumni/listed-record.ts';
import { type ListedConsent, listRelatedConsents } from '../consents/consent.ts';
import { type ListedGuardian, listRelatedGuardians } from '../consents/guardians/list.ts';
import { type AccountAccess, accountAccessOf, listProfileAccess } from '../consents/profile-access.ts';
import type { GroupRole } from '../groups/group.ts';
import { getInvitationHistory, type InvitationHistory } from '../invitations/history.ts';
import { Invitation } from '../invitations/invitation.ts';
import { type ListedRequest, listRequestsForAddress } from '../invitations/requests/list.ts';
import { type ListedEvent, listEvents } from '../platform/audit/list.ts';
import { queryRows } from '../platform/db/database.ts';
import { listMessagesTo, type Message } from '../platform/mail/messages.ts';
import { listActiveSuppressions, type Suppression } from '../platform/mail/suppressions.ts';
import { readSettings } from '../settings/settings.ts';

export type PersonMembership = Readonly<{
  groupId: string;
  groupName: string;
  role: GroupRole;
  joinedAt: Date;
  removedAt: Date | null;
}>;

/** Everything on file for an address. It never contains links or codes. */
export type PersonDetails = Readonly<{
  email: string;
  account: ListedAccount | null;
  /** Null if there is no account. */
  access: AccountAccess | null;
  records: readonly ListedRecord[];
  /** The newest `MAX_INVITATIONS`, newest first. */
  invitations: readonly InvitationHistory[];
  hasMoreInvitations: boolean;
  /** Mails that belong to none of `invitations`, newest first. */
  messages: readonly Message[];
  consents: readonly ListedConsent[];
  /** Those of the person, and those that the person is for somebody else. */
  guardians: readonly ListedGuardian[];
  requests: readonly ListedRequest[];
  /** Why we don't write to them, most serious first. */
  suppressions: readonly Suppression[];
  memberships: readonly PersonMembership[];
  /** The latest events of the account, newest first. */
  events: readonly ListedEvent[];
}>;

const MAX_INVITATIONS = 5;

/** @param email normalised, see `normaliseAddress` */
export async function getPersonDetails(email: string): Promise<PersonDetails> {
  const accountId = (await findAccountByEmail(email))?.id ?? null;
  const invitationIds = await listInvitationIds(email);
  const [invitations, records, messages, consents, guardians, requests, suppressions, accountDetails] =
    await Promise.all([
      Promise.all(invitationIds.slice(0, MAX_INVITATIONS).map((id) => getInvitationHistory(id))),
      listPersonRecords(email, accountId),
      listMessagesTo(email),
      listRelatedConsents(accountId, email),
      listRelatedGuardians(accountId, email),
      listRequestsForAddress(email),
      listActiveSuppressions(email),
      accountId === null ? noAccountDetails : getAccountDetails(accountId),
    ]);
  const shownMessageIds = new Set(invitations.flatMap((history) => history.messages.map(({ id }) => id)));
  return {
    email,
    ...accountDetails,
    records,
    invitations,
    hasMoreInvitations: invitationIds.length > MAX_INVITATIONS,
    messages: messages.filter(({ id }) => !shownMessageIds.has(id)),
    consents,
    guardians,
    requests,
    suppressions,
  };
}

type AccountDetails = Pick<PersonDetails, 'account' | 'access' | 'memberships' | 'events'>;

const noAccountDetails: AccountDetails = { account: null, access: null, memberships: [], events: [] };

async function getAccountDetails(accountId: string): Promise<AccountDetails> {
  const eventFilter = {
    subject: 'account',
    subjectId: accountId,
    actor: null,
    action: '',
    from: null,
    until: null,
  };
  const [account, profiles, settings, memberships, { items: events }] = await Promise.all([
    getListedAccount(accountId),
    listProfileAccess(accountId),
    readSettings(),
    listPersonMemberships(accountId),
    listEvents({ ...eventFilter, cursor: null }),
  ]);
  const access = accountAccessOf(account, profiles, settings, new Date());
  return { account, access, memberships, events };
}

async function listInvitationIds(email: string): Promise<string[]> {
  const newest = await Invitation.findAll({
    attributes: ['id'],
    where: { email },
    order: [['id', 'DESC']],
    limit: MAX_INVITATIONS + 1,
  });
  return newest.map(({ id }) => id);
}

/** The records with this address, and those that the account claims. */
function listPersonRecords(email: string, accountId: string | null): Promise<ListedRecord[]> {
  return queryRows<ListedRecord>(
    `select ${LISTED_RECORD_SQL} from alumni_members m where m.id in (
       select id from alumni_members where email = $1
       union select alumni_member_id from profiles where account_id = $2)
     order by m.batch desc nulls last, m.last_name, m.first_name, m.id limit 20`,
    [email, accountId],
  );
}

function listPersonMemberships(accountId: string): Promise<PersonMembership[]> {
  return queryRows<PersonMembership>(
    `select g.id as group_id, g.name as group_name, m.role, m.joined_at, m.removed_at
     from memberships m join groups g on g.id = m.group_id
     where m.account_id = $1 and m.joined_at is not null order by m.joined_at desc limit 50`,
    [accountId],
  );
}
