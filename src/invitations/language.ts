import { queryRow } from '../platform/db/database.ts';

/** The language on file for an address: of its account, else its alumni record, else its newest invitation. Null if unknown. */
export async function findLanguageOf(email: string): Promise<string | null> {
  const found = await queryRow<{ language: string | null }>('select language_of($1) as language', [email]);
  return found?.language ?? null;
}
