import { date, dateTime } from '../web/view.ts';
import type { Facts } from './facts.ts';
import { fieldsInWords } from './field-words.ts';

/** What there is to do, by one button. */
export type Act = 'reopening' | 'resend' | 'address' | 'extension' | 'invite' | 'invite-again' | 'successor';

/** How an invitation stands, in plain words. */
export type Diagnosis = Readonly<{
  tone: 'good' | 'wait' | 'bad';
  text: string;
  advice: string;
  act: Act | null;
}>;

type Rule = (facts: Facts, now: Date) => Diagnosis | null;

const DAY_MS = 24 * 60 * 60 * 1000;

/** The first rule that fits. @param now for tests */
export function diagnose(facts: Facts, now = new Date()): Diagnosis {
  for (const rule of rules) {
    const found = rule(facts, now);
    if (found) return found;
  }
  return wait('No link was sent yet.', 'Send it now.', 'resend');
}

const rules: readonly Rule[] = [
  accepted,
  declined,
  revoked,
  tooYoung,
  undelivered,
  blocked,
  expired,
  waiting,
  deadLink,
  refusedForm,
  handedOn,
  opened,
  neverOpened,
];

function accepted({ accepted: fact }: Facts): Diagnosis | null {
  if (!fact) return null;
  const whose = fact.by ? `${fact.by} has an account now` : 'the account is gone since';
  return {
    tone: 'good',
    text: `Accepted on ${date(fact.at)}: ${whose}.`,
    advice: 'Nothing is left to do. Who can’t sign in asks for a new password on the sign-in page.',
    act: null,
  };
}

function declined({ declined: fact }: Facts): Diagnosis | null {
  if (!fact) return null;
  const on = `Declined on ${date(fact.at)}`;
  if (fact.reason === 'stop') {
    const advice = 'Leave them in peace. Whoever changes their mind can ask for a new link.';
    return bad(`${on}: the person asked us to stop writing.`, advice, null);
  }
  if (fact.reason === 'deceased') {
    const advice = 'If that is right, mark the record in the register, so that nobody writes again.';
    return bad(`${on}: the person was reported to have died.`, advice, null);
  }
  const advice = 'The address may be somebody else’s. Find the right one, and invite that.';
  return bad(`${on}: the person said it is not for them.`, advice, 'invite');
}

function revoked({ revoked: fact }: Facts): Diagnosis | null {
  if (!fact) return null;
  if (fact.isReplaced) {
    const text = `Replaced on ${date(fact.at)} by a newer invitation of the same address.`;
    return bad(text, 'Only the newer one counts.', 'successor');
  }
  const by = fact.by ? ` by ${fact.by}` : '';
  const why = fact.reason ? `: “${fact.reason}”` : '';
  const text = `Revoked on ${date(fact.at)}${by}${why}.`;
  return bad(text, 'Its link no longer works. The address can be invited again.', 'invite-again');
}

function tooYoung({ ageBlockedAt }: Facts): Diagnosis | null {
  if (!ageBlockedAt) return null;
  const text = `Blocked on ${date(ageBlockedAt)}: the person is too young, according to the record or their own answer.`;
  const advice =
    'No link of this address lets anybody in. If it was a slip, or they have grown up since, reopen it.';
  return bad(text, advice, 'reopening');
}

function undelivered({ mail, blocked: reasons }: Facts): Diagnosis | null {
  if (mail?.state === 'bounced') {
    const text = `The mail to ${mail.to} was refused on ${date(mail.at)}${quoted(mail.error)}.`;
    return bad(text, 'Look for a slip in the address, and correct it.', 'address');
  }
  if (mail?.state !== 'failed' || reasons.length > 0) return null;
  const text = `The mail could not be delivered${quoted(mail.error)}. We gave up on ${date(mail.at)} after ${mail.attempts} tries.`;
  const advice =
    'Send it again. If that fails too, their mail server has a problem, or the address is wrong.';
  return bad(text, advice, 'resend');
}

function blocked({ blocked: reasons }: Facts): Diagnosis | null {
  if (reasons.length === 0) return null;
  return bad(reasons.join(' '), 'Nothing can be sent to this address until that has changed.', null);
}

function expired({ status, expiresAt, deadAt, seen, refused }: Facts): Diagnosis | null {
  if (status !== 'expired') return null;
  const on = `Expired on ${date(expiresAt)}`;
  if (deadAt && deadAt > expiresAt) {
    const text = `${on}. Somebody opened the link after that, on ${date(deadAt)}.`;
    return bad(text, 'They want to come in: send it again.', 'resend');
  }
  if (seen || refused) {
    const when = date((seen ?? refused)?.at ?? expiresAt);
    const text = `${on}. It was opened on ${when}, but nobody registered.`;
    return bad(text, 'Ask what held them up, and send it again.', 'resend');
  }
  const advice = 'Ask whether they still read mail at this address, then send it again.';
  return bad(`${on} and was never opened.`, advice, 'resend');
}

function waiting({ mail, isMailPaused }: Facts): Diagnosis | null {
  if (mail?.state !== 'queued') return null;
  if (isMailPaused) {
    const text = `The mail waits since ${dateTime(mail.at)}: no mail goes out just now.`;
    return wait(text, 'It goes out by itself once the mail server takes our mail again.', null);
  }
  if (mail.error === null) return wait('The mail is on its way.', 'It goes out within moments.', null);
  const tries = mail.attempts === 1 ? 'once' : `${mail.attempts} times`;
  const text = `The mail could not be handed over yet${quoted(mail.error)}.`;
  return wait(text, `We have tried ${tries} and go on by ourselves.`, null);
}

function deadLink({ deadAt, link, seen, refused }: Facts): Diagnosis | null {
  if (!deadAt || !link || deadAt < link.at || seen || refused) return null;
  const text = `Somebody opened an older link on ${date(deadAt)}. It no longer works: a newer one was made on ${date(link.at)}.`;
  return bad(text, 'Ask them to open our newest mail, or send it again while they look.', 'resend');
}

function refusedForm({ refused, link }: Facts): Diagnosis | null {
  if (!refused || (link?.isHandedOn && refused.fields.includes('code'))) return null;
  const times = refused.times === 1 ? '' : ` ${refused.times} times`;
  const text = `They opened the page, and what they typed was refused${times}, last on ${date(refused.at)}: ${fieldsInWords(refused.fields)}.`;
  const advice = refused.fields.includes('password')
    ? 'Tell them: a password needs at least 12 characters; three or four words in a row do.'
    : 'Ask them to open the link once more and to read what stands above the form.';
  return wait(text, advice, null);
}

function handedOn({ link, seen, codeSentAt, refused, email }: Facts): Diagnosis | null {
  if (!link?.isHandedOn) return null;
  const byMail = 'Send it by mail instead: then no code is needed.';
  if (codeSentAt) {
    const typed = refused ? 'a wrong code was typed' : 'it is not typed yet';
    return wait(`A code went to ${email} on ${date(codeSentAt)}; ${typed}.`, byMail, 'resend');
  }
  if (seen) {
    const text = `The link was opened on ${date(seen.at)} (${seen.device}). The code for the mailbox is not asked for yet.`;
    return wait(text, byMail, 'resend');
  }
  const text = `A link was made on ${date(link.at)} to hand on. Nobody has opened it yet.`;
  const advice = 'Give it to the person. If it is lost, make another, or send the invitation by mail.';
  return wait(text, advice, 'resend');
}

function opened({ seen, expiresAt }: Facts, now: Date): Diagnosis | null {
  if (!seen) return null;
  const isUrgent = expiresAt.getTime() - now.getTime() < 2 * DAY_MS;
  const text = `Opened on ${date(seen.at)} (${seen.device}), but nobody has registered yet. It is valid until ${date(expiresAt)}.`;
  const advice = isUrgent
    ? 'Ask whether they need help, and give them more time.'
    : 'Ask whether they need help.';
  return wait(text, advice, isUrgent ? 'extension' : null);
}

function neverOpened({ mail, isScanned }: Facts, now: Date): Diagnosis | null {
  if (mail?.state !== 'sent') return null;
  if (now.getTime() - mail.at.getTime() < DAY_MS) {
    const text = `The link was mailed on ${dateTime(mail.at)}. It is not opened yet.`;
    return wait(text, 'Give it a day. Then ask whether it landed in spam, or send it again.', null);
  }
  const advice = 'Ask whether it landed in spam, or send it again.';
  if (!isScanned) return wait(`The link was mailed on ${date(mail.at)} and never opened.`, advice, 'resend');
  const text = `The link was mailed on ${date(mail.at)}. Only a program that checks mail has opened it, so it did arrive.`;
  return wait(text, advice, 'resend');
}

function bad(text: string, advice: string, act: Act | null): Diagnosis {
  return { tone: 'bad', text, advice, act };
}

function wait(text: string, advice: string, act: Act | null): Diagnosis {
  return { tone: 'wait', text, advice, act };
}

function quoted(error: string | null): string {
  return error === null ? '' : `: “${error}”`;
}
