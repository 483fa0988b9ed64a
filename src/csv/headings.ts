/** A heading for comparing: without case, accents, spaces and punctuation. “E-Mail Address” is `emailaddress`. */
export function squash(heading: string): string {
  return heading
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** At most 60 characters of something that a file said, for a message. */
export function shorten(said: string): string {
  return said.length > 60 ? `${said.slice(0, 59)}…` : said;
}
