import type { Request, Response } from 'express';
import { accountWithAddress } from '../accounts/account.ts';
import { signedIn } from '../accounts/guard.ts';
import type { FoundLink } from '../invitations/link.ts';
import { maskAddress } from '../mail/address.ts';
import { codeWaits } from './mailbox.ts';
import { openedOf } from './opened-invitations.ts';

/** What must be done before the form can be filled in: the page that says so, and what it shows. */
export type Obstacle = Readonly<{ view: string; locals: Readonly<Record<string, unknown>> }>;

/** Why the person behind an opened link can't register or accept just now, or null. */
export async function obstacleFor(link: FoundLink, req: Request, res: Response): Promise<Obstacle | null> {
  const account = signedIn(res);
  const invited = maskAddress(link.email);
  if (account && account.email.toLowerCase() !== link.email.toLowerCase()) {
    return { view: 'registration/other-account', locals: { invited, current: maskAddress(account.email) } };
  }
  if (account) return null;
  if (!openedOf(link, req)?.mailbox_proven) {
    return { view: 'registration/code', locals: { invited, waiting: await codeWaits(link.linkId) } };
  }
  return (await accountWithAddress(link.email)) ? { view: 'registration/sign-in-first', locals: {} } : null;
}
