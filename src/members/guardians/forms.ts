import { z } from 'zod';
import { t } from '../../platform/i18n/i18n.ts';
import { addressField, requiredName, textField } from '../../platform/text/fields.ts';

/** A checkbox that must be ticked. */
const tickedField = (error: () => string) => z.literal('yes', { error });

export const consentForm = z.object({
  authority: tickedField(() => t('consents:form.authorityRequired')),
  consent: tickedField(() => t('consents:form.consentRequired')),
});

export const guardianForm = z.object({
  guardianName: requiredName(() => t('consents:form.guardianNameRequired')),
  guardianEmail: addressField,
});

/** A word to type, so that mail scanners that submit forms can't confirm anything. */
const typedWordField = (word: string) =>
  textField(20).refine((typed) => typed.toLowerCase().replaceAll(/[^a-z]/g, '') === word, {
    error: () => t('consents:form.typeWord', { word }),
  });

export const withdrawalForm = z.object({ confirmation: typedWordField('withdraw') });
export const erasureForm = z.object({ confirmation: typedWordField('erase') });
export const newLinkForm = z.object({ email: addressField });
