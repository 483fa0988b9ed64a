import { z } from 'zod';
import { roleField } from '../../groups/fields.ts';
import { warnings } from '../../invitations/eligibility.ts';
import { isId } from '../../text.ts';
import { longText, text } from '../../web/form.ts';
import { daysField } from '../forms.ts';

const nameField = text(100).refine((typed) => typed.length > 0, { error: 'Give the campaign a name' });
/** The draft as it was when the page was opened. */
const versionField = text(9).transform(Number);

export const newCampaignForm = z.object({
  importId: text(20).refine(isId, { error: 'Upload a list of people first' }),
  name: nameField,
});

export const settingsForm = z.object({
  version: versionField,
  name: nameField,
  message: longText(2_000),
  validityDays: daysField(),
  groupId: text(20).transform((typed) => typed || null),
  groupRole: roleField.default('member'),
  override: z
    .record(z.string(), z.unknown())
    .default({})
    .transform((ticked) => warnings.filter((name) => ticked[name] === 'yes')),
});

export const checkForm = z.object({ version: versionField });

export const sendingForm = z.object({ version: versionField, count: text(9).transform(Number) });

export const recallForm = z.object({
  reason: text(500).refine((typed) => typed.length > 0, { error: 'Give a reason. Staff can read it later' }),
});
