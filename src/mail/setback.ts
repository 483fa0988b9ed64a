/**
 * Why a mail was not taken, and what follows:
 * `bounced` – the server refuses this recipient or message for good;
 * `refused` – the server refuses us (sign-in, sender, certificate): no mail would go out, so sending pauses;
 * `deferred` – this message, not now;
 * `unreached` – the server can't be reached or broke off.
 */
export type Setback = Readonly<{
  kind: 'bounced' | 'refused' | 'deferred' | 'unreached';
  /** Such as "550 at RCPT TO": fit for a log. */
  brief: string;
  /** In the server's own words, for staff: no address, link or code in it, 500 characters at most. */
  reason: string;
}>;

// What nodemailer adds to an error; `originalCode` is that of the socket or TLS error below it.
type Refusal = Error & { code?: string; originalCode?: string; responseCode?: number; command?: string };

const ABOUT_US = new Set(['EAUTH', 'ENOAUTH', 'ETLS']);
const BAD_CERTIFICATE = /CERT|ISSUER|LEAF_SIGNATURE/;
const SIGN_IN_WANTED = /relay|authenticat/i;
// The session was out of step; the same mail can go through on a new connection.
const BAD_SEQUENCE = 503;

export function setbackOf(error: unknown): Setback {
  const refusal: Refusal = error instanceof Error ? error : new Error(String(error));
  const { code, responseCode, command } = refusal;
  const what = responseCode || code || refusal.name;
  return {
    kind: kindOf(refusal),
    brief: command ? `${what} at ${command}` : String(what),
    reason: withoutSecrets(refusal.message),
  };
}

function kindOf(refusal: Refusal): Setback['kind'] {
  const { code = '', originalCode = '', responseCode = 0, command = '' } = refusal;
  const aboutThisMail = command === 'RCPT TO' || command === 'DATA';
  if (responseCode >= 500 && responseCode !== BAD_SEQUENCE) {
    const aboutUs = !aboutThisMail || responseCode === 530 || saysSignIn(refusal);
    return aboutUs ? 'refused' : 'bounced';
  }
  if (responseCode >= 400) return aboutThisMail ? 'deferred' : 'unreached';
  if (ABOUT_US.has(code) || BAD_CERTIFICATE.test(originalCode)) return 'refused';
  return 'unreached';
}

/** A server that wants a sign-in, or won't take mail for other domains from us, says so only at the recipient. */
function saysSignIn({ command, message }: Refusal): boolean {
  return command === 'RCPT TO' && SIGN_IN_WANTED.test(message);
}

/** Servers quote what they refuse: no address, secret link, token or 6-digit code may get into the database with it. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/https?:\/\/\S+/gi, '[link]')
    .replace(/[^\s<>"':,;()]+@[^\s<>"':,;()]+/g, '[address]')
    .replace(/[\w-]{24,}/g, '[…]')
    .replace(/(?<!\d)\d{6}(?!\d)/g, '[…]')
    .trim()
    .slice(0, 500);
}
