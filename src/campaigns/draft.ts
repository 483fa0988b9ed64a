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
import { t } from '../platform/i18n/i18n.ts';
import { readSettings } from '../settings/settings.ts';
import { Campaign, enqueueStep, lockCampaign } from './campaign.ts';

/** The settings of a draft that staff can change. */
export type CampaignSettings = Readonly<{
  name: string;
  message: string;
  language: string | null;
  validityDays: number;
  groupId: string | null;
  groupRole: GroupRole | null;
  override: readonly ReasonName[];
}>;

/** The draft has changed since the page was opened. */
export class StaleDraft extends Conflict {
  override readonly title = t('campaigns:errors.changedTitle');

  constructor() {
    super(t('campaigns:errors.changed'));
  }
}

/**
 * Creates a draft from the valid rows of an import of invitees, or returns its unsent draft.
 * @throws NotFound, Conflict, InvalidInput
 */
export function createCampaign(
  { importId, name }: Readonly<{ importId: string; name: string }>,
  actor: Actor,
): Promise<Campaign> {
  return inTransaction(async () => {
    // The lock makes sure that two requests create only one draft.
    const source = await lockImport(importId);
    const draft = await Campaign.findOne({ where: { importId: source.id, confirmedAt: null } });
    if (draft) return draft;
    if (source.kind !== 'invitees') throw new InvalidInput({ form: t('campaigns:errors.alumniFile') });
    if (source.rowsPurgedAt) throw new Conflict(t('campaigns:errors.rowsDeleted'));
    if (!source.checkedAt) throw new Conflict(t('campaigns:errors.stillReading'));
    if (!source.statusCounts.ok)
      throw new InvalidInput({
        form: t('campaigns:errors.noValidRows'),
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
 * Changes a draft. Changing the group checks all recipients again, because it affects their eligibility.
 * @param version the version that the page showed
 * @throws NotFound, Conflict if it was sent, StaleDraft, InvalidInput
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
      throw new InvalidInput({ groupId: t('campaigns:errors.groupArchived') });
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

/** Checks the eligibility of all recipients again. @throws NotFound, Conflict if it was sent, StaleDraft */
export function recheckDraft(id: string, version: number, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const draft = await lockDraft(id, version);
    await draft.update({ version: version + 1, ...originOf(actor), ...uncheckedState });
    await recordCampaignEvent('rechecked', id, { version: version + 1 }, actor);
    await enqueueStep(id);
  });
}

/** Deletes a draft with its recipients. @throws NotFound, Conflict if it was sent */
export function deleteDraft(id: string, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const draft = await lockCampaign(id);
    requireUnsent(draft);
    await draft.destroy();
    await recordCampaignEvent('deleted', id, { name: draft.name }, actor);
  });
}

/** The changes of a draft after a version, oldest first. */
export async function listChangesAfter(id: string, version: number): Promise<RecordedEvent[]> {
  const events = await listSubjectEvents('campaign', id);
  const isChange = ({ action }: RecordedEvent) => /^campaign\.(changed|rechecked)$/.test(action);
  return events.filter((event) => isChange(event) && Number(event.detail.version) > version);
}

export function requireUnsent({ confirmedAt }: Campaign): void {
  if (confirmedAt) throw new Conflict(t('campaigns:errors.sent'));
}

const uncheckedState = { checkedAt: null, checkedCount: 0, lastPosition: 0, reasonCounts: {} };

async function lockDraft(id: string, version: number): Promise<Campaign> {
  const draft = await lockCampaign(id);
  requireUnsent(draft);
  if (draft.version !== version) throw new StaleDraft();
  return draft;
}

/** Describes the changed settings for the audit event, without the text of the message. */
async function describeChanges(draft: Campaign, settings: CampaignSettings): Promise<Record<string, string>> {
  const before = { ...draft.get(), group: await describeGroup(draft) };
  const after = { ...settings, group: await describeGroup(settings) };
  const changes: Record<string, string> = {};
  if (before.message !== after.message) changes.message = after.message === '' ? 'removed' : 'changed';
  const compare = (field: string, oldValue: string, newValue: string) => {
    if (oldValue !== newValue) changes[field] = `${oldValue} → ${newValue}`;
  };
  compare('name', before.name, after.name);
  compare('language', before.language ?? 'none', after.language ?? 'none');
  compare('validityDays', String(before.validityDays), String(after.validityDays));
  compare('group', before.group, after.group);
  compare('override', before.override.join(', ') || 'none', after.override.join(', ') || 'none');
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
