const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const CONTROLS_BUT_LINES = /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const ID = /^[1-9]\d{0,17}$/;
/** A UUID, as PostgreSQL writes it. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One line of text: control characters and marks that turn the reading direction become blanks; trimmed. */
export function oneLine(text: string): string {
  return text.replace(CONTROLS, ' ').trim();
}

/** Several lines of text: the same, but line breaks stay, written `\n`. */
export function severalLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(CONTROLS_BUT_LINES, ' ').trim();
}

/** Whether a text may be the id of a row: a positive bigint, as PostgreSQL writes it. */
export function isId(text: string): boolean {
  return ID.test(text);
}
