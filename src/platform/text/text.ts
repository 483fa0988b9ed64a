const CONTROL_CHARACTERS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const CONTROL_CHARACTERS_EXCEPT_NEWLINE = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const ID_PATTERN = /^[1-9]\d{0,17}$/;
/** A UUID, as PostgreSQL writes it. */
export const UUID_PATTERN = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One line of text: control characters and marks that turn the reading direction become blanks; trimmed. */
export function toSingleLine(text: string): string {
  return text.replace(CONTROL_CHARACTERS, ' ').trim();
}

/** Several lines of text: the same, but line breaks stay, written `\n`. */
export function toMultiLine(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(CONTROL_CHARACTERS_EXCEPT_NEWLINE, ' ').trim();
}

/** Whether a text may be the id of a row: a positive bigint, as PostgreSQL writes it. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}
