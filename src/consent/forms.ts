import { z } from 'zod';
import { addressField, requiredName } from '../accounts/fields.ts';

/** Ticked by hand: nothing on the page does it. */
const ticked = (message: string) => z.literal('yes', { error: message });

export const consentForm = z.object({
  authority: ticked('Confirm that you are the parent or legal guardian'),
  consent: ticked('Tick the box if you consent; otherwise choose “I do not consent”'),
});

export const guardianForm = z.object({
  guardianName: requiredName('Type the name of your parent or guardian'),
  guardianEmail: addressField,
});
