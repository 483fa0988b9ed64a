import { z } from 'zod';
import { addressField, requiredName } from '../../accounts/fields.ts';
import { textField } from '../../platform/text/fields.ts';

/** A checkbox that must be ticked. */
const tickedField = (message: string) => z.literal('yes', { error: message });

export const consentForm = z.object({
  authority: tickedField('Confirm that you are the parent or legal guardian'),
  consent: tickedField('Tick the box if you consent; otherwise choose “I do not consent”'),
});

export const guardianForm = z.object({
  guardianName: requiredName('Type the name of your parent or guardian'),
  guardianEmail: addressField,
});

/** A word to type, so that mail scanners that submit forms can't confirm anything. */
const typedWordField = (word: string) =>
  textField(20).refine((typed) => typed.toLowerCase().replaceAll(/[^a-z]/g, '') === word, {
    error: `Type the word ${word}`,
  });

export const withdrawalForm = z.object({ confirmation: typedWordField('withdraw') });
export const erasureForm = z.object({ confirmation: typedWordField('erase') });
export const newLinkForm = z.object({ email: addressField });
