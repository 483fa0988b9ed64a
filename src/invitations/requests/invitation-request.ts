import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { recordEvent } from '../../platform/audit/audit.ts';
import { database, inTransaction, NOW, queryRow } from '../../platform/db/database.ts';
import { enqueue } from '../../platform/jobs/queue.ts';
import { findOpenInvitation } from '../invitation.ts';
import { resendInvitations } from '../resend.ts';

/** What keeps someone from registering or being found. They write what staff need to match them. */
export const helpKinds = [
  'name-changed',
  'shared-address',
  'wrong-school',
  'address-lost',
  'mailbox-lost',
  'find-record',
] as const;
export type HelpKind = (typeof helpKinds)[number];

/** A request for a new link or for help, or a report that a person has died. */
export const requestKinds = ['new-link', 'deceased', ...helpKinds] as const;
export type RequestKind = (typeof requestKinds)[number];
export type RequestResolution =
  | 'resent'
  | 'invited'
  | 'password-reset'
  | 'dismissed'
  | 'confirmed'
  | 'withdrawn'
  | 'record-changed'
  | 'matched'
  | 'address-change';

/** A request from the public pages, and how it was resolved. */
export class InvitationRequest extends Model<
  InferAttributes<InvitationRequest>,
  InferCreationAttributes<InvitationRequest>
> {
  declare id: CreationOptional<string>;
  declare kind: RequestKind;
  declare email: string;
  declare requestedAt: CreationOptional<Date>;
  declare lastRequestedAt: CreationOptional<Date>;
  declare requestCount: CreationOptional<number>;
  declare invitationId: CreationOptional<string | null>;
  /** The member whose record can't be found. */
  declare accountId: CreationOptional<string | null>;
  declare name: CreationOptional<string | null>;
  /** The name at school. */
  declare schoolName: CreationOptional<string | null>;
  declare lastYear: CreationOptional<number | null>;
  declare center: CreationOptional<string | null>;
  /** The person's own or new address. */
  declare newEmail: CreationOptional<string | null>;
  declare note: CreationOptional<string | null>;
  declare resolvedAt: CreationOptional<Date | null>;
  declare resolution: RequestResolution | null;
  /** Null if the job resolved it, or if the account no longer exists. */
  declare resolvedBy: CreationOptional<string | null>;
  /** The address to which staff corrected it. */
  declare correctedEmail: CreationOptional<string | null>;
  declare dismissedReason: CreationOptional<string | null>;
}

InvitationRequest.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    kind: DataTypes.TEXT,
    email: DataTypes.CITEXT,
    requestedAt: DataTypes.DATE,
    lastRequestedAt: DataTypes.DATE,
    requestCount: DataTypes.INTEGER,
    invitationId: DataTypes.BIGINT,
    accountId: DataTypes.BIGINT,
    name: DataTypes.TEXT,
    schoolName: DataTypes.TEXT,
    lastYear: DataTypes.INTEGER,
    center: DataTypes.TEXT,
    newEmail: DataTypes.CITEXT,
    note: DataTypes.TEXT,
    resolvedAt: DataTypes.DATE,
    resolution: DataTypes.TEXT,
    resolvedBy: DataTypes.BIGINT,
    correctedEmail: DataTypes.CITEXT,
    dismissedReason: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'invitation_requests' },
);

const MAX_AUTOMATIC_RESENDS_PER_DAY = 3;

/** The index that allows one open request of a kind; of people who share an address or have lost a mailbox, one each. */
export const ONE_OPEN_SQL = `(email, kind, (case when kind in ('shared-address', 'mailbox-lost') then new_email else email end))
  where resolved_at is null`;

/**
 * Stores a request for a new link. A job processes it, for known and unknown addresses alike, so neither the response
 * nor its time reveals whether the address is known.
 */
export function requestNewLink(email: string): Promise<void> {
  return inTransaction(async () => {
    const request = await queryRow<{ id: string }>(
      `insert into invitation_requests (email) values ($1)
       on conflict ${ONE_OPEN_SQL}
       do update set request_count = invitation_requests.request_count + 1, last_requested_at = now()
       returning id`,
      [email],
    );
    if (request) await enqueue('process-invitation-request', { requestId: request.id });
  });
}

/** The job: resends an open invitation, at most three times a day. Staff resolve everything else. */
export function processInvitationRequest(requestId: string): Promise<void> {
  return inTransaction(async () => {
    const where = { id: requestId, kind: 'new-link' as const, resolvedAt: null };
    const request = await InvitationRequest.findOne({ where, lock: true });
    if (!request) return;
    const invitation = await findOpenInvitation(request.email);
    if (!invitation || (await countResentToday(request.email)) >= MAX_AUTOMATIC_RESENDS_PER_DAY) return;
    const resent = await resendInvitations(
      [invitation.id],
      { delivery: 'mail', requestedAnonymously: true },
      { kind: 'system' },
    );
    // Staff resolve requests of blocked addresses.
    if (resent.done.length === 0) return;
    const resolved = { resolvedAt: NOW, resolution: 'resent', invitationId: invitation.id } as const;
    await InvitationRequest.update(resolved, { where: { id: requestId } });
    const event = {
      action: 'invitation-request.resolved',
      subject: 'invitation-request',
      subjectId: requestId,
    } as const;
    await recordEvent({ kind: 'system' }, { ...event, detail: { invitationId: invitation.id } });
  });
}

async function countResentToday(email: string): Promise<number> {
  const counted = await queryRow<{ count: number }>(
    `select count(*)::int as count from invitation_requests
     where email = $1 and resolution = 'resent' and resolved_at > now() - interval '1 day'`,
    [email],
  );
  return counted?.count ?? 0;
}

/** Creates a request for staff to confirm that a person has died. Mail to the address waits until they resolve it. */
export async function reportDeceased(email: string, invitationId: string): Promise<void> {
  const where = { email, kind: 'deceased' as const, resolvedAt: null };
  const open = await InvitationRequest.findOne({ where });
  if (!open) await InvitationRequest.create({ email, kind: 'deceased', invitationId, resolution: null });
}

export async function withdrawDeceasedReport(email: string): Promise<void> {
  await InvitationRequest.update(
    { resolvedAt: NOW, resolution: 'withdrawn' },
    { where: { email, kind: 'deceased', resolvedAt: null } },
  );
}

/** Whether staff have yet to resolve a report that the owner of an address has died. */
export async function isReportedDeceased(email: string): Promise<boolean> {
  return (await InvitationRequest.count({ where: { email, kind: 'deceased', resolvedAt: null } })) > 0;
}
