import { type AccountStanding, hasAccess } from '../consent/standing.ts';
import { whyHeld } from '../consent/standing-words.ts';
import type { PersonFile } from '../office/person-file.ts';
import { date, dateTime } from '../web/view.ts';
import { actsFor, type Button } from './acts.ts';
import { diagnose } from './diagnosis.ts';
import { factsOf } from './facts.ts';

/** Why somebody can't get in, or that they can, and what this reader can do about it. */
export type PersonDiagnosis = Readonly<{
  tone: 'good' | 'wait' | 'bad';
  text: string;
  advice: string;
  buttons: readonly Button[];
}>;

type Reader = Readonly<{ isAdmin: boolean; isMailPaused: boolean }>;
type Rule = (file: PersonFile, reader: Reader) => PersonDiagnosis | null;

const held: Readonly<Partial<Record<AccountStanding, string>>> = {
  waiting: 'The account waits: no guardian has decided yet.',
  refused: 'The guardian has refused consent.',
  withdrawn: 'The guardian has withdrawn consent.',
  lapsed: 'The guardian’s consent has ended and is not renewed.',
  blocked: 'The person is too young to be admitted.',
};

/** The first rule that fits. */
export function diagnosePerson(file: PersonFile, reader: Reader): PersonDiagnosis {
  for (const rule of rules) {
    const found = rule(file, reader);
    if (found) return found;
  }
  return {
    tone: 'bad',
    text: 'Nobody is known by this address.',
    advice: 'Ask under which other address the office may know them, or look for their name.',
    buttons: [],
  };
}

const rules: readonly Rule[] = [
  suspended,
  heldForReview,
  withoutAge,
  withoutConsent,
  signInFails,
  member,
  asking,
  invited,
  guardian,
  onlyOnRecord,
];

function suspended({ account }: PersonFile, { isAdmin }: Reader): PersonDiagnosis | null {
  if (!account?.suspendedAt) return null;
  return {
    tone: 'bad',
    text: `The account is suspended since ${date(account.suspendedAt)}.`,
    advice: 'An administrator can let it in again.',
    buttons: toAccount(account.id, isAdmin),
  };
}

function heldForReview({ account, standing }: PersonFile, { isAdmin }: Reader): PersonDiagnosis | null {
  if (!account || standing !== 'held') return null;
  return {
    tone: 'wait',
    text: `The account is held for review. ${whyHeld(account)}`,
    advice: isAdmin
      ? 'Match it with a record, or lift the hold.'
      : 'An administrator can match it with a record, or lift the hold.',
    buttons: [page('Look at the hold', `/admin/alumni/unmatched/${account.id}`)],
  };
}

function withoutAge({ account, standing }: PersonFile, { isAdmin }: Reader): PersonDiagnosis | null {
  // Staff need no age for what they do.
  if (!account || standing !== 'unknown' || account.staffRole !== null) return null;
  return {
    tone: 'wait',
    text: 'The year of birth isn’t known, so the account has no access yet.',
    advice: 'They are asked for it when they sign in.',
    buttons: toAccount(account.id, isAdmin),
  };
}

function withoutConsent(
  { account, standing, guardians }: PersonFile,
  { isAdmin }: Reader,
): PersonDiagnosis | null {
  if (!account || standing === null || standing === 'unknown' || hasAccess(standing)) return null;
  const asked = guardians.filter(
    ({ supersededAt, claimedByEmail }) => !supersededAt && claimedByEmail === account.email,
  );
  const waiting = asked.find(({ heldForReviewAt }) => heldForReviewAt !== null);
  if (waiting) {
    return {
      tone: 'wait',
      text: 'The account waits: the address of the guardian is to be looked at first.',
      advice: 'Say whether we may write to it.',
      buttons: [page('Look at the address', `/admin/guardians/${waiting.id}`)],
    };
  }
  return {
    tone: 'wait',
    text: held[standing] ?? 'The account has no access now.',
    advice: 'After signing in they can ask the guardian again, or name another one.',
    buttons: [...asked.map(toGuardian), ...toAccount(account.id, isAdmin)],
  };
}

function signInFails({ account, events }: PersonFile, { isAdmin }: Reader): PersonDiagnosis | null {
  if (!account) return null;
  const since = account.lastSignedInAt ?? account.createdAt;
  const [last] = events.filter(({ action, at }) => action === 'account.sign-in-failed' && at > since);
  if (!last) return null;
  return {
    tone: 'bad',
    text: `There is an account, but signing in fails, last on ${dateTime(last.at)}.`,
    advice: 'Ask them to choose a new password: “Forgot your password?” on the sign-in page.',
    buttons: toAccount(account.id, isAdmin),
  };
}

function member({ account }: PersonFile, { isAdmin }: Reader): PersonDiagnosis | null {
  if (!account) return null;
  const { lastSignedInAt: last } = account;
  return {
    tone: 'good',
    text: last
      ? `Has an account, and signed in last on ${dateTime(last)}.`
      : 'Has an account, and has never signed in to it again.',
    advice: 'No invitation is needed. Who can’t sign in asks for a new password on the sign-in page.',
    buttons: toAccount(account.id, isAdmin),
  };
}

function asking({ requests, invitations }: PersonFile): PersonDiagnosis | null {
  const waiting = requests.find(({ answeredAt }) => answeredAt === null);
  if (!waiting || invitations.some(({ invitation }) => invitation.open)) return null;
  return {
    tone: 'wait',
    text: `Asked for a new link on ${date(waiting.askedAt)}, and waits for an answer.`,
    advice: 'Answer the request.',
    buttons: [page('Answer the request', `/admin/requests/${waiting.id}`)],
  };
}

function invited({ invitations }: PersonFile, { isAdmin, isMailPaused }: Reader): PersonDiagnosis | null {
  const file = invitations.find(({ invitation }) => invitation.open) ?? invitations[0];
  if (!file) return null;
  const diagnosis = diagnose(factsOf(file, isMailPaused));
  const { main, needsAdmin } = actsFor(file, diagnosis, isAdmin);
  const own = page('See the invitation', `/admin/invitations/${file.invitation.id}`);
  return {
    tone: diagnosis.tone,
    text: diagnosis.text,
    advice: needsAdmin ? `${diagnosis.advice} An administrator can do that.` : diagnosis.advice,
    buttons: main ? [main, own] : [own],
  };
}

function guardian({ guardians, email }: PersonFile): PersonDiagnosis | null {
  const own = guardians.filter(
    (one) => one.supersededAt === null && one.email.toLowerCase() === email.toLowerCase(),
  );
  if (own.length === 0) return null;
  return {
    tone: 'good',
    text: `Is a guardian of ${new Intl.ListFormat('en-GB').format(own.map(({ young }) => young))}.`,
    advice:
      'A guardian needs no account: their own page opens by the link in our mails. You can send it again.',
    buttons: own.map(toGuardian),
  };
}

function toGuardian({ id, name }: PersonFile['guardians'][number]): Button {
  return page(`See the guardian ${name}`, `/admin/guardians/${id}`);
}

function onlyOnRecord({ records, email }: PersonFile, { isAdmin }: Reader): PersonDiagnosis | null {
  if (records.length === 0) return null;
  return {
    tone: 'wait',
    text: 'The register knows this address, but nobody has invited it.',
    advice: isAdmin ? 'Invite them.' : 'An administrator can invite them.',
    buttons: isAdmin ? [page('Invite …', `/admin/invitations/new?${new URLSearchParams({ email })}`)] : [],
  };
}

function toAccount(id: string, isAdmin: boolean): Button[] {
  return isAdmin ? [page('See the account', `/admin/people/${id}`)] : [];
}

function page(label: string, url: string): Button {
  return { label, url, isForm: false, delivery: null, isFinal: false };
}
