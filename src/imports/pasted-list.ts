import { stringify } from 'csv-stringify/sync';
import type { Actor } from '../platform/audit/audit.ts';
import { InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { removeInvisible } from '../platform/text/text.ts';
import { findAddresses } from './addresses.ts';
import { uploadImport } from './upload.ts';

/**
 * Stores a pasted list of people to invite like a file with one row for each address.
 * @returns the id of the new import
 * @throws InvalidInput if there is no address in it
 */
export async function importPastedList(text: string, actor: Actor): Promise<string> {
  const people = readPastedList(text);
  if (people.length === 0) throw new InvalidInput({ addresses: t('imports:pasted.none') });
  const content = stringify([['email', 'name'], ...people]);
  return uploadImport('invitees', { name: t('imports:pasted.fileName'), content: toChunks(content) }, actor);
}

/**
 * The addresses and names of a list as people paste it: one on each line, or the line “To:” of a mail, such as
 * `Vogt, Lena <lena@example.org>; "Bo" <bo@example.org>, cy@example.org`.
 */
export function readPastedList(pasted: string): [address: string, name: string][] {
  const text = removeInvisible(pasted);
  const people: [string, string][] = [];
  let start = 0;
  for (const address of findAddresses(text)) {
    const position = text.indexOf(address, start);
    const before = text.slice(start, position);
    start = position + address.length;
    // A name belongs to the address only in angle brackets.
    const [, name = ''] = /([^<>;\n]*)<\s*(?:mailto:)?$/.exec(before) ?? [];
    people.push([address, tidyName(name)]);
  }
  return people;
}

function tidyName(name: string): string {
  const bare = name
    .replace(/^(to|cc|bcc|an|à|para):/i, '')
    .replaceAll('"', '')
    .trim()
    .replace(/^,\s*/, '');
  const [last = '', first, ...others] = bare.split(',').map((part) => part.trim());
  return first && others.length === 0 ? `${first} ${last}` : bare;
}

async function* toChunks(content: string): AsyncGenerator<string> {
  yield content;
}
