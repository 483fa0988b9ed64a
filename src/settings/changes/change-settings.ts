import type { Account } from '../../accounts/account.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, queryRow } from '../../platform/db/database.ts';
import { InvalidInput } from '../../platform/errors.ts';
import {
  type EditableSettings,
  readSettings,
  type Settings,
  SettingsRow,
  saveSettings,
} from '../settings.ts';
import { countProfilesAffected } from './age-limit-impact.ts';

const editConflictMessage =
  'Somebody else saved the settings since you opened this page. Look at them in another window, then save yours if you still want to';

type Admin = Pick<Account, 'twoStepEnabledAt'>;

/** What the administrator knows: when the settings were last saved, as shown, and whom other ages touch. */
export type SettingsConfirmation = Readonly<{ savedAt: string; agesConfirmed: boolean }>;

/** When the settings were last saved, as a text that a form carries along. */
export async function getSettingsSavedAt(): Promise<string> {
  const found = await queryRow<{ at: string }>('select updated_at::text as at from settings');
  return found?.at ?? '';
}

/**
 * Saves the settings, unless others did so since this administrator looked.
 * @returns the names of those that changed
 * @throws Invalid
 */
export async function changeSettings(
  updated: EditableSettings,
  confirmation: SettingsConfirmation,
  admin: Admin,
  actor: Actor,
): Promise<string[]> {
  const changed = await inTransaction(async () => {
    await SettingsRow.findOne({ lock: true });
    const before = await readSettings();
    const current: Record<string, unknown> = before;
    const names = Object.entries(updated).flatMap(([name, value]) => (value === current[name] ? [] : [name]));
    if (names.length === 0) return names;
    if ((await getSettingsSavedAt()) !== confirmation.savedAt)
      throw new InvalidInput({ form: editConflictMessage });
    refuseTwoStepLockout(before, updated, admin);
    if (!confirmation.agesConfirmed) await requireAgesConfirmed(before, updated);
    await saveSettings(updated);
    const event = { action: 'settings.changed', subject: 'settings', subjectId: 'all' } as const;
    await recordEvent(actor, { ...event, detail: { changed: names } });
    return names;
  });
  await readSettings();
  return changed;
}

function refuseTwoStepLockout(
  before: Settings,
  updated: EditableSettings,
  { twoStepEnabledAt }: Admin,
): void {
  if (updated.twoStepForStaff && !before.twoStepForStaff && twoStepEnabledAt === null)
    throw new InvalidInput({
      twoStepForStaff: 'Turn on two-step sign-in for your own account first, so that you are not shut out',
    });
}

async function requireAgesConfirmed(before: Settings, updated: EditableSettings): Promise<void> {
  const affected = await countProfilesAffected(before, updated);
  if (affected === 0) return;
  const who = affected === 1 ? 'One member' : `${affected} members`;
  throw new InvalidInput({
    agesConfirmed: `${who} would get another status by these ages at once. Tick the box if that is right`,
  });
}
