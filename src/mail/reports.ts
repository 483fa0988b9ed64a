import type { Actor } from '../audit/audit.ts';
import { inTransaction, rows } from '../database.ts';
import { normaliseAddress } from './address.ts';
import type { Report } from './report-file.ts';
import { type NewSuppression, suppress } from './suppressions.ts';

/** What became of reports. `unknown` are addresses that we have not written to, as they were given. */
export type Recorded = Readonly<{
  bounced: number;
  complained: number;
  already: number;
  ignored: number;
  unknown: readonly string[];
}>;

type Known = Readonly<{ report: Report; email: string; isQuoted: boolean }>;

const AT_ONCE = 500;

/**
 * Suppresses the addresses that bounced late or complained, as far as we have written to them, and notes the bounce of a
 * mail that a report quotes. `dryRun` only counts. The same reports again change nothing.
 */
export async function recordReports(
  reports: AsyncIterable<Report | null>,
  { dryRun }: { dryRun: boolean },
  actor: Actor,
): Promise<Recorded> {
  const total = { bounced: 0, complained: 0, already: 0, ignored: 0, unknown: [] as string[] };
  // A dry run stores nothing that would be found again.
  const counted = new Set<string>();
  const record = (list: readonly Report[]) =>
    inTransaction(async () => {
      const { known, unknown } = await whoTheyAre(list);
      total.unknown.push(...unknown);
      const inForce = await inForceOf(known);
      const isNew = ({ report: { kind }, email }: Known) => {
        const key = `${kind} ${email.toLowerCase()}`;
        const fresh = !inForce.has(key) && !counted.has(key);
        counted.add(key);
        return fresh;
      };
      const due = known.filter(isNew);
      total.already += known.length - due.length;
      for (const { report } of due) total[report.kind] += 1;
      if (dryRun) return;
      await noteBounces(known);
      await suppress(due.map(suppressionOf), actor);
    });
  const waiting: Report[] = [];
  for await (const report of reports) {
    if (report) waiting.push(report);
    else total.ignored += 1;
    if (waiting.length === AT_ONCE) await record(waiting.splice(0));
  }
  await record(waiting);
  return total;
}

// Without the message's id: the server took that mail at first, so that it takes another one lifts nothing.
function suppressionOf({ report: { kind, because }, email }: Known): NewSuppression {
  return { email, kind, because };
}

/** To whom each report's mail went: the mail that it quotes says so, or one of its addresses that we have written to. */
async function whoTheyAre(list: readonly Report[]): Promise<{ known: Known[]; unknown: string[] }> {
  const quoted = await rows<{ id: string; recipient: string }>(
    `select id, recipient from messages where id = any($1::uuid[]) and coalesce(sent_at, bounced_at) is not null`,
    [list.flatMap(({ messageId }) => messageId ?? [])],
  );
  const byId = new Map(quoted.map(({ id, recipient }) => [id, recipient]));
  const given = new Set(
    list.flatMap(({ addresses }) => addresses.flatMap((one) => normaliseAddress(one) ?? [])),
  );
  const written = await rows<{ recipient: string }>(
    `select distinct recipient from messages
     where recipient = any($1::citext[]) and coalesce(sent_at, bounced_at) is not null`,
    [[...given]],
  );
  const byAddress = new Map(written.map(({ recipient }) => [recipient.toLowerCase(), recipient]));
  const known: Known[] = [];
  const unknown: string[] = [];
  for (const report of list) {
    const fromMail = report.messageId === null ? undefined : byId.get(report.messageId);
    const [fromAddress] = report.addresses.flatMap(
      (one) => byAddress.get((normaliseAddress(one) ?? '').toLowerCase()) ?? [],
    );
    const email = fromMail ?? fromAddress;
    if (email) known.push({ report, email, isQuoted: fromMail !== undefined });
    else unknown.push(report.addresses[0] ?? 'a report without an address');
  }
  return { known, unknown };
}

async function inForceOf(known: readonly Known[]): Promise<Set<string>> {
  const found = await rows<{ email: string; kind: string }>(
    `select email, kind from suppressions where lifted_at is null and email = any($1::citext[])`,
    [known.map(({ email }) => email)],
  );
  return new Set(found.map(({ email, kind }) => `${kind} ${email.toLowerCase()}`));
}

/** A mail that was sent came back after all: lists and figures say so. */
async function noteBounces(known: readonly Known[]): Promise<void> {
  const late = known.filter(({ report, isQuoted }) => isQuoted && report.kind === 'bounced');
  await rows(
    `update messages m set sent_at = null, bounced_at = now(), last_error = left(given.because, 500)
     from unnest($1::uuid[], $2::text[]) as given (id, because) where m.id = given.id and m.sent_at is not null`,
    [late.map(({ report }) => report.messageId), late.map(({ report }) => report.because)],
  );
}
