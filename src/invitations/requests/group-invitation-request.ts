import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  Op,
} from 'sequelize';
import { Account, findAccountByEmail } from '../../accounts/account.ts';
import { listRecordsForAddress } from '../../alumni/record.ts';
import type { GroupRole } from '../../groups/group.ts';
import { isMember } from '../../groups/member-list.ts';
import { lockGroupToInvite } from '../../groups/rights.ts';
import { type Actor, actingAs, recordEvent } from '../../platform/audit/audit.ts';
import { database, inTransaction, NOW, queryRows } from '../../platform/db/database.ts';
import { Conflict, Forbidden, NotFound } from '../../platform/errors.ts';
import { enqueue } from '../../platform/jobs/queue.ts';
import { readSettings } from '../../settings/settings.ts';
import { checkEligibility } from '../eligibility/eligibility.ts';
import { NotEligible } from '../eligibility/not-eligible.ts';
import { findOpenInvitation, Invitation } from '../invitation.ts';
import { inviteOne } from '../invite.ts';
import { resendInvitations } from '../resend.ts';
import { openSql } from '../status.ts';

/**
 * `added`: to the open invitation of the address. `waiting`: that one has to be settled first. `refused`: the person
 * doesn't want it, or the requester may no longer invite.
 */
type GroupRequestOutcome = 'invited' | 'added' | 'already-member' | 'waiting' | 'not-on-file' | 'refused';

/** An owner or admin of a group asks for an address to be invited into it. */
export class GroupInvitationRequest extends Model<
  InferAttributes<GroupInvitationRequest>,
  InferCreationAttributes<GroupInvitationRequest>
> {
  declare id: CreationOptional<string>;
  declare groupId: string;
  declare role: GroupRole;
  declare email: string;
  declare requestedBy: string;
  declare requestedAt: CreationOptional<Date>;
  declare processedAt: CreationOptional<Date | null>;
  declare outcome: CreationOptional<GroupRequestOutcome | null>;

  declare requester?: NonAttribute<Account>;
}

GroupInvitationRequest.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    groupId: DataTypes.BIGINT,
    role: DataTypes.TEXT,
    email: DataTypes.CITEXT,
    requestedBy: DataTypes.BIGINT,
    requestedAt: DataTypes.DATE,
    processedAt: DataTypes.DATE,
    outcome: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'group_invitation_requests' },
);
GroupInvitationRequest.belongsTo(Account, { as: 'requester', foreignKey: 'requestedBy' });

const MAX_SHOWN = 50;
const MAX_RETRIES_PER_RUN = 500;

/**
 * Stores a request by an owner or admin to invite an address. A job processes it, for known and unknown addresses
 * alike, so neither the response nor its time reveals whether the address is on file.
 * @throws NotFound, Forbidden, Conflict if the group is archived
 */
export function requestGroupInvitation(
  groupId: string,
  email: string,
  role: GroupRole,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    await lockGroupToInvite(groupId, role, actor);
    if (actor.kind !== 'account') throw new Error('a group invitation request needs an account as its actor');
    const request = await GroupInvitationRequest.create({
      groupId,
      role,
      email,
      requestedBy: actor.accountId,
    });
    const event = { action: 'group.invitation-requested', subject: 'group', subjectId: groupId } as const;
    await recordEvent(actor, { ...event, detail: { requestId: request.id, role } });
    await enqueue('process-group-invitation-request', { requestId: request.id });
  });
}

/** The latest requests of a group, newest first, with the `requester`. Their outcome is never shown. */
export function listGroupInvitationRequests(groupId: string): Promise<GroupInvitationRequest[]> {
  return GroupInvitationRequest.findAll({
    attributes: ['email', 'role', 'requestedAt'],
    where: { groupId },
    include: { association: 'requester', attributes: ['name'] },
    order: [['id', 'DESC']],
    limit: MAX_SHOWN,
  });
}

/** Queues waiting requests again whose address no longer has an open invitation. */
export function retryWaitingGroupInvitationRequests(): Promise<void> {
  return inTransaction(async () => {
    const ready = await queryRows<{ id: string }>(
      `select r.id from group_invitation_requests r
       where r.outcome = 'waiting' and not exists (select from invitations i where i.email = r.email and ${openSql})
       order by r.id limit ${MAX_RETRIES_PER_RUN}`,
      [],
    );
    for (const { id } of ready)
      await enqueue(
        'process-group-invitation-request',
        { requestId: id },
        { key: `group-invitation-request-${id}` },
      );
  });
}

/** The job: invites addresses that have an account or a record, and nobody else. */
export function processGroupInvitationRequest(requestId: string): Promise<void> {
  return inTransaction(async () => {
    const where = { id: requestId, [Op.or]: [{ processedAt: null }, { outcome: 'waiting' as const }] };
    const request = await GroupInvitationRequest.findOne({ where, lock: true });
    if (!request) return;
    const outcome = await attemptGroupInvitation(request);
    await GroupInvitationRequest.update({ processedAt: NOW, outcome }, { where: { id: requestId } });
  });
}

async function attemptGroupInvitation(request: GroupInvitationRequest): Promise<GroupRequestOutcome> {
  const { groupId, role, email, requestedBy } = request;
  const actor = actingAs(requestedBy, { kind: 'system' });
  try {
    await lockGroupToInvite(groupId, role, actor);
  } catch (error) {
    if (error instanceof Forbidden || error instanceof Conflict || error instanceof NotFound)
      return 'refused';
    throw error;
  }
  const account = await findAccountByEmail(email);
  if (!account && (await listRecordsForAddress(email)).length === 0) return 'not-on-file';
  if (account && (await isMember(groupId, account.id))) return 'already-member';
  const [reasons = []] = await checkEligibility([{ email, groupId }]);
  if (reasons.some(({ severity }) => severity === 'blocked')) return 'refused';
  if (await findOpenInvitation(email)) return addGroupToOpenInvitation(request, actor);
  return createGroupInvitation(request, actor);
}

async function createGroupInvitation(
  { groupId, role, email }: GroupInvitationRequest,
  actor: Actor,
): Promise<GroupRequestOutcome> {
  const { invitationDays: validityDays } = await readSettings();
  const input = {
    email,
    message: null,
    validityDays,
    delivery: 'mail',
    group: { id: groupId, role },
  } as const;
  try {
    await inviteOne(input, actor);
    return 'invited';
  } catch (error) {
    // Owners don't see the warnings, so they can't override them.
    if (error instanceof NotEligible)
      return error.reasons.some(({ name }) => name === 'open') ? 'waiting' : 'refused';
    throw error;
  }
}

// The open invitation of the office gets the group too, unless it already grants another group or a staff role.
async function addGroupToOpenInvitation(
  { groupId, role, email, requestedBy }: GroupInvitationRequest,
  actor: Actor,
): Promise<GroupRequestOutcome> {
  const [, [added]] = await Invitation.scope('open').update(
    { groupId, groupRole: role, groupInvitedBy: requestedBy },
    { where: { email, groupId: null, staffRole: null }, returning: ['id'] },
  );
  if (!added) return 'waiting';
  const event = { action: 'invitation.group-added', subject: 'invitation', subjectId: added.id } as const;
  await recordEvent(actor, { ...event, detail: { groupId, role } });
  await resendInvitations([added.id], { delivery: 'mail' }, actor);
  return 'added';
}
