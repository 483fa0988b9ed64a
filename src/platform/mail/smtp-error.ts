/**
 * Why a mail was not taken, and what follows:
 * `bounced` – the server refuses this recipient or message for good;
 * `sender-refused` – the server refuses us (sign-in, sender, certificate): no mail would go out, so sending pauses;
 * `deferred` – this message, not now;
 * `unreachable` – the server can't be reached or broke off.
 */
export type SmtpFailure = Readonly<{
  kind: 'bounced' | 'sender-refused' | 'deferred' | 'unreachable';
  /** Such as "550 at RCPT TO": fit for a log. */
  summary: string;
  /** In the server's own words, for staff: no address, link or code in it, 500 characters at most. */
  reason: string;
}>;

// What nodemailer adds to an error; `originalCode` is that of the socket or TLS error below it.
type NodemailerError = Error & {
  code?: string;
  originalCode?: string;
  responseCode?: number;
  command?: string;
};

const SENDER_ERROR_CODES = new Set(['EAUTH', 'ENOAUTH', 'ETLS']);
const BAD_CERTIFICATE = /CERT|ISSUER|LEAF_SIGNATURE/;
const AUTHENTICATION_REQUIRED = /relay|authenticat/i;
// The session was out of step; the same mail can go through on a new connection.
const BAD_SEQUENCE = 503;

export function classifySmtpError(error: unknown): SmtpFailure {
  const smtpError: NodemailerError = error instanceof Error ? error : new Error(String(error));
  const { code, responseCode, command } = smtpError;
  const label = responseCode || code || smtpError.name;
  return {
    kind: classifyKind(smtpError),
    summary: command ? `${label} at ${command}` : String(label),
    reason: redactSecrets(smtpError.message),
  };
}

function classifyKind(refusal: NodemailerError): SmtpFailure['kind'] {
  const { code = '', originalCode = '', responseCode = 0, command = '' } = refusal;
  const isAboutMessage = command === 'RCPT TO' || command === 'DATA';
  if (responseCode >= 500 && responseCode !== BAD_SEQUENCE) {
    const isAboutSender = !isAboutMessage || responseCode === 530 || requiresAuthentication(refusal);
    return isAboutSender ? 'sender-refused' : 'bounced';
  }
  if (responseCode >= 400) return isAboutMessage ? 'deferred' : 'unreachable';
  if (SENDER_ERROR_CODES.has(code) || BAD_CERTIFICATE.test(originalCode)) return 'sender-refused';
  return 'unreachable';
}

/** A server that wants a sign-in, or won't take mail for other domains from us, says so only at the recipient. */
function requiresAuthentication({ command, message }: NodemailerError): boolean {
  return command === 'RCPT TO' && AUTHENTICATION_REQUIRED.test(message);
}

/** Servers quote what they refuse: no address, secret link, token or 6-digit code may get into the database with it. */
export function redactSecrets(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/https?:\/\/\S+/gi, '[link]')
    .replace(/[^\s<>"':,;()]+@[^\s<>"':,;()]+/g, '[address]')
    .replace(/[\w-]{24,}/g, '[…]')
    .replace(/(?<!\d)\d{6}(?!\d)/g, '[…]')
    .trim()
    .slice(0, 500);
}
