import { cut } from '../text/text.ts';
/**
 * Why sending failed:
 * `bounced`: the server permanently rejects this recipient or message;
 * `sender-refused`: the server rejects us (sign-in, sender, certificate), so sending is paused;
 * `deferred`: the server temporarily rejects this message;
 * `unreachable`: no connection, or it was interrupted.
 */
export type SmtpFailure = Readonly<{
  kind: 'bounced' | 'sender-refused' | 'deferred' | 'unreachable';
  /** Such as `550 at RCPT TO`, for logs. */
  summary: string;
  /** The server's response for staff, at most 500 characters, with addresses, links and codes redacted. */
  reason: string;
}>;

// Properties added by nodemailer; `originalCode` is that of the underlying socket or TLS error.
type NodemailerError = Error & {
  code?: string;
  originalCode?: string;
  responseCode?: number;
  command?: string;
};

const SENDER_ERROR_CODES = new Set(['EAUTH', 'ENOAUTH', 'ETLS']);
const BAD_CERTIFICATE = /CERT|ISSUER|LEAF_SIGNATURE/;
const AUTHENTICATION_REQUIRED = /relay|authenticat/i;
// Bad sequence of commands: a new connection may work.
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

/** Servers that require a sign-in, or don't relay for us, often respond so only to RCPT TO. */
function requiresAuthentication({ command, message }: NodemailerError): boolean {
  return command === 'RCPT TO' && AUTHENTICATION_REQUIRED.test(message);
}

/** Redacts addresses, links, tokens and 6-digit codes: servers quote what they reject, and none of it may be stored. */
export function redactSecrets(text: string): string {
  const redacted = text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/https?:\/\/\S+/gi, '[link]')
    .replace(/[^\s<>"':,;()]+@[^\s<>"':,;()]+/g, '[address]')
    .replace(/[\w-]{24,}/g, '[…]')
    .replace(/(?<!\d)\d{6}(?!\d)/g, '[…]')
    .trim();
  return cut(redacted, 500);
}
