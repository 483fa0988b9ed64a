import { findGroup, type GroupRole, listOpenGroups } from '../groups/group.ts';
import { lockImport } from '../imports/import.ts';
import { type ReasonName, warningNames } from '../invitations/eligibility/eligibility.ts';
import {
  type Actor,
  accountIdOf,
  listSubjectEvents,
  originOf,
  type RecordedEvent,
  recordEvent,
} from '../platform/audit/audit.ts';
import { inTransaction } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { readSettings } from '../settings/settings.ts';
import { Campaign, enqueueStep, lockCampaign } from './campaign.ts';

/** What staff decide about a draft. */
export type CampaignSettings = Readonly<{
  name: string;
  message: string;
  validityDays: number;
  groupId: string | null;
  groupRole: GroupRole | null;
  override: readonly ReasonName[];
}>;

/** Somebody acts on a draft as they saw it, and it has changed since. */
export class StaleDraft extends Conflict {
  override readonly title = 'This campaign has changed';

  constructor() {
    super('Somebody has changed this campaign since you opened the page. Please look at it again.');
  }
}

/**
 * A draft of everyone who can be read in an import of invitees: the one that there is, if nobody has sent it yet. @throws NotFound, Conflict,
 * Invalid
 */
export function createCampaign(
  { importId, name }: Readonly<{ importId: string; name: string }>,
  actor: Actor,
): Promise<Campaign> {
  return inTransaction(async () => {
    // Held, so that a button pressed twice makes one draft.
    const source = await lockImport(importId);
    const draft = await Campaign.findOne({ where: { importId: source.id, confirmedAt: null } });
    if (draft) return draft;
    if (source.kind !== 'invitees')
      throw new InvalidInput({ form: 'This file has alumni records. Upload a list of people to invite' });
    if (source.rowsPurgedAt)
      throw new Conflict('The rows of this file have been deleted. Please upload the file again.');
    if (!source.checkedAt)
      throw new Conflict('This file is still being checked. Please try again in a minute.');
    if (!source.statusCounts.ok)
      throw new InvalidInput({
        form: 'No row of this file can be invited. Correct the file and upload it again',
      });
    const campaign = await Campaign.create({
      name,
      importId,
      createdBy: accountIdOf(actor),
      ...originOf(actor),
      validityDays: (await readSettings()).invitationDays,
    });
    await recordCampaignEvent('created', campaign.id, { name, importId }, actor);
    await enqueueStep(campaign.id);
    return campaign;
  });
}

/**
 * Changes a draft. Another group changes who may be invited, so everyone is checked again.
 * @param version as it was seen
 * @throws NotFound, Conflict when it is sent, StaleDraft, Invalid
 */
export function updateDraft(
  id: string,
  version: number,
  input: CampaignSettings,
  actor: Actor,
): Promise<void> {
  return inTransaction(async () => {
    const draft = await lockDraft(id, version);
    const { groupId } = input;
    if (groupId !== null && !(await listOpenGroups()).some((group) => group.id === groupId))
      throw new InvalidInput({ groupId: 'This group is archived. Choose another one' });
    const settings = {
      ...input,
      groupRole: groupId === null ? null : (input.groupRole ?? ('member' as const)),
      override: warningNames.filter((name) => input.override.includes(name)),
    };
    const changes = await describeChanges(draft, settings);
    if (Object.keys(changes).length === 0) return;
    const isGroupChanged = groupId !== draft.groupId;
    await draft.update({
      ...settings,
      version: version + 1,
      ...originOf(actor),
      ...(isGroupChanged && uncheckedState),
    });
    await recordCampaignEvent('changed', id, { version: version + 1, ...changes }, actor);
    if (isGroupChanged) await enqueueStep(id);
  });
}

/** Looks at everyone's eligibility again. @throws NotFound, Conflict when it is sent, StaleDraft */
export function recheckDraft(id: string, version: number, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const draft = await lockDraft(id, version);
    await draft.update({ version: version + 1, ...originOf(actor), ...uncheckedState });
    await recordCampaignEvent('rechecked', id, { version: version + 1 }, actor);
    await enqueueStep(id);
  });
}

/** Deletes a draft with its recipients. @throws NotFound, Conflict when it is sent */
export function deleteDraft(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const draft = await lockCampaign(id);
    requireUnsent(draft);
    await draft.destroy();
    await recordCampaignEvent('deleted', id, { name: draft.name }, actor);
  });
}

/** What changed in a draft after a version, oldest first. */
export async function listChangesAfter(id: string, version: number): Promise<RecordedEvent[]> {
  const events = await listSubjectEvents('campaign', id);
  const isChange = ({ action }: RecordedEvent) => /^campaign\.(changed|rechecked)$/.test(action);
  return events.filter((event) => isChange(event) && Number(event.detail.version) > version);
}

export function requireUnsent({ confirmedAt }: Campaign): void {
  if (confirmedAt) throw new Conflict('This campaign has been sent, so it can’t be changed any more.');
}

const uncheckedState = { checkedAt: null, checkedCount: 0, lastPosition: 0, reasonCounts: {} };

async function lockDraft(id: string, version: number): Promise<Campaign> {
  const draft = await lockCampaign(id);
  requireUnsent(draft);
  if (draft.version !== version) throw new StaleDraft();
  return draft;
}

/** What differs, in words for the audit. The text of a message is nobody else's business. */
async function describeChanges(draft: Campaign, settings: CampaignSettings): Promise<Record<string, string>> {
  const from = { ...draft.get(), group: await describeGroup(draft) };
  const to = { ...settings, group: await describeGroup(settings) };
  const changes: Record<string, string> = {};
  if (from.message !== to.message) changes.message = to.message === '' ? 'removed' : 'changed';
  const compare = (field: string, one: string, other: string) => {
    if (one !== other) changes[field] = `${one} → ${other}`;
  };
  compare('name', from.name, to.name);
  compare('validityDays', String(from.validityDays), String(to.validityDays));
  compare('group', from.group, to.group);
  compare('override', from.override.join(', ') || 'none', to.override.join(', ') || 'none');
  return changes;
}

async function describeGroup({
  groupId,
  groupRole,
}: Pick<CampaignSettings, 'groupId' | 'groupRole'>): Promise<string> {
  if (groupId === null) return 'none';
  return `${(await findGroup(groupId))?.name ?? groupId} as ${groupRole}`;
}

function recordCampaignEvent(
  verb: string,
  id: string,
  detail: Record<string, unknown>,
  actor: Actor,
): Promise<void> {
  return recordEvent(actor, { action: `campaign.${verb}`, subject: 'campaign', subjectId: id, detail });
}
