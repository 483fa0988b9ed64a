import type { Request, Response } from 'express';
import { findAccountByEmail } from '../accounts/account.ts';
import { hasUsableCode } from '../accounts/registration/mailbox-code.ts';
import type { FoundLink } from '../invitations/link.ts';
import { findOpenedInvitation } from '../pages/opened-invitations.ts';
import { maskAddress, maskMailbox } from '../platform/text/address.ts';
import { findSignedInAccount } from '../sign-in/guard.ts';

/** The page for a step that is needed before the registration form, and its view data. */
export type RequiredStep = Readonly<{ view: string; locals: Readonly<Record<string, unknown>> }>;

/** Finds the step that is needed before this visitor can register or accept. @returns null if none is */
export async function findRequiredStep(
  link: FoundLink,
  req: Request,
  res: Response,
): Promise<RequiredStep | null> {
  const account = findSignedInAccount(res);
  if (account && account.email.toLowerCase() !== link.email.toLowerCase()) {
    return {
      view: 'registration/other-account',
      locals: { invitedAddress: maskAddress(link.email), currentAddress: maskAddress(account.email) },
    };
  }
  if (account) return null;
  if (!findOpenedInvitation(link, req)?.mailbox_proven) {
    return {
      view: 'registration/code',
      locals: { invitedAddress: maskMailbox(link.email), hasUsableCode: await hasUsableCode(link.linkId) },
    };
  }
  return (await findAccountByEmail(link.email)) ? { view: 'registration/sign-in-first', locals: {} } : null;
}
