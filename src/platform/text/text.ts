const CONTROL_CHARACTERS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const CONTROL_CHARACTERS_EXCEPT_NEWLINE = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const ID_PATTERN = /^[1-9]\d{0,17}$/;
/** A UUID in PostgreSQL's output format. */
export const UUID_PATTERN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Replaces control characters, line breaks and bidirectional controls by spaces, and trims. */
export function toSingleLine(text: string): string {
  return text.replace(CONTROL_CHARACTERS, ' ').trim();
}

/** Like `toSingleLine`, but keeps line breaks, as `\n`. */
export function toMultiLine(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(CONTROL_CHARACTERS_EXCEPT_NEWLINE, ' ').trim();
}

/** Whether a text can be a row id: a positive bigint in PostgreSQL's output format. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
