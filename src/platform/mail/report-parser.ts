import { officeText } from '../i18n/i18n.ts';
import type { SuppressionKind } from './suppressions.ts';

/** One reported bounce or complaint. */
export type MailReport = Readonly<{
  kind: Extract<SuppressionKind, 'bounced' | 'complained'>;
  /** The recipient as reported; for forwarded mail also the final recipient, with the original one first. */
  addresses: readonly string[];
  /** The id of our message, if the report quotes it. */
  messageId: string | null;
  reason: string | null;
}>;

type HeaderFields = ReadonlyMap<string, string>;
type MimePart = Readonly<{ type: string; fields: HeaderFields; body: string }>;

// A report precedes the mail that it quotes, so the rest of a long message can be ignored.
const MAX_MESSAGE_CHARACTERS = 1_000_000;
const MAX_DEPTH = 4;
const statusTypes = ['message/delivery-status', 'message/global-delivery-status'];
const quotedTypes = ['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers'];

/**
 * Parses delivery reports (RFC 3464) and feedback reports (RFC 5965) from an mbox file or a single message, or plain lines
 * `address[,bounced|complained]`. Only permanent failures and complaints count.
 * @returns the reports, with null for each message that contains none
 */
export async function* parseReports(lines: AsyncIterable<string>): AsyncGenerator<MailReport | null> {
  let isMail: boolean | null = null;
  let message: string[] = [];
  let length = 0;
  let afterBlank = true;
  for await (const line of lines) {
    if (isMail === null && line.trim() === '') continue;
    isMail ??= /^(From |[\w-]+:)/.test(line);
    if (!isMail) {
      if (line.trim() !== '') yield parseAddressLine(line);
      continue;
    }
    if (afterBlank && line.startsWith('From ')) {
      if (message.length > 0) yield* parseMessage(message.join('\n'));
      message = [];
      length = 0;
    } else if (length < MAX_MESSAGE_CHARACTERS) {
      message.push(line);
      length += line.length;
    }
    afterBlank = line === '';
  }
  if (message.length > 0) yield* parseMessage(message.join('\n'));
}

function parseAddressLine(line: string): MailReport {
  const [address = '', kind = ''] = line.split(/[,;\t]/).map((cell) => cell.trim());
  return {
    kind: kind.toLowerCase() === 'complained' ? 'complained' : 'bounced',
    addresses: [address],
    messageId: null,
    reason: null,
  };
}

function parseMessage(text: string): (MailReport | null)[] {
  const parts = flattenParts(parsePart(text));
  const quoted = parts.find(({ type }) => quotedTypes.includes(type));
  const original = quoted
    ? parseHeaderFields(quoted.body.split('\n\n', 1)[0] ?? '')
    : new Map<string, string>();
  const messageId = /<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/i.exec(original.get('message-id') ?? '');
  const quotedMessage = { messageId: messageId?.[1]?.toLowerCase() ?? null };
  const reports = parts.flatMap(({ type, body }): MailReport[] => {
    if (statusTypes.includes(type))
      return parseBounces(body).map((report) => ({ ...report, ...quotedMessage }));
    if (type === 'message/feedback-report') return parseComplaints(body, original, quotedMessage.messageId);
    return [];
  });
  return reports.length > 0 ? reports : [null];
}

function parseBounces(body: string): Omit<MailReport, 'messageId'>[] {
  return body.split(/\n{2,}/).flatMap((group) => {
    const fields = parseHeaderFields(group);
    const isPermanent =
      /^failed\b/i.test(fields.get('action') ?? '') && /^5\./.test(fields.get('status') ?? '');
    const recipients = [fields.get('original-recipient'), fields.get('final-recipient')];
    const addresses = recipients.flatMap((recipient) => (recipient ? parseRecipient(recipient) : []));
    const reason = fields.get('diagnostic-code')?.replace(/^smtp;\s*/i, '') ?? fields.get('status') ?? null;
    return isPermanent && addresses.length > 0 ? [{ kind: 'bounced' as const, addresses, reason }] : [];
  });
}

function parseComplaints(body: string, original: HeaderFields, messageId: string | null): MailReport[] {
  const fields = parseHeaderFields(body);
  if (fields.get('feedback-type')?.toLowerCase() !== 'abuse') return [];
  const recipient = fields.get('original-rcpt-to') ?? original.get('to') ?? '';
  const reporter = fields.get('user-agent');
  const reason = reporter
    ? officeText('mail:stored.reportedAsSpamBy', { reporter })
    : officeText('mail:stored.reportedAsSpam');
  return [{ kind: 'complained', addresses: parseRecipient(recipient), messageId, reason }];
}

/** `rfc822; amma@example.org`, `Amma <amma@example.org>` */
function parseRecipient(text: string): string[] {
  const bare = text.replace(/^(rfc822|utf-8)\s*;/i, '');
  const address = (/<([^<>]*)>/.exec(bare)?.[1] ?? bare).trim();
  return address ? [address] : [];
}

/** Flattens nested multipart parts. Attached messages are not opened. */
function flattenParts(part: MimePart, depth = 0): MimePart[] {
  const boundary = /boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(part.fields.get('content-type') ?? '');
  if (!part.type.startsWith('multipart/') || !boundary || depth > MAX_DEPTH) return [part];
  const delimiter = `--${boundary[1] ?? boundary[2]}`;
  const bodies: string[][] = [];
  for (const line of part.body.split('\n')) {
    const trimmed = line.trimEnd();
    if (trimmed === `${delimiter}--`) break;
    if (trimmed === delimiter) bodies.push([]);
    else bodies.at(-1)?.push(line);
  }
  return bodies.flatMap((lines) => flattenParts(parsePart(lines.join('\n')), depth + 1));
}

function parsePart(text: string): MimePart {
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const fields = parseHeaderFields(end === -1 ? text : text.slice(0, end));
  const type = (fields.get('content-type') ?? 'text/plain').split(';')[0]?.trim().toLowerCase() ?? '';
  const body = end === -1 ? '' : text.slice(end).replace(/^\n+/, '');
  return { type, fields, body: decodeBody(body, fields.get('content-transfer-encoding')) };
}

function decodeBody(body: string, encoding = ''): string {
  if (encoding.toLowerCase() === 'base64')
    return Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n');
  if (encoding.toLowerCase() !== 'quoted-printable') return body;
  const joined = body.replaceAll(/=[ \t]*\n/g, '');
  return joined.replaceAll(/=([0-9A-F]{2})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Parses header fields into a map by lower-case name. Unfolds lines; the first of several equal fields counts. */
function parseHeaderFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.replaceAll(/\n[ \t]+/g, ' ').split('\n')) {
    const [, name = '', value = ''] = /^([\w-]+)\s*:(.*)$/.exec(line) ?? [];
    const key = name.toLowerCase();
    if (key && !fields.has(key)) fields.set(key, value.trim());
  }
  return fields;
}
