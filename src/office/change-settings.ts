import type { Account } from '../accounts/account.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row } from '../database.ts';
import { Invalid } from '../errors.ts';
import {
  type EditableSettings,
  readSettings,
  type Settings,
  SettingsRow,
  saveSettings,
} from '../settings.ts';
import { countAffected } from './affected.ts';

const savedMeanwhile =
  'Somebody else saved the settings since you opened this page. Look at them in another window, then save yours if you still want to';

type Admin = Pick<Account, 'twoStepEnabledAt'>;

/** What the administrator knows: when the settings were last saved, as shown, and whom other ages touch. */
export type Known = Readonly<{ savedAt: string; agesConfirmed: boolean }>;

/** When the settings were last saved, as a text that a form carries along. */
export async function lastSaved(): Promise<string> {
  const found = await row<{ at: string }>('select updated_at::text as at from settings');
  return found?.at ?? '';
}

/**
 * Saves the settings, unless others did so since this administrator looked.
 * @returns the names of those that changed
 * @throws Invalid
 */
export async function changeSettings(
  wanted: EditableSettings,
  known: Known,
  admin: Admin,
  actor: Actor,
): Promise<string[]> {
  const changed = await inTransaction(async () => {
    await SettingsRow.findOne({ lock: true });
    const before = await readSettings();
    const saved: Record<string, unknown> = before;
    const names = Object.entries(wanted).flatMap(([name, value]) => (value === saved[name] ? [] : [name]));
    if (names.length === 0) return names;
    if ((await lastSaved()) !== known.savedAt) throw new Invalid({ form: savedMeanwhile });
    refuseLockout(before, wanted, admin);
    if (!known.agesConfirmed) await refuseUnseenAges(before, wanted);
    await saveSettings(wanted);
    const event = { action: 'settings.changed', subject: 'settings', subjectId: 'all' } as const;
    await record(actor, { ...event, detail: { changed: names } });
    return names;
  });
  await readSettings();
  return changed;
}

function refuseLockout(before: Settings, wanted: EditableSettings, { twoStepEnabledAt }: Admin): void {
  if (wanted.twoStepForStaff && !before.twoStepForStaff && twoStepEnabledAt === null)
    throw new Invalid({
      twoStepForStaff: 'Turn on two-step sign-in for your own account first, so that you are not shut out',
    });
}

async function refuseUnseenAges(before: Settings, wanted: EditableSettings): Promise<void> {
  const affected = await countAffected(before, wanted);
  if (affected === 0) return;
  const who = affected === 1 ? 'One member' : `${affected} members`;
  throw new Invalid({
    agesConfirmed: `${who} would get another status by these ages at once. Tick the box if that is right`,
  });
}
