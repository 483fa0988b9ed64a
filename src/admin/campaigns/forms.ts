import { z } from 'zod';
import { roleField } from '../../groups/fields.ts';
import { warningNames } from '../../invitations/eligibility/eligibility.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { longTextField, textField } from '../../platform/text/fields.ts';
import { isId } from '../../platform/text/text.ts';
import { daysField, languageField, reasonField, requiredTextField } from '../fields.ts';

const nameField = requiredTextField(100, () => t('campaigns:new.nameMissing'));
/** The version of the draft when the page was opened. */
const versionField = textField(9).transform(Number);

export const newCampaignForm = z.object({
  importId: textField(20).refine(isId, { error: () => t('campaigns:new.sourceMissing') }),
  name: nameField,
});

export const settingsForm = z.object({
  version: versionField,
  name: nameField,
  message: longTextField(2_000),
  language: languageField,
  validityDays: daysField(),
  groupId: textField(20).transform((typed) => typed || null),
  groupRole: roleField.default('member'),
  override: z
    .record(z.string(), z.unknown())
    .default({})
    .transform((ticked) => warningNames.filter((name) => ticked[name] === 'yes')),
});

export const checkForm = z.object({ version: versionField });

export const sendingForm = z.object({ version: versionField, count: textField(9).transform(Number) });

export const recallForm = z.object({ reason: reasonField });
