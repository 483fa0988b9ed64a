import { Secret, TOTP } from 'otpauth';
import { queryRows } from '../support/database.ts';
import { createTestAccount, newVisitor, validPassword } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';

/** A member with two-step sign-in. */
export type AuthenticatorOwner = Readonly<{
  visitor: Visitor;
  email: string;
  key: string;
  recoveryCodes: string[];
}>;

/** The code for a key, now or some time steps (30 seconds each) from now. */
export function codeOf(key: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(key) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

/** The key shown on the setup page. */
export function secretOnPage({ page }: Visitor): string {
  return page.$('.message').text().replaceAll(/\s/g, '');
}

export function recoveryCodesOnPage({ page }: Visitor): string[] {
  return page
    .$('main ol code')
    .toArray()
    .map((code) => page.$(code).text());
}

/** A member with two-step sign-in, signed in. */
export async function memberWithAuthenticator(email: string): Promise<AuthenticatorOwner> {
  await createTestAccount(email);
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  await visitor.open('/account/two-step');
  const key = secretOnPage(visitor);
  await visitor.submit('/account/two-step', { code: codeOf(key) });
  return { visitor, email, key, recoveryCodes: recoveryCodesOnPage(visitor) };
}

/** A visitor who has entered the right password and is asked for the code. */
export async function visitorAtCodeStep(email: string): Promise<Visitor> {
  const visitor = newVisitor();
  await visitor.signIn(email, validPassword);
  return visitor;
}

/** Makes all codes usable again. */
export async function resetTimeSteps(): Promise<void> {
  await queryRows('update two_step_secrets set last_step = 0');
}

/** The contents of all tables as text. */
export async function dumpDatabase(): Promise<string> {
  const tables = await queryRows<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const found = await queryRows<{ text: string }>(`select t::text as text from ${name} t`);
    texts.push(...found.map(({ text }) => `${name} ${text}`));
  }
  return texts.join('\n');
}
