import type { CaseFile } from '../invitations/case-file.ts';
import type { Diagnosis } from './diagnosis.ts';

/** One button of the page of an invitation: a link to a page, or a form, which may send `delivery`. */
export type Button = Readonly<{
  label: string;
  url: string;
  isForm: boolean;
  delivery: 'mail' | 'link' | null;
  isFinal: boolean;
}>;

/** `main` is the one that the diagnosis asks for; null where there is nothing to do, or nothing that this reader may. */
export type Acts = Readonly<{ main: Button | null; others: readonly Button[]; needsAdmin: boolean }>;

/** What can be done to an invitation: all of it by administrators, sending again by support too. */
export function actsFor(file: CaseFile, { act }: Diagnosis, isAdmin: boolean): Acts {
  const { invitation } = file;
  const buttons = buttonsOf(file);
  const main = act === null ? null : buttons[act];
  const mayMain = main !== null && (isAdmin || act === 'resend' || act === 'successor');
  // Neither can be done while the address is blocked.
  const links = file.blocked.length > 0 ? [] : [buttons.resend, ...(isAdmin ? [buttons.handOn] : [])];
  const offered = [...links, ...(isAdmin ? [buttons.extension, buttons.address] : [])];
  const others = invitation.open ? [...offered, ...(isAdmin ? [buttons.revocation] : [])] : [];
  return {
    main: mayMain ? main : null,
    others: others.filter((button) => button !== main),
    needsAdmin: main !== null && !mayMain,
  };
}

function buttonsOf({ invitation, link }: CaseFile) {
  const own = `/admin/invitations/${invitation.id}`;
  const anew = '/admin/invitations/new';
  const again = `${anew}?${new URLSearchParams({ email: invitation.email })}`;
  return {
    resend: {
      label: link?.delivery === 'link' ? 'Send it by mail' : 'Send again',
      url: `${own}/resends`,
      isForm: true,
      delivery: 'mail',
      isFinal: false,
    },
    handOn: {
      label: 'Make a link to hand on',
      url: `${own}/resends`,
      isForm: true,
      delivery: 'link',
      isFinal: false,
    },
    reopening: { ...page('Reopen', `${own}/reopening`), isForm: true },
    extension: page('Give more time …', `${own}/extension`),
    address: page('Correct the address …', `${own}/address`),
    revocation: { ...page('Revoke …', `${own}/revocation`), isFinal: true },
    invite: page('Invite another address …', anew),
    'invite-again': page('Invite again …', again),
    successor: page('See the newer invitation', `/admin/invitations/${invitation.replacedBy}`),
  } as const satisfies Record<string, Button>;
}

function page(label: string, url: string): Button {
  return { label, url, isForm: false, delivery: null, isFinal: false };
}
