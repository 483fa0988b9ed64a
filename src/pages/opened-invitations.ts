import type { Request } from 'express';
import { findLinkError, newLinkAction, signInAction } from '../accounts/registration/link-errors.ts';
import { type FoundLink, findLink } from '../invitations/link.ts';
import { HomecomingError, type PageAction } from '../platform/errors.ts';
import { useLanguageOf } from '../platform/http/language.ts';
import { LinkNotOpened } from '../platform/http/link-token.ts';
import { t } from '../platform/i18n/i18n.ts';
import { maskAddress } from '../platform/text/address.ts';

/** An invitation whose link this browser opened: ids only, never the link. External programs rely on these names. */
export type OpenedInvitation = {
  token_id: string;
  invitation_id: string;
  mailbox_proven: boolean;
  /** May have been opened by a scanner. Loading the page that follows shows that it was a person. */
  unconfirmed?: true;
};

/** More than a family will need. */
const MAX_OPENED_INVITATIONS = 20;

/** The invitation isn't in this browser's session. */
export class InvitationNotOpened extends LinkNotOpened {
  /** @param isKept whether the submitted form was stored; null if no form was submitted */
  constructor(isKept: boolean | null = null) {
    super([newLinkAction(), signInAction()], {
      before: isKept === null ? '' : t('errors:linkNotOpened.timedOut'),
      after: isKept ? t('errors:linkNotOpened.kept') : '',
    });
  }
}

/** Several invitations are open in this browser, and the request doesn't say which one it is about. */
export class AmbiguousInvitation extends HomecomingError {
  override readonly status = 409;
  override readonly title = t('registration:link.ambiguous');
  override readonly actions: readonly PageAction[];

  constructor(links: readonly FoundLink[]) {
    super(t('registration:link.ambiguousText'));
    this.actions = links.map((link) => ({
      label: t('registration:link.ambiguousChoice', { address: maskAddress(link.email) }),
      url: registrationPathFor(link.invitationId),
    }));
  }
}

/** Stores in the session that this browser opened a link. If a code has proven the mailbox, it stays proven. */
export function saveOpenedInvitation(
  link: FoundLink,
  { isProven, mayBePerson }: Readonly<{ isProven: boolean; mayBePerson: boolean }>,
  req: Request,
): void {
  const { [link.invitationId]: previous, ...others } = req.session.openedInvitations ?? {};
  const recentOthers = Object.entries(others).slice(1 - MAX_OPENED_INVITATIONS);
  const opened: OpenedInvitation = {
    token_id: link.linkId,
    invitation_id: link.invitationId,
    mailbox_proven: isProven || (previous?.token_id === link.linkId && previous.mailbox_proven),
    ...(mayBePerson ? { unconfirmed: true } : {}),
  };
  req.session.openedInvitations = { ...Object.fromEntries(recentOthers), [link.invitationId]: opened };
}

/** Ends this session's access to an invitation. */
export function removeOpenedInvitation(invitationId: string, req: Request): void {
  const { [invitationId]: _ended, ...others } = req.session.openedInvitations ?? {};
  req.session.openedInvitations = others;
}

/** What the session stores about the invitation. */
export function findOpenedInvitation(
  { invitationId }: FoundLink,
  req: Request,
): OpenedInvitation | undefined {
  return req.session.openedInvitations?.[invitationId];
}

/** The path of an invitation's registration page. Includes its id if several are open in this browser. */
export function registrationPath({ invitationId }: FoundLink, req: Request): string {
  const isOnly = Object.keys(req.session.openedInvitations ?? {}).length === 1;
  return isOnly ? '/register' : registrationPathFor(invitationId);
}

/**
 * The link of the invitation that the request is about: the one in the form's or URL's `invitation`, otherwise the only
 * usable one. The id is not a credential: this browser must have opened the link. Its state is checked each time.
 * @throws InvitationNotOpened, AmbiguousInvitation, the errors of `findLinkError`
 */
export async function getOpenedLink(req: Request): Promise<FoundLink> {
  const invitationId: unknown = req.body?.invitation ?? req.query.invitation;
  const opened = req.session.openedInvitations ?? {};
  if (typeof invitationId === 'string' && invitationId !== '') {
    const link = Object.hasOwn(opened, invitationId)
      ? await findLink(opened[invitationId]?.token_id ?? '')
      : null;
    if (!link) throw new InvitationNotOpened();
    useLanguageOf(link.language, req);
    return requireUsableLink(link, req);
  }
  const found = await Promise.all(Object.values(opened).map(({ token_id }) => findLink(token_id)));
  const links = found.filter((link) => link !== null);
  useLanguageOf(links.at(-1)?.language ?? null, req);
  const errors = await Promise.all(links.map((link) => findLinkError(link, isMailboxProven(link, req))));
  const usableLinks = links.filter((_, index) => errors[index] === null);
  if (usableLinks.length > 1) throw new AmbiguousInvitation(usableLinks);
  if (usableLinks[0]) return usableLinks[0];
  throw errors.at(-1) ?? new InvitationNotOpened();
}

async function requireUsableLink(link: FoundLink, req: Request): Promise<FoundLink> {
  const linkError = await findLinkError(link, isMailboxProven(link, req));
  if (linkError) throw linkError;
  return link;
}

function registrationPathFor(invitationId: string): string {
  return `/register?invitation=${invitationId}`;
}

function isMailboxProven(link: FoundLink, req: Request): boolean {
  return findOpenedInvitation(link, req)?.mailbox_proven ?? false;
}
