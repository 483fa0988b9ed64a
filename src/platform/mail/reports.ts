import type { Actor } from '../audit/audit.ts';
import { inTransaction, queryRows } from '../db/database.ts';
import { normaliseAddress } from '../text/address.ts';
import type { MailReport } from './report-parser.ts';
import { type NewSuppression, suppress } from './suppressions.ts';

/** Counts of processed reports. `unknownAddresses` are those that we never sent mail to, as reported. */
export type ReportSummary = Readonly<{
  bounced: number;
  complained: number;
  alreadySuppressed: number;
  ignored: number;
  unknownAddresses: readonly string[];
}>;

type MatchedReport = Readonly<{ report: MailReport; email: string; isQuoted: boolean }>;

const CHUNK_SIZE = 500;

/**
 * Suppresses the reported addresses, if we have sent mail to them, and marks the quoted mails as bounced. Idempotent.
 */
export async function recordReports(
  reports: AsyncIterable<MailReport | null>,
  actor: Actor,
): Promise<ReportSummary> {
  const total = {
    bounced: 0,
    complained: 0,
    alreadySuppressed: 0,
    ignored: 0,
    unknownAddresses: [] as string[],
  };
  const seen = new Set<string>();
  const recordChunk = (list: readonly MailReport[]) =>
    inTransaction(async () => {
      const { known, unknown } = await matchRecipients(list);
      total.unknownAddresses.push(...unknown);
      const activeSuppressions = await findActiveSuppressions(known);
      const isNew = ({ report: { kind }, email }: MatchedReport) => {
        const key = `${kind} ${email.toLowerCase()}`;
        const fresh = !activeSuppressions.has(key) && !seen.has(key);
        seen.add(key);
        return fresh;
      };
      const newReports = known.filter(isNew);
      total.alreadySuppressed += known.length - newReports.length;
      for (const { report } of newReports) total[report.kind] += 1;
      await recordLateBounces(known);
      await suppress(newReports.map(toNewSuppression), actor);
    });
  const chunk: MailReport[] = [];
  for await (const report of reports) {
    if (report) chunk.push(report);
    else total.ignored += 1;
    if (chunk.length === CHUNK_SIZE) await recordChunk(chunk.splice(0));
  }
  await recordChunk(chunk);
  return total;
}

// No message id, because the server first accepted that mail: a later accepted mail must not lift the suppression.
function toNewSuppression({ report: { kind, reason }, email }: MatchedReport): NewSuppression {
  return { email, kind, reason };
}

/** Finds each report's recipient: that of the quoted mail, or a reported address that we have sent mail to. */
async function matchRecipients(
  list: readonly MailReport[],
): Promise<{ known: MatchedReport[]; unknown: string[] }> {
  const quoted = await queryRows<{ id: string; recipient: string }>(
    `select id, recipient from messages where id = any($1::uuid[]) and coalesce(sent_at, bounced_at) is not null`,
    [list.flatMap(({ messageId }) => messageId ?? [])],
  );
  const byId = new Map(quoted.map(({ id, recipient }) => [id, recipient]));
  const normalised = new Set(
    list.flatMap(({ addresses }) => addresses.flatMap((address) => normaliseAddress(address) ?? [])),
  );
  const recipients = await queryRows<{ recipient: string }>(
    `select distinct recipient from messages
     where recipient = any($1::citext[]) and coalesce(sent_at, bounced_at) is not null`,
    [[...normalised]],
  );
  const byAddress = new Map(recipients.map(({ recipient }) => [recipient.toLowerCase(), recipient]));
  const known: MatchedReport[] = [];
  const unknown: string[] = [];
  for (const report of list) {
    const quotedRecipient = report.messageId === null ? undefined : byId.get(report.messageId);
    const [reportedRecipient] = report.addresses.flatMap(
      (address) => byAddress.get((normaliseAddress(address) ?? '').toLowerCase()) ?? [],
    );
    const email = quotedRecipient ?? reportedRecipient;
    if (email) known.push({ report, email, isQuoted: quotedRecipient !== undefined });
    else unknown.push(report.addresses[0] ?? 'a report without an address');
  }
  return { known, unknown };
}

async function findActiveSuppressions(known: readonly MatchedReport[]): Promise<Set<string>> {
  const found = await queryRows<{ email: string; kind: string }>(
    `select email, kind from suppressions where lifted_at is null and email = any($1::citext[])`,
    [known.map(({ email }) => email)],
  );
  return new Set(found.map(({ email, kind }) => `${kind} ${email.toLowerCase()}`));
}

/** Marks sent mails as bounced, for lists and figures. */
async function recordLateBounces(known: readonly MatchedReport[]): Promise<void> {
  const late = known.filter(({ report, isQuoted }) => isQuoted && report.kind === 'bounced');
  await queryRows(
    `update messages m set sent_at = null, bounced_at = now(), last_error = left(input.reason, 500)
     from unnest($1::uuid[], $2::text[]) as input (id, reason) where m.id = input.id and m.sent_at is not null`,
    [late.map(({ report }) => report.messageId), late.map(({ report }) => report.reason)],
  );
}
