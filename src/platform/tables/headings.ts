import { shorten } from '../text/text.ts';

/** Normalises a heading for comparison: letters and digits only, lower case, no accents. `E-Mail Address` becomes `emailaddress`. */
export function normaliseHeading(heading: string): string {
  return heading
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Shortens a value from a file to 60 characters, for use in a message. */
export function truncate(text: string): string {
  return shorten(text, 60);
}
