import type { Account } from './accounts/account.ts';
import type { ApiKey } from './accounts/api-key.ts';
import type { ProfileAccess } from './consents/profile-access.ts';
import type { GroupContext } from './pages/groups/guard.ts';
import type { PreviewKind } from './pages/layout.ts';
import type { OpenedInvitation } from './pages/opened-invitations.ts';
import type { Flash } from './platform/http/flash.ts';
import type { MailPause } from './platform/mail/pause.ts';
import type { Letterhead } from './platform/mail/render.ts';
import type { PendingForm } from './sign-in/pending-form.ts';

declare global {
  namespace Express {
    /** State of a request. Available in views too. */
    interface Locals {
      /** The CSP nonce of the page's inline style. */
      nonce?: string;
      path?: string;
      /** Where the language switch leads back to. */
      currentPage?: string;
      previewKind?: PreviewKind;
      /** The language of the answer, and its direction: see `setLanguage`. */
      language?: string;
      direction?: 'ltr' | 'rtl';
      organisation?: Letterhead['organisation'];
      /** The id of a verified secret link: see `checkLinkToken`. */
      linkId?: string;
      /** The signed-in account: see `loadSignedInAccount`. */
      account?: Account | null;
      /** The API key of the request: see `authorize`. */
      apiKey?: ApiKey;
      flash?: Flash | null;
      /** Set by `requireAccess`: see `currentProfileAccess`. */
      profileAccess?: ProfileAccess[];
      /** The group of the URL: see `requireMember` and `loadAnyGroup`. */
      groupContext?: GroupContext;
      mailPause?: MailPause | null;
      /** How many requests are open, as shown in the navigation: at most `99+`. */
      openRequestCount?: number | string;
    }

    /** Passport's user: an account. */
    interface User {
      id: string;
    }
  }
}

declare module 'express-session' {
  /** Session data. Of secret links it contains only ids, never tokens. Times are in milliseconds since 1970. */
  interface SessionData {
    startedAt: number;
    seenAt: number;
    flash: Flash;

    /** The signed-in account, and its security state at sign-in: see `securityStateOf`. */
    passport: { user: string; state: string };
    /** When the person last entered their password: see `requireRecentSignIn`. */
    authenticatedAt: number;
    /** A description of the browser: see `describeDevice`. */
    device: string;
    /** A sign-in with the correct password that still needs a code. */
    pendingSignIn: { accountId: string; at: number; state: string; stays: boolean };
    /** Whether the person chose to stay signed in. Not set for staff. */
    staysSignedIn: boolean;
    /** Fills in the forms for signing in and resetting a password: see `keepAddress`. */
    signInAddress: string;
    /** Where to redirect after signing in: the page of an opened link. */
    returnTo: string;
    /** Where to redirect after confirming the password: the path of a GET request. */
    reauthReturnTo: string;
    /** A form to be shown again after signing in: see `showPendingForm`. */
    pendingForm: PendingForm & { keptAt: number };
    /** The seed of the two-step secret that is being set up. The secret itself is never in the session. */
    twoStepSetup: string;
    /** The id of the password reset whose link was opened. */
    passwordResetId: string;
    /** The opened links to confirm and to undo a change of address. */
    addressChangeId: string;
    addressUndoId: string;

    /** Opened invitations by invitation id. */
    openedInvitations: Record<string, OpenedInvitation>;
    /** Values of forms that could not be processed, by invitation id. Never passwords. */
    unsentForms: Record<string, { values: Readonly<Record<string, string>>; at: number }>;
    /** The id of the guardian whose link was opened. */
    guardianId: string;
    /** The opened one-time group link. */
    groupLink: { linkId: string; groupId: string };

    /** A new group link, to be shown once on the next page. */
    createdGroupLinkId: string;
    /** A new invitation link to share, to be shown once on the next page. */
    createdInvitationLinkId: string;
    /** A webhook whose new secret is shown once on the next page. */
    createdWebhookId: string;
  }
}
