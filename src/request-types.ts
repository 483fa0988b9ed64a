import type { Account } from './accounts/account.ts';
import type { ProfileAccess } from './consents/profile-access.ts';
import type { GroupContext } from './pages/groups/guard.ts';
import type { OpenedInvitation } from './pages/opened-invitations.ts';
import type { Flash } from './platform/http/flash.ts';
import type { MailPause } from './platform/mail/pause.ts';
import type { Letterhead } from './platform/mail/render.ts';
import type { PendingForm } from './sign-in/pending-form.ts';

declare global {
  namespace Express {
    /** What a request has found out so far. Views see all of it. */
    interface Locals {
      /** For the one inline style of a page. */
      nonce?: string;
      path?: string;
      organisation?: Letterhead['organisation'];
      /** The id of a secret link that we signed: see `checkLink`. */
      linkId?: string;
      /** Who is signed in: see `signedIn`. */
      account?: Account | null;
      flash?: Flash | null;
      /** The profiles that `requireAccess` has read: see `currentProfileAccess`. */
      profileAccess?: ProfileAccess[];
      /** The group of the URL: see `requireMember` and `loadAnyGroup`. */
      groupContext?: GroupContext;
      mailPause?: MailPause | null;
      /** How many requests are open, as shown in the navigation: at most `99+`. */
      openRequestCount?: number | string;
    }

    /** What Passport signs in: an account. */
    interface User {
      id: string;
    }
  }
}

declare module 'express-session' {
  /** What a browser's session keeps. Of secret links only ids, never the links themselves. Times are in ms. */
  interface SessionData {
    startedAt: number;
    seenAt: number;
    flash: Flash;

    /** Who is signed in, and what the session was given for: see `stateOf`. */
    passport: { user: string; state: string };
    /** When the person last proved who they are: see `requireRecentSignIn`. */
    authenticatedAt: number;
    /** The browser in plain words: see `describeDevice`. */
    device: string;
    /** Whose password was right, and when: a code is still needed. */
    pendingSignIn: { accountId: string; at: number; state: string };
    /** Where to go after signing in: the page of a link that this browser has opened. */
    returnTo: string;
    /** Where to go after confirming the password: an address of ours that a GET asked for. */
    reauthReturnTo: string;
    /** A form of a signed-in page that waits until it is shown again: see `showPendingForm`. */
    pendingForm: PendingForm & { keptAt: number };
    /** The seed of the secret on the page that turns two-step sign-in on. The secret itself is in no session. */
    twoStepSetup: string;
    /** The password reset whose link was opened. */
    passwordResetId: string;

    /** The invitations whose links were opened, by their ids. */
    openedInvitations: Record<string, OpenedInvitation>;
    /** What was typed into forms that couldn't be taken, by the invitation's id. Never a password. */
    unsentForms: Record<string, { values: Readonly<Record<string, string>>; at: number }>;
    /** The guardian whose link was opened. */
    guardianId: string;
    /** The one-time link to a group that was opened. */
    groupLink: { linkId: string; groupId: string };

    /** A link to a group that was just made: the next page shows it, once. */
    createdGroupLinkId: string;
    /** A link of an invitation that was just made to be shared: the next page shows it, once. */
    createdInvitationLinkId: string;
    /** The webhook whose secret the next page shows, once. */
    createdWebhookId: string;
  }
}
