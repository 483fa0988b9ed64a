/** A heading for comparing: without case, accents, spaces and punctuation. “E-Mail Address” is `emailaddress`. */
export function normaliseHeading(heading: string): string {
  return heading
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** At most 60 characters of something that a file said, for a message. */
export function truncate(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
